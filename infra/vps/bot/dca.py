"""A bot that buys for the same sum at the same times, through the gateway: ``python dca.py``.

A small whole bot to begin with: everything is asked for under an id that the time gives, so a restart never buys
twice. It needs nothing of the project but the API.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx

STRATEGY = "dca"
BEAT_SECONDS = 30
#: What the bot promises: a beat may be lost without an alarm.
PROMISED_SECONDS = 3 * BEAT_SECONDS
ALIVE_SECONDS = 120
TIMEOUT_SECONDS = 35.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to buy, where, and how often."""

    url: str
    token: str
    account: str
    venue: str
    symbol: str
    quote_quantity: str
    interval_seconds: int


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings; the token is in a file, of Compose or of systemd."""
    file = environment.get("RISKGATE_TOKEN_FILE") or str(Path(environment["CREDENTIALS_DIRECTORY"]) / "bot_token")
    return Settings(
        url=environment["RISKGATE_URL"].rstrip("/"),
        token=Path(file).read_text(encoding="ascii").strip(),
        account=environment["RISKGATE_ACCOUNT"],
        venue=environment["BOT_VENUE"],
        symbol=environment["BOT_SYMBOL"],
        quote_quantity=environment["BOT_QUOTE_QUANTITY"],
        interval_seconds=int(environment["BOT_INTERVAL_SECONDS"]),
    )


class Bot:
    """Beats and buys; `done` is the last period whose order has its final answer."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._account = f"{settings.url}/accounts/{settings.account}"
        headers = {"Authorization": f"Bearer {settings.token}"}
        self._client = httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS, transport=transport)
        self.done = -1

    def beat(self) -> bool:
        """Promise the next sign of life; tell whether the gateway took it."""
        body = {"interval_seconds": PROMISED_SECONDS}
        answer = self._call("PUT", f"/heartbeats/{STRATEGY}", body)
        return answer is not None and answer.is_success

    def buy(self, now: float) -> str:
        """Buy for the period that `now` (seconds since 1970) lies in, unless that is done; return what came of it.

        No answer, or one that says to come again, leaves it to the next call: with the same id, so it is safe.
        """
        period = int(now // self._settings.interval_seconds)
        if period <= self.done:
            return ""
        order = {
            "client_order_id": f"{STRATEGY}-{self._settings.interval_seconds}-{period}",
            "symbol": self._settings.symbol,
            "venue": self._settings.venue,
            "strategy": STRATEGY,
            "side": "buy",
            "type": "market",
            "quote_quantity": self._settings.quote_quantity,
            "route": True,
        }
        answer = self._call("POST", "/orders", order)
        if answer is None or answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            return "no answer yet: asked again soon"
        self.done = period
        if answer.is_success:
            return f"approved {order['client_order_id']}"
        return f"not bought: {answer.status_code} {_tell_why(answer)}"

    def end(self) -> None:
        """Promise nothing any more: who stops on purpose raises no alarm."""
        self._call("DELETE", f"/heartbeats/{STRATEGY}")
        self._client.close()

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> httpx.Response | None:
        try:
            return self._client.request(method, f"{self._account}{path}", json=body)
        except httpx.HTTPError:
            return None


def _tell_why(answer: httpx.Response) -> str:
    """Return the code and the words of a problem; something before the gateway may answer in another form."""
    try:
        body = answer.json()
        return f"{body['code']}: {body['detail']}"
    except (ValueError, KeyError, TypeError):
        return "without a reason"


def is_alive(file: Path, now: float) -> bool:
    """Tell whether a heartbeat was answered not long ago."""
    return file.is_file() and now - file.stat().st_mtime < ALIVE_SECONDS


def run(bot: Bot, alive: Path) -> None:
    """Beat and buy until the process is told to end."""
    try:
        while True:
            if bot.beat():
                alive.touch()
            else:
                _say("the gateway did not take the heartbeat")
            if told := bot.buy(time.time()):
                _say(told)
            time.sleep(BEAT_SECONDS)
    finally:
        bot.end()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def main() -> int:
    """Run, or tell whether one runs; return the exit code."""
    alive = Path(os.environ["BOT_ALIVE_FILE"])
    if sys.argv[1:] == ["--is-alive"]:
        return 0 if is_alive(alive, time.time()) else 1
    signal.signal(signal.SIGTERM, _end)
    run(Bot(read_settings(os.environ)), alive)
    return 0


if __name__ == "__main__":
    sys.exit(main())
