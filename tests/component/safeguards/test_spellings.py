"""A strategy has one spelling: no rule that goes by its name is escaped by capitals, blanks or look-alikes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.callers import BOT
from tests.support.gateway import ACCOUNT_ID, BTC, ETH, Gateway

SPELLINGS = ["alpha", "Alpha", "ALPHA", "aLPha"]
#: Cyrillic a, full-width, composed, blanks, joiners, Kelvin sign and dotless i, controls.
REFUSED = [
    "\u0430lpha",
    "\uff41lpha",
    "alph\u0061\u0301",
    " alpha",
    "alpha ",
    "al pha",
    "al\u200dpha",
    "alpha\n",
    "\u212aa",
    "\u0131",
    "alpha\x00",
]


def test_kill_switch_when_engaged_on_a_strategy_then_it_covers_every_spelling(gateway: Gateway) -> None:
    for engaged in (True, False):
        flag = {"scope": "strategy", "key": "ALpha", "engaged": engaged, "reason": "drill"}
        answer = gateway.call("PUT", "/kill-switch", flag, headers=gateway.next_totp())
        assert (answer.status, answer.body["key"]) == (200, "alpha")
        gateway.quote()
        for name in SPELLINGS if engaged else ["Alpha"]:
            answer = gateway.submit(strategy=name)
            assert answer.status == (422 if engaged else 201), answer.text
            assert not engaged or answer.code == "KILL_SWITCH_ENGAGED"


@pytest.mark.parametrize("name", REFUSED, ids=ascii)
def test_order_when_its_strategy_is_no_plain_name_then_400(gateway: Gateway, name: str) -> None:
    assert gateway.submit(strategy=name).status == 400


def test_symbol_list_when_of_one_spelling_then_it_holds_for_all_and_two_spellings_are_refused(gateway: Gateway) -> None:
    assert gateway.limits(strategy_symbols={"Alpha": [ETH], "alpha": [BTC]}).status == 400
    assert gateway.limits(strategy_symbols={"Alpha": [ETH]}).body["limits"]["strategy_symbols"] == {"alpha": [ETH]}
    gateway.quote()
    for name in SPELLINGS:
        assert gateway.submit(strategy=name).code == "SYMBOL_NOT_PERMITTED"


def test_budget_when_orders_spell_their_strategy_differently_then_they_share_it(gateway: Gateway) -> None:
    assert gateway.limits(strategy_fraction_max="0.05").status == 200
    gateway.quote()
    assert gateway.submit(strategy="Alpha", quantity="0.06").status == 201
    assert gateway.submit(strategy="ALPHA", quantity="0.05").code == "STRATEGY_BUDGET"
    assert gateway.account()["exposure"]["by_strategy"] == {"alpha": "3000"}


def test_heartbeat_when_missed_under_one_spelling_then_every_spelling_only_reduces(gateway: Gateway) -> None:
    path = f"/accounts/{ACCOUNT_ID}/heartbeats"
    assert gateway.call("PUT", f"{path}/Alpha", {"interval_seconds": 5}).body["strategy"] == "alpha"
    gateway.advance(seconds=20)
    gateway.quote()
    assert "HEARTBEAT_MISSED" in gateway.submit(strategy="ALPHA").violated
    assert gateway.call("DELETE", f"{path}/aLPHA").status == 200


def test_token_when_it_carries_a_strategy_then_every_spelling_of_it_passes(gateway: Gateway) -> None:
    bound = replace(BOT, strategies=("alpha",))
    for number, name in enumerate(SPELLINGS, start=1):
        order = gateway.order(strategy=name, quantity=f"0.0{number}")
        answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders", order, caller=bound)
        assert answer.status == 201, answer.text
