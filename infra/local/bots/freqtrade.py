"""freqtrade as a process: start, signals, log, its own records of trades, stop."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.bots.environments import FREQTRADE, clean_environment, require

HERE = Path(__file__).parent
#: The first start compiles what it imports, on a machine that does other things too. The end of patience is a failure,
#: not a measure.
START_SECONDS = 600
TIMEOUT_SECONDS = 300
STOP_SECONDS = 30
_POLL_SECONDS = 0.2


class BotFailed(Exception):
    """A bot ended, or did not come to what it was to do; with the end of its log."""


@dataclass(kw_only=True)
class Freqtrade:
    """One bot in a folder of its own, with the configuration files it is given, the later ones winning.

    `key` and `secret` reach it by its own environment variables. With `name` it calls itself in its log.
    """

    folder: Path
    configs: list[Path]
    key: str
    secret: str
    strategy: str
    name: str = "bot"
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.say()

    @property
    def log_file(self) -> Path:
        """Return where its output goes."""
        return self.folder / "output.txt"

    def say(self, **pairs: list[str]) -> None:
        """Say what is to be entered (`long`, `short`) and left (`exit`) from now on."""
        path = self.folder / "signals.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(pairs), encoding="utf-8")
        new.replace(path)

    def start(self) -> None:
        """Start it, and wait until it looks at the market."""
        command: list[str] = [str(require(FREQTRADE)), "trade", "--strategy", self.strategy]
        for path in self.configs:
            command += ["--config", str(path)]
        command += ["--strategy-path", str(HERE / "strategies"), "--userdir", str(self.folder)]
        command += ["--db-url", f"sqlite:///{self.folder / 'trades.sqlite'}"]
        keys = {"FREQTRADE__EXCHANGE__KEY": self.key, "FREQTRADE__EXCHANGE__SECRET": self.secret}
        environment = clean_environment(**keys, COLUMNS="2000")  # it would break its lines
        mark = len(self.log())
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                command, cwd=self.folder, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        self.wait_for_log("Bot heartbeat", after=mark, seconds=START_SECONDS)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def assert_running(self) -> None:
        """Make sure that it still trades."""
        if self._process is None or self._process.poll() is not None:
            raise BotFailed(f"freqtrade ended: {self._tail()}")

    def log(self) -> str:
        """Return what it logged in all its lives."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    def wait_for_log(self, text: str, *, after: int = 0, seconds: float = TIMEOUT_SECONDS) -> str:
        """Wait until it logs a text, and return the line; `after` is the length of the log at an earlier time."""

        def look() -> str | None:
            return next((line for line in self.log()[after:].splitlines() if text in line), None)

        return self.wait_for(look, f"{text!r} in the log", seconds)

    def wait_for[T](self, look: Callable[[], T | None], what: str, seconds: float = TIMEOUT_SECONDS) -> T:
        """Wait until there is something; it must not end meanwhile."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = look()
            if found is not None:
                return found
            self.assert_running()
            time.sleep(_POLL_SECONDS)
        raise BotFailed(f"{what} did not come: {self._tail()}")

    def trades(self) -> list[dict[str, Any]]:
        """Return its own records of its trades, oldest first."""
        return self._rows("SELECT * FROM trades ORDER BY id")

    def orders(self) -> list[dict[str, Any]]:
        """Return its own records of its orders, oldest first."""
        return self._rows("SELECT * FROM orders ORDER BY id")

    def wait_for_trade(self, pair: str, **fields: Any) -> dict[str, Any]:
        """Wait until its newest trade of a pair has these fields, and return it."""

        def look() -> dict[str, Any] | None:
            found = [row for row in self.trades() if row["pair"] == pair]
            return found[-1] if found and matches(found[-1], fields) else None

        return self.wait_for(look, f"a trade of {pair} with {fields}, there is {self.trades()}")

    def _rows(self, query: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.folder / "trades.sqlite", timeout=10)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query)]

    def _tail(self) -> str:
        return "\n".join(self.log().splitlines()[-40:])


def matches(row: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    """Tell whether a record has all the fields as given."""
    return all(row[name] == value for name, value in fields.items())
