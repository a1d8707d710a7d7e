"""An account registers its strategies: each is held to its own rules, and others add nothing."""

from __future__ import annotations

from dataclasses import replace

from riskgate.core.access.tokens import Scope
from riskgate.core.codes import DenyCode
from tests.support.callers import ADMIN
from tests.support.gateway import ACCOUNT_ID, BTC, ETH, VENUE, Gateway

RULES = {"fraction_max": "0.05", "symbols": [BTC], "heartbeat_seconds": 60}


def test_strategies_when_registered_then_only_those_enter_each_by_its_own_rules(gateway: Gateway) -> None:
    answer = gateway.limits(totp=False, strategies={"Alpha": RULES, "carry": {}})
    assert answer.status == 200, answer.text
    assert answer.body["limits"]["strategies"]["alpha"] == RULES | {"stop_loss_required": False}
    assert answer.body["limits"]["strategies_known_only"] is True
    gateway.quote()

    assert gateway.submit(strategy="beta", quantity="0.01").code == DenyCode.STRATEGY_UNKNOWN
    assert gateway.submit(strategy="carry", quantity="0.01").status == 201
    assert gateway.submit(strategy="alpha", quantity="0.01").code == DenyCode.HEARTBEAT_MISSED
    beat = gateway.call("PUT", f"/accounts/{ACCOUNT_ID}/heartbeats/alpha", {"interval_seconds": 3600})
    assert beat.body["interval_seconds"] == 60, "longer than registered"
    assert gateway.submit(strategy="alpha", quantity="0.06").status == 201
    assert gateway.submit(strategy="alpha", quantity="0.05").code == DenyCode.STRATEGY_BUDGET
    assert gateway.submit(strategy="alpha", symbol=ETH).code == DenyCode.SYMBOL_NOT_PERMITTED


def test_strategies_when_changed_then_a_person_has_to_say_so(gateway: Gateway) -> None:
    assert gateway.limits(totp=False, strategies={"alpha": RULES}).status == 200
    wider = {"alpha": RULES | {"fraction_max": "0.5"}}
    assert gateway.limits(totp=False, strategies=wider).status == 401
    assert gateway.limits(totp=False, strategies_known_only=False).status == 401
    assert gateway.limits(strategies=wider, strategies_known_only=False).status == 200
    gateway.quote()
    assert gateway.submit(strategy="beta", quantity="0.01").status == 201


def test_strategies_when_two_spell_the_same_or_a_rule_is_unknown_then_refused(gateway: Gateway) -> None:
    assert gateway.limits(strategies={"Alpha": {}, "alpha": {}}).status == 400
    assert gateway.limits(strategies={"alpha": {"leverage": "3"}}).status == 400
    assert gateway.limits(strategies={"alpha": {"fraction_max": "0"}}).status == 400


def test_snapshot_when_it_names_a_strategy_of_others_then_403(gateway: Gateway) -> None:
    feeder = replace(ADMIN, scopes=(Scope.SNAPSHOTS_WRITE,), strategies=("alpha",))
    path = f"/accounts/{ACCOUNT_ID}/snapshots"
    position = {"venue": VENUE, "symbol": BTC, "quantity": "0.1", "average_price": "50000", "strategy": "beta"}
    body = {"equity": "100000", "balances": [], "positions": [position]}
    assert gateway.call("POST", path, body, caller=feeder).code == "STRATEGY_NOT_PERMITTED"
    body["positions"] = [position | {"strategy": "alpha"}]
    assert gateway.call("POST", path, body, caller=feeder).status == 201
