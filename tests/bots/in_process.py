"""A gateway in this process, in real time: every function's real handler, the front door over HTTP."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyotp
import pytest

from functions.monitor.app import lambda_handler as monitor
from functions.venue_reader.app import lambda_handler as venue_reader
from infra.simulators.exchange.client import ccxt_urls
from tests.bots.gateways import LIMITS, MARKETS, BotsGateway
from tests.support import fixtures, front_door
from tests.support.aws import LambdaContext
from tests.support.front_door import FrontDoor, open_front_door, served
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import VENUE_SECRET, RoutedAccount
from tests.support.streams import LogStream
from tests.support.venue import ACCOUNT, KEY, SECRET

#: One function works at a time, as in the tests of the front door.
LOCK = front_door._LOCK
VENUES = {"spot": "binance", "swap": "binanceusdm"}
MONITOR = {"SUMMARY_HOUR": "off", "SUMMARY_TIME_ZONE": "UTC"}
#: The set-up moves the clock for one-time codes; it begins so much before now.
SET_UP = timedelta(seconds=150)


def real_now() -> datetime:
    """Return the instant that other processes see: this one's clock is moved."""
    text = subprocess.run(["date", "+%s.%N"], capture_output=True, text=True, check=True).stdout
    return datetime.fromtimestamp(float(text), UTC)


@dataclass(kw_only=True)
class GatewayInProcess(BotsGateway):
    """A routed account and the front door before it."""

    routed: RoutedAccount
    door: FrontDoor

    @cached_property
    def log(self) -> LogStream:
        """Return the log's stream, which tells what is to be stopped."""
        return LogStream(self.routed.gateway.aws.audit_table)

    def open(self) -> None:
        """Register the account with both venues, let it be read, and go on in real time."""
        gateway = self.routed.gateway
        gateway.contract = None
        self.log.pump()
        venues = [
            {"venue": name, "market_type": market, "secret_name": VENUE_SECRET} for market, name in VENUES.items()
        ]
        assert gateway.register(ACCOUNT_ID, totp=True, venues=venues).status == 200
        assert gateway.limits(**LIMITS).status == 200
        rules = [
            dict(zip(("market_type", "symbol", "tick_size", "step_size"), row, strict=True))
            | {"venue": VENUES[row[0]], "notional_min": "5"}
            for row in MARKETS
        ]
        self.call("PUT", "/market/instruments", {"instruments": rules})
        self.fund()
        gateway.traveller.move_to(real_now(), tick=True)
        self.monitor()

    def issue_key(self, strategy: str, default_stop: str) -> tuple[str, str]:
        """Issue a key for a strategy and return it with its secret."""
        key, secret = self.door.issue(strategy, venues=VENUES, default_stop_fraction=Decimal(default_stop))
        return key.key_id, secret

    def own_key(self) -> dict[str, Any]:
        """Return ccxt's settings with the account's own key at the exchange."""
        return {"apiKey": KEY, "secret": SECRET, "urls": ccxt_urls(self.exchange_url)}

    def call(
        self, method: str, path: str, body: Any = None, *, query: Mapping[str, str] | None = None, guarded: bool = False
    ) -> Any:
        """Return the answer of an API's route; of one-time codes each is good once."""
        gateway = self.routed.gateway
        with LOCK:
            answer = gateway.call(method, path, body, query=query, headers=self._code(0) if guarded else None)
            for step in (1, -1):
                if guarded and answer.status != 200:
                    answer = gateway.call(method, path, body, query=query, headers=self._code(step))
        assert answer.status == 200, answer.text
        return answer.body

    def switch(self, *, engaged: bool) -> None:
        """Flip the global kill switch in its table, as an operator does."""
        with LOCK:
            self.routed.gateway.put_flag("GLOBAL", {"BOOL": engaged})
            self.routed.control.pump()

    def read_venues(self) -> bool:
        """Read the account's venues once, and carry out what comes of it."""
        with LOCK:
            read: Any = monitor({"account_id": ACCOUNT_ID}, LambdaContext())  # type: ignore[arg-type]
            self.log.pump()
            while self.routed.work() is not None:
                pass
        return bool(read["recorded"])

    def _code(self, step: int) -> dict[str, str]:
        code = pyotp.TOTP(self.routed.gateway.aws.totp_seed).at(datetime.now(UTC), counter_offset=step)
        return {"X-TOTP": code}


def begin_before_now() -> datetime:
    """Return when the next gateway's clock is to begin, shortly before now; call it before its fixtures."""
    start = real_now() - SET_UP
    # The fixture that makes the tables goes back to the instant by this name.
    vars(fixtures)["NOON"] = start
    fixtures._START.clear()
    return start


@contextmanager
def open_in_process(routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[BotsGateway]:
    """Serve a routed account's front door with fresh prices for the block."""
    for name, value in MONITOR.items():
        monkeypatch.setenv(name, value)
    gateway = GatewayInProcess(
        account_id=ACCOUNT_ID,
        venues=VENUES,
        exchange_url=routed.simulator.url,
        exchange_account=ACCOUNT,
        routed=routed,
        door=open_front_door(routed.gateway, monkeypatch, venue_reader),
    )
    gateway.open()
    with served(gateway.door) as gateway.url, gateway.fresh_quotes():
        yield gateway
