"""A running stack under load: its processes, accounts that nothing limits, and its tables."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from botocore.config import Config

from infra.demo.accounts import PAPER_ACCOUNT
from infra.local import emulator, processes
from infra.local import stack as local_stack
from infra.local.settings import ROOT, Settings
from infra.riskctl.session import Session
from infra.riskctl.target import Connection
from riskgate.app.account.change_limits import change_limits
from riskgate.app.ledger.commit_event import Acting
from riskgate.core.errors import Transient
from riskgate.core.instrument import Quote
from tests.bench.stack import ORDER, find_port_base
from tests.concurrency.instances import WIDE
from tests.support.invariants import find_violations

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from infra.riskctl.aws import Aws

STATE_DIR = ROOT / ".local" / "load"
TIMEOUT_SECONDS = 120.0
QUOTE_SECONDS, READINGS_MAX = 5, 5
#: Nobody reports the state of these accounts, however long a run is.
LOAD = replace(WIDE, state_max_age_seconds=None)
#: What the accounts without keys trade.
MARKET = {(ORDER["venue"], ORDER["symbol"]): Decimal(ORDER["price"])}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A stack, the settings its processes run under, and its operator."""

    stack: dict[str, Any]
    settings: Settings
    session: Session

    @property
    def aws(self) -> Aws:
        """Return the tables and secrets, reached as an operator does."""
        return self.session.aws

    @property
    def emulator_group(self) -> int:
        """Return the process group of the emulator and its function workers."""
        record = processes.get_record(self.settings, emulator.NAME)
        if record is None:
            raise RuntimeError("the stack's emulator is not ours: name the stack.json beside its process records")
        return int(str(record["pid"]))

    @property
    def tables(self) -> DynamoDBClient:
        """Return DynamoDB for whoever reads everything in the end: patient, where an operator's own client is not."""
        found: DynamoDBClient = emulator.client(self.settings, "dynamodb", Config(read_timeout=TIMEOUT_SECONDS))
        return found

    def find_violations(self) -> list[str]:
        """Hold the invariants against all tables, once more where a commit came between the scans of two of them.

        A reading that finds none is one; what is wrong is found by every reading.
        """
        found: list[str] = []
        for _ in range(READINGS_MAX):
            found = list(find_violations(self.tables, **self.stack["tables"]))
            if not found:
                break
            time.sleep(QUOTE_SECONDS)
        return found

    def client(self, token: str | None = None, connections: int = 64) -> httpx.Client:
        """Return a client of the API, with the administrator's token unless another is given."""
        return httpx.Client(
            base_url=self.stack["api_url"],
            headers={"Authorization": f"Bearer {token or self.stack['tokens']['admin']}"},
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    def acting(self) -> Acting:
        """Return an operator who acts on the tables now."""
        return Acting(deps=self.aws.deps, actor="aws:load", now=datetime.now(UTC))

    def open_accounts(self, client: httpx.Client, prefix: str, count: int) -> list[str]:
        """Register accounts that report their own fills, and lift their limits."""
        run, names = secrets.token_hex(3), []
        for number in range(count):
            name = f"{prefix}-{run}-{number}"
            client.put(f"/accounts/{name}", json=PAPER_ACCOUNT).raise_for_status()
            change_limits(self.acting(), name, LOAD, expected_version=1)
            names.append(name)
        return names


@contextmanager
def running_place() -> Iterator[Place]:
    """Give the stack that RISKGATE_STACK names, or one of our own on free ports, which ends with the block."""
    running = os.environ.get("RISKGATE_STACK")
    if running:
        stack = json.loads(Path(running).read_text(encoding="utf-8"))
        port = httpx.URL(stack["aws_endpoint_url"]).port
        assert port is not None
        yield _place(stack, Settings(state_dir=Path(running).resolve().parent, port_base=port))
        return
    settings = Settings(state_dir=STATE_DIR, port_base=find_port_base())
    try:
        yield _place(local_stack.up(settings), settings)
    finally:
        local_stack.down(settings)
        shutil.rmtree(settings.state_dir, ignore_errors=True)


def _place(stack: dict[str, Any], settings: Settings) -> Place:
    return Place(stack=stack, settings=settings, session=Session(Connection(stack_file=settings.stack_file)))


@contextmanager
def fresh_quotes(place: Place, markets: Mapping[tuple[str, str], Decimal]) -> Iterator[None]:
    """Keep quotes fresh for the block: they are written into the table, since a busy API must not make them stale."""
    done = threading.Event()

    def tell() -> None:
        while not done.wait(QUOTE_SECONDS):
            with suppress(Transient):  # the next one comes in some seconds
                _put_quotes(place, markets)

    _put_quotes(place, markets)
    feeder = threading.Thread(target=tell, daemon=True)
    feeder.start()
    try:
        yield
    finally:
        done.set()
        feeder.join()


def _put_quotes(place: Place, markets: Mapping[tuple[str, str], Decimal]) -> None:
    now, volume = datetime.now(UTC), Decimal(1_000_000)
    place.aws.store.put_quotes(
        [
            Quote(venue=venue, symbol=symbol, at=now, bid=price, ask=price, last=price, volume_24h=volume)
            for (venue, symbol), price in markets.items()
        ]
    )
