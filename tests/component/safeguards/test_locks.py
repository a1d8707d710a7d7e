"""Locks of protections: listed with an id, cleared one by one by a person with a code and a reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.callers import BOT
from tests.support.gateway import ACCOUNT_ID, Answer, Gateway

LOCKS = f"/accounts/{ACCOUNT_ID}/locks"


def listed(gateway: Gateway) -> Any:
    return gateway.call("GET", LOCKS, caller=BOT).body["locks"]


def clear(gateway: Gateway, lock_id: str, **query: str) -> Answer:
    return gateway.call("DELETE", f"{LOCKS}/{lock_id}", query=query or {"reason": "seen"}, headers=gateway.next_totp())


def stop_out(gateway: Gateway) -> None:
    """Buy and be stopped out; every protection that may lock does."""
    gateway.limits(
        stoploss_guard={"stops": 1, "window_minutes": 60, "lock_minutes": 40, "scope": "symbol"},
        cooldown={"minutes": 5},
        repeated_execution_max=1,
        slippage_budget_bps_max=None,
    )
    gateway.refresh_quotes()
    gateway.fill(gateway.approved(), "0.1")
    gateway.fill(gateway.approved(side="sell", stop_loss_price=None), "0.1", "48990")


def test_locks_when_a_trade_was_stopped_out_then_listed_with_scope_reason_and_end(gateway: Gateway) -> None:
    stop_out(gateway)

    locks = {lock["code"]: lock for lock in listed(gateway)}

    assert set(locks) == {"STOPLOSS_GUARD", "COOLDOWN", "REPEATED_EXECUTION"}
    guard = locks["STOPLOSS_GUARD"]
    assert (guard["scope"], guard["key"]) == ("symbol", "binance:BTC/USDT")
    assert guard["until"] == "2026-03-04T12:40:30Z"
    assert guard["reason"] == "1 stop-outs within 60 minutes"
    assert locks["REPEATED_EXECUTION"]["until"] is None
    assert gateway.account()["locks"] == listed(gateway)
    gateway.advance(minutes=6)
    assert {lock["code"] for lock in listed(gateway)} == {"STOPLOSS_GUARD", "REPEATED_EXECUTION"}


def test_lock_when_a_person_clears_it_then_only_that_one_goes_and_the_log_names_person_and_reason(
    gateway: Gateway,
) -> None:
    stop_out(gateway)
    gateway.refresh_quotes()
    assert gateway.submit(quantity="0.01").violated == {"STOPLOSS_GUARD", "COOLDOWN", "REPEATED_EXECUTION"}

    for lock in listed(gateway):
        before = listed(gateway)
        answer = clear(gateway, lock["lock_id"], reason="market is calm")
        assert answer.status == 200
        assert answer.body["locks"] == [other for other in before if other != lock]
    entry = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit").body["entries"][-1]
    assert (entry["event"], entry["actor"]) == ("lock_cleared", "token:adminadmin01")
    assert entry["inputs"]["reason"] == "market is calm"
    gateway.refresh_quotes()
    assert gateway.submit(quantity="0.01").status == 201


def test_lock_when_there_is_none_then_404(gateway: Gateway) -> None:
    assert (clear(gateway, "0" * 16).status, clear(gateway, "0" * 16).code) == (404, "LOCK_NOT_FOUND")
    assert clear(gateway, "no-lock").status == 404


@pytest.mark.parametrize("query", [{}, {"reason": ""}, {"reason": "x" * 501}, {"reason": "ok", "force": "1"}])
def test_lock_when_the_reason_is_missing_or_odd_then_400_and_the_code_is_not_used(
    gateway: Gateway, query: dict[str, str]
) -> None:
    stop_out(gateway)
    (lock, *_), header = listed(gateway), gateway.next_totp()
    path = f"{LOCKS}/{lock['lock_id']}"
    assert gateway.call("DELETE", path, query=query, headers=header).status == 400
    assert gateway.call("DELETE", path, query={"reason": "seen"}, headers=header).status == 200


def test_lock_when_the_code_or_the_scope_is_missing_then_refused_and_it_stays(gateway: Gateway) -> None:
    stop_out(gateway)
    before = listed(gateway)
    path = f"{LOCKS}/{before[0]['lock_id']}"
    assert gateway.call("DELETE", path, query={"reason": "seen"}).code == "TOTP_REQUIRED"
    assert gateway.call("DELETE", path, query={"reason": "seen"}, caller=BOT).status == 403
    assert listed(gateway) == before
