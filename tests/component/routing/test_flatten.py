"""A breaker that a person set to flatten closes what it covers, once per trip, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from riskgate.app.alerts.announce_entry import announce_entry
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.safeguards import flatten_positions
from riskgate.app.safeguards.exit_positions import exit_positions
from riskgate.app.safeguards.reset_breaker import reset_breaker
from riskgate.app.safeguards.trip_breaker import trip_breaker
from riskgate.core.safeguards.events import BreakerTripped
from riskgate.runtime import wiring
from riskgate.schemas.log.audit_entry import read_entry
from tests.support.callers import BOT
from tests.support.gateway import ACCOUNT_ID, BTC, ETH
from tests.support.routed_account import RoutedAccount
from tests.support.streams import LogStream


def trip(routed: RoutedAccount, name: str = "MANUAL_STOP", **fields: Any) -> None:
    acting = Acting(deps=wiring.deps(), actor="phone", now=routed.gateway.now)
    trip_breaker(acting, ACCOUNT_ID, BreakerTripped(name=name, reason="looks wrong", **fields))


def held(routed: RoutedAccount) -> dict[str, Decimal]:
    """Return what is held of more than dust, by symbol."""
    rows = routed.gateway.account()["positions"]
    return {row["symbol"]: Decimal(row["quantity"]) for row in rows if Decimal(row["value"]) > 10}


class Flattening:
    """An account that holds bitcoin for one strategy and ether for another, and the stream of its log."""

    def __init__(self, routed: RoutedAccount) -> None:
        self.routed = routed
        routed.simulator.control.post("price", symbol="ETHUSDT", market="spot", price="3000")
        eth = {"symbol": ETH, "strategy": "mean", "stop_loss_price": "2900", "quantity": "0.5"}
        for terms in ({"quantity": "0.05"}, eth, {"quantity": "0.01", "strategy": "mean"}):
            name = routed.approved(type="market", price=None, **terms)
            routed.work_all()
            assert routed.status(name) == "filled"
            routed.gateway.refresh_quotes()
        self.log = LogStream(routed.gateway.aws.audit_table)

    def limits(self, **actions: str) -> None:
        assert self.routed.gateway.limits(breaker_actions=actions).status == 200
        self.routed.gateway.refresh_quotes()

    def carry_out(self) -> None:
        for _ in range(6):
            self.log.pump()
            self.routed.work_all()

    def demands(self) -> list[dict[str, Any]]:
        return [entry["inputs"] for entry in self.routed.audit("exit_requested")]


@pytest.fixture
def flat(routed: RoutedAccount) -> Flattening:
    return Flattening(routed)


def test_breaker_when_set_to_flatten_then_orders_are_gone_positions_closed_recorded_and_told(flat: Flattening) -> None:
    flat.limits(MANUAL_STOP="flatten")
    routed = flat.routed
    entry = routed.approved()
    leaving = routed.approved(side="sell", price="52000", stop_loss_price=None, quantity="0.05")
    routed.work_all()
    trip(routed)
    flat.carry_out()

    assert (routed.status(entry), routed.status(leaving)) == ("cancelled", "cancelled")
    assert held(routed) == {}
    (demand,) = flat.demands()
    assert demand["reason"] == "breaker tripped: MANUAL_STOP"
    assert {leg["symbol"] for leg in demand["legs"]} == {BTC, ETH}
    rows = wiring.deps().store.list_audit(ACCOUNT_ID, after=0, limit=300)
    kinds = [alert.kind for row in rows for alert in announce_entry(read_entry(row.entry), [])]
    assert kinds.count("exit_requested") == 1


def test_breaker_when_nobody_asked_for_more_then_positions_stay(flat: Flattening) -> None:
    before = held(flat.routed)
    trip(flat.routed)
    flat.carry_out()

    assert held(flat.routed) == before
    assert flat.demands() == []


def test_trip_when_told_twice_then_closed_once(flat: Flattening) -> None:
    flat.limits(MANUAL_STOP="flatten")
    start = flat.log.position
    trip(flat.routed)
    flat.carry_out()
    sells = len(flat.routed.requests("POST"))
    flat.log.position = start
    flat.routed.gateway.advance(minutes=6)
    flat.carry_out()

    assert len(flat.demands()) == 1
    assert len(flat.routed.requests("POST")) == sells


def test_trip_when_the_account_is_killed_then_closed_all_the_same(flat: Flattening) -> None:
    flat.limits(MANUAL_STOP="flatten")
    trip(flat.routed)
    flat.routed.gateway.kill("account", ACCOUNT_ID)
    flat.carry_out()

    assert held(flat.routed) == {}


def test_breaker_when_a_person_cleared_it_before_the_worker_came_then_positions_stay(flat: Flattening) -> None:
    flat.limits(MANUAL_STOP="flatten")
    before = held(flat.routed)
    trip(flat.routed)
    flat.log.pump()
    path = f"/accounts/{ACCOUNT_ID}/breakers/MANUAL_STOP/reset"
    headers = flat.routed.gateway.next_totp()
    assert flat.routed.gateway.call("POST", path, {"reason": "fine"}, headers=headers).status == 200
    flat.carry_out()

    assert held(flat.routed) == before


def test_breaker_when_a_person_clears_it_just_before_the_demand_is_written_then_positions_stay(
    flat: Flattening, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat.limits(MANUAL_STOP="flatten")
    before = held(flat.routed)
    trip(flat.routed)

    def clear_and_exit(acting: Acting, *rest: Any, **named: Any) -> Any:
        # Between the look at the breaker and the demand: another invocation's commit.
        if flat.routed.state().breakers:
            reset_breaker(acting, ACCOUNT_ID, "MANUAL_STOP", "fine")
        return exit_positions(acting, *rest, **named)

    monkeypatch.setattr(flatten_positions, "exit_positions", clear_and_exit)
    flat.carry_out()

    assert not flat.routed.state().breakers
    assert flat.demands() == []
    assert held(flat.routed) == before


def test_breaker_of_a_market_when_set_to_flatten_then_that_market_alone(flat: Flattening) -> None:
    flat.limits(MANUAL_STOP="flatten")
    trip(flat.routed, scope="symbol", key=f"binance:{ETH}")
    flat.carry_out()

    assert set(held(flat.routed)) == {BTC}


def test_heartbeat_when_missed_and_set_to_flatten_then_that_strategy_s_parts_alone(flat: Flattening) -> None:
    flat.limits(HEARTBEAT_MISSED="flatten")
    routed = flat.routed
    path = f"/accounts/{ACCOUNT_ID}/heartbeats/mean"
    assert routed.gateway.call("PUT", path, {"interval_seconds": 60}, caller=BOT).status == 200
    entry = routed.approved()
    routed.work_all()
    routed.gateway.advance(seconds=61)
    routed.gateway.refresh_quotes()
    # Any decision finds the silence.
    assert routed.submit(strategy="mean").status == 422
    assert list(routed.state().breakers) == ["HEARTBEAT_MISSED mean"]
    flat.carry_out()

    assert {symbol: round(quantity, 2) for symbol, quantity in held(routed).items()} == {BTC: Decimal("0.05")}
    assert routed.status(entry) == "submitted"


def test_flatten_when_only_with_a_code(flat: Flattening) -> None:
    assert flat.routed.gateway.limits(totp=False, breaker_actions={"MAX_DRAWDOWN": "flatten"}).status == 401
