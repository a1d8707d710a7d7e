"""Keys: accepted, refused, rotated, and never shown; redirects are not followed."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from ccxt.base.exchange import BaseExchange

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.core.errors import GatewayError, OutcomeUnknown, Rejected, Transient, VenueAccessDenied
from riskgate.core.venues.model import KeyPermissions
from tests.support.exchange_adapter import (
    BOTH,
    SPOT,
    AdapterAtVenue,
    an_hour_ago,
    credentials,
    open_adapter,
    unthrottled,
)
from tests.support.venue import ACCOUNT, Simulator

CANARY_KEY, CANARY_SECRET = "canary-key-" + "k" * 40, "canary-secret-" + "s" * 40


@pytest.fixture(params=BOTH)
def adapter(request: pytest.FixtureRequest, simulator: Simulator) -> Iterator[AdapterAtVenue]:
    with unthrottled():
        simulator.control.post("accounts", account=ACCOUNT, key=CANARY_KEY, secret=CANARY_SECRET)
        built = open_adapter(simulator, request.param, credentials=credentials(simulator, CANARY_KEY, CANARY_SECRET))
        yield built
        built.exchange.close()


def calls(adapter: AdapterAtVenue) -> list[Callable[[], Any]]:
    exchange = adapter.exchange
    return [
        lambda: exchange.create_order(adapter.order()),
        lambda: exchange.get_order(adapter.ref()),
        lambda: exchange.cancel_order(adapter.ref()),
        lambda: exchange.list_open_orders(),
        lambda: exchange.list_trades(adapter.symbol, an_hour_ago()),
        lambda: exchange.list_balances(),
        lambda: exchange.list_transfers(an_hour_ago()),
        lambda: exchange.get_key_permissions(),
    ]


@pytest.mark.parametrize(
    "fault",
    [
        None,
        {"kind": "drop_before_accept"},
        {"kind": "drop_after_accept"},
        {"kind": "error_before_accept"},
        {"kind": "error_before_accept", "status": 400, "code": -1100, "msg": f"Illegal {CANARY_KEY}"},
        {"kind": "error_before_accept", "status": 500, "raw_body": f"<html>{CANARY_SECRET}</html>"},
        {"kind": "rate_limit"},
    ],
)
def test_keys_when_anything_happens_then_in_no_log_and_no_error(
    adapter: AdapterAtVenue,
    fault: dict[str, Any] | None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    adapter.exchange.list_instruments()
    if fault is not None:
        adapter.simulator.control.post("faults", method="*", path="/*", count=None, **fault)
    shown = repr(adapter.exchange.__dict__)
    for call in calls(adapter):
        try:
            call()
        except GatewayError as error:
            shown += "".join(traceback.format_exception(error)) + repr(error.__dict__)
            assert error.__cause__ is None
            assert error.__context__ is None or isinstance(error.__context__, GatewayError)
    output = capfd.readouterr()
    for text in (shown, caplog.text, output.out, output.err):
        assert CANARY_KEY not in text
        assert CANARY_SECRET not in text
        assert "signature=" not in text


def test_key_when_revoked_then_access_denied_for_reads_and_orders(adapter: AdapterAtVenue) -> None:
    assert adapter.exchange.list_balances()
    adapter.simulator.control.delete("keys", key=CANARY_KEY)
    with pytest.raises(VenueAccessDenied):
        adapter.exchange.list_balances()
    with pytest.raises(VenueAccessDenied) as caught:
        adapter.exchange.create_order(adapter.order())
    assert isinstance(caught.value, Rejected)
    assert caught.value.venue_code == "-2015"
    assert adapter.simulator.orders() == []


def test_key_when_secret_is_wrong_then_access_denied(simulator: Simulator) -> None:
    with unthrottled():
        adapter = open_adapter(simulator, SPOT, credentials=credentials(simulator, secret="wrong"))
        with pytest.raises(VenueAccessDenied):
            adapter.exchange.list_balances()


def test_key_when_it_may_not_trade_then_reads_pass_and_orders_are_denied(adapter: AdapterAtVenue) -> None:
    rights = {"enable_spot_and_margin_trading": False, "enable_futures": False}
    adapter.simulator.control.post(
        "accounts", account=ACCOUNT, key=CANARY_KEY, secret=CANARY_SECRET, permissions=rights
    )
    assert adapter.exchange.list_balances()
    with pytest.raises(VenueAccessDenied):
        adapter.exchange.create_order(adapter.order())
    assert adapter.exchange.get_key_permissions().can_trade is False


def test_key_when_bound_to_another_address_then_access_denied(adapter: AdapterAtVenue) -> None:
    rights = {"ip_allow_list": ["192.0.2.7"]}
    adapter.simulator.control.post(
        "accounts", account=ACCOUNT, key=CANARY_KEY, secret=CANARY_SECRET, permissions=rights
    )
    with pytest.raises(VenueAccessDenied):
        adapter.exchange.list_open_orders(adapter.symbol)


def test_key_when_rotated_between_calls_then_old_one_is_replaced_without_a_failure(simulator: Simulator) -> None:
    current = [credentials(simulator)]
    asked: list[bool] = []

    def source(refresh: bool) -> VenueCredentials:
        asked.append(refresh)
        if refresh:
            current[0] = credentials(simulator, CANARY_KEY, CANARY_SECRET)
        return current[0]

    with unthrottled():
        exchange = CcxtExchange("binance", SPOT, source)
        assert exchange.list_balances()
        simulator.control.post("accounts", account=ACCOUNT, key=CANARY_KEY, secret=CANARY_SECRET)
        simulator.control.delete("keys", key="simulated-key")
        assert exchange.list_balances()
        exchange.close()
    assert asked.count(True) == 1


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ({}, KeyPermissions(can_trade=True, can_withdraw=False, can_transfer=False, ip_restricted=False)),
        (
            {"enable_withdrawals": True, "permits_universal_transfer": True, "ip_allow_list": ["127.0.0.1"]},
            KeyPermissions(can_trade=True, can_withdraw=True, can_transfer=True, ip_restricted=True),
        ),
    ],
)
def test_permissions_when_asked_then_what_the_key_may_do(
    adapter: AdapterAtVenue, rights: dict[str, Any], expected: KeyPermissions
) -> None:
    adapter.simulator.control.post(
        "accounts", account=ACCOUNT, key=CANARY_KEY, secret=CANARY_SECRET, permissions=rights
    )
    assert adapter.exchange.get_key_permissions() == expected


@contextmanager
def redirecting_to(target: str) -> Iterator[tuple[str, list[str]]]:
    """Serve redirects on a free loopback port; yield its address and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(307)
            self.send_header("Location", target + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 named by the protocol

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_redirect_when_answered_then_not_followed_with_the_key(simulator: Simulator) -> None:
    urls = credentials(simulator).urls
    with unthrottled(), redirecting_to(simulator.url) as (address, asked):
        elsewhere = {name: url.replace(simulator.url, address) for name, url in urls["api"].items()}
        elsewhere["public"] = urls["api"]["public"]
        known = VenueCredentials(keys=credentials(simulator).keys, urls={"api": elsewhere})
        adapter = open_adapter(simulator, SPOT, credentials=known)
        with pytest.raises(Transient):
            adapter.exchange.list_balances()
        with pytest.raises(OutcomeUnknown):
            adapter.exchange.create_order(adapter.order())
    assert len(asked) >= 2
    assert adapter.sent("POST") == []
    assert adapter.sent("GET", "/api/v3/account") == []


def test_rate_limiter_when_calls_follow_each_other_then_each_waits_by_its_weight(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights: list[float] = []
    monkeypatch.setattr(BaseExchange, "throttle", lambda _self, cost=None: weights.append(cost))
    adapter = open_adapter(simulator, SPOT)
    adapter.exchange.list_balances()
    adapter.exchange.list_open_orders()
    simulated: Any = simulator.control.get("requests")
    assert len(weights) == len(simulated) == 3
    assert weights[2] > weights[1] > 0
