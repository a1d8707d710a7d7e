"""The points of ``riskctl preflight``: what is left is said, and what is not known is never OK."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.riskctl.cli import COMMANDS
from infra.riskctl.preflight_aws import list_wanted_alarms
from infra.riskctl.preflight_facts import (
    Alarm,
    Alarms,
    Chain,
    Clock,
    Facts,
    History,
    Market,
    Phone,
    Stage,
    Subscription,
    TableSafety,
    Unread,
    VenueLook,
)
from infra.riskctl.preflight_points import NAMES, POINTS, Row, is_clear, judge_points
from infra.riskctl.preflight_row import Verdict
from riskgate.app.audit.verify_audit import Finding as LogFinding
from riskgate.app.venues.inspect_venue import Finding, Outcome
from riskgate.core.access.tokens import Scope, Token
from riskgate.core.limits import Limits, StopRule, StrategyRules

PAGE = Path(__file__).parents[2] / "infra" / "docs" / "going-live.md"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
D = Decimal
LOOKS = (
    *("status", "clock", "markets", "key", "position_mode"),
    *("can_trade", "can_withdraw", "can_transfer", "ip_restricted", "market_data"),
)
#: Who asks for nothing, or says of a fact that it was not asked for.
ALWAYS_KNOWN = {"now", "stage", "account_id"}


def look(**outcomes: Outcome) -> VenueLook:
    findings = (Finding(name=name, outcome=outcomes.get(name, Outcome.OK), detail="seen") for name in LOOKS)
    return VenueLook(venue="binance", has_key=True, is_test=False, findings=tuple(findings))


def token(**changes: Any) -> Token:
    known: dict[str, Any] = {
        "token_id": "bot1",
        "token_hash": "0" * 64,
        "scopes": frozenset({Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ}),
        "accounts": frozenset({"main"}),
        "operator": "alice",
        "expires_at": NOW + timedelta(days=60),
        "revoked": False,
        "cidrs": (),
        "created_at": NOW - timedelta(days=1),
    }
    return Token(**known | changes)


ADMIN = token(token_id="admin1", scopes=frozenset({Scope.ADMIN}), accounts=frozenset({"*"}))
LIMITS = Limits(
    stop_loss_required=StopRule.AT_VENUE,
    symbols_allowed=("BTC/USDT",),
    strategies={"trend": StrategyRules(heartbeat_seconds=60)},
    order_notional_max=D(50),
)
ACCOUNT: dict[str, Any] = {
    "trading_state": "ACTIVE",
    "base_currency": "USDT",
    "equity": "1000",
    "equity_at": (NOW - timedelta(seconds=40)).isoformat(),
    "breakers": [],
    "locks": [],
    "venues": [{"venue": "binance", "health": "healthy", "health_detail": None}],
    "heartbeats": [{"strategy": "trend", "overdue": False}],
}
RUN = {"at": (NOW - timedelta(minutes=3)).isoformat(), "complete": True, "matched": 4, "compared": 4}
#: An account of which nothing is left.
READY = Facts(
    now=NOW,
    stage=Stage.LIVE,
    account_id="main",
    clock=Clock(ahead=timedelta(seconds=0.3), within=timedelta(seconds=0.6)),
    account=ACCOUNT,
    limits=LIMITS,
    kill_switches={
        "kill_switches": [
            {"scope": "global", "key": None, "engaged": False, "reason": ""},
            {"scope": "account", "key": "another", "engaged": True, "reason": ""},
        ],
        "not_understood": [],
    },
    chains=(
        Chain(name="main", entries=40, findings=(), sealed=40),
        Chain(name="gateway", entries=3, findings=(), sealed=3),
    ),
    history=History(
        engaged_at=NOW - timedelta(days=3),
        released_at=NOW - timedelta(days=3),
        acknowledged_at=NOW - timedelta(days=2),
        first_fill_at=NOW - timedelta(days=20),
        fills=31,
    ),
    venues=(look(),),
    markets={"binance BTC/USDT": Market(quoted_at=NOW - timedelta(seconds=9), notional_min=D(10))},
    tokens=(token(), ADMIN),
    seeds=frozenset({"alice"}),
    reconciliation={"last_run": RUN, "open": []},
    risk={"var_is_current": True, "stress_is_current": True},
    alarms=Alarms(
        wanted=frozenset({"AlertPathBroken", "VenueDown"}),
        found=tuple(Alarm(name=name, state="OK", is_armed=True) for name in ("AlertPathBroken", "VenueDown")),
    ),
    subscriptions=(Subscription(protocol="email", is_confirmed=True),),
    phone=Phone(has_bot=True, has_red_chat=True, controllers=("alice",)),
    tables=(TableSafety(name="state", has_recovery=True, is_protected=True),),
)


def verdicts(facts: Facts, *accepted: str) -> dict[str, Verdict]:
    return {row.point: row.verdict for row in judge_points(facts, accepted)}


def row_of(facts: Facts, point: str) -> Row:
    (row,) = [row for row in judge_points(facts) if row.point == point]
    return row


def test_points_when_nothing_is_left_then_all_are_ok_at_every_stage_of_real_money() -> None:
    for stage in (Stage.SMALL_LIVE, Stage.LIVE):
        rows = judge_points(replace(READY, stage=stage))
        assert {row.verdict for row in rows} == {Verdict.OK}, rows
        assert is_clear(rows)


def test_points_when_nothing_could_be_read_then_none_is_ok() -> None:
    unread: dict[str, Any] = {
        item.name: Unread(reason="no answer") for item in fields(Facts) if item.name not in ALWAYS_KNOWN
    }
    for stage in Stage:
        rows = judge_points(replace(READY, stage=stage, **unread))
        assert {row.verdict for row in rows} == {Verdict.UNKNOWN}
        assert {row.detail for row in rows} == {"no answer"}
        assert not is_clear(rows)


@pytest.mark.parametrize("name", sorted({item.name for item in fields(Facts)} - ALWAYS_KNOWN))
def test_points_when_one_fact_could_not_be_read_then_what_needs_it_is_unknown(name: str) -> None:
    missing: dict[str, Any] = {name: Unread(reason="no answer")}
    found = {row.point: row for row in judge_points(replace(READY, **missing))}
    unknown = {point for point, row in found.items() if row.verdict is Verdict.UNKNOWN}
    assert unknown, f"no point needs {name}"
    assert {row.verdict for point, row in found.items() if point not in unknown} == {Verdict.OK}
    assert not is_clear(tuple(found.values()))


def test_points_when_there_are_none_then_that_is_not_clear() -> None:
    assert not is_clear(())


def test_stages_when_one_follows_another_then_it_asks_for_all_of_it_but_for_smallness() -> None:
    asked = [{point.name for point in POINTS if point.is_of(stage)} for stage in Stage]
    sandbox, paper, small, live = asked
    assert sandbox < paper < small
    assert small - live == {"order_size"}
    assert live - small == {"small_live"}
    assert set().union(*asked) == set(NAMES)
    assert len(set(NAMES)) == len(NAMES)


def limits(**changes: Any) -> dict[str, Any]:
    return {"limits": replace(LIMITS, **changes)}


def account(**changes: Any) -> dict[str, Any]:
    return {"account": ACCOUNT | changes}


BREAKER = {"name": "DAILY_LOSS"}
GLOBAL_ON = {"scope": "global", "key": None, "engaged": True, "reason": "x"}
LEFT: list[tuple[str, dict[str, Any]]] = [
    ("account", account(breakers=[BREAKER])),
    ("account", account(locks=[{"code": "COOLDOWN"}])),
    ("account", account(trading_state="HALTED")),
    ("kill_switches", {"kill_switches": {"kill_switches": [GLOBAL_ON], "not_understood": []}}),
    ("kill_switches", {"kill_switches": {"kill_switches": [], "not_understood": ["SYMBOL#btc"]}}),
    ("money", {"venues": (replace(look(), is_test=True),)}),
    ("money", {"venues": ()}),
    ("equity_and_size", account(equity="0")),
    ("equity_and_size", account(equity="60")),
    ("equity_and_size", limits(order_notional_fraction_max=None, order_notional_max=None)),
    ("loss_limits", limits(daily_loss_fraction_max=None)),
    ("loss_limits", limits(price_collar_fraction_max=None)),
    ("loss_limits", limits(self_match_prevention=False)),
    (
        "audit_log",
        {"chains": (Chain(name="main", entries=2, findings=(LogFinding(sequence=2, problem="gap"),), sealed=2),)},
    ),
    ("clock", {"clock": Clock(ahead=timedelta(seconds=-4), within=timedelta(seconds=0.6))}),
    ("symbols", limits(symbols_allowed=None)),
    ("strategies", limits(strategies=None)),
    ("strategies", limits(strategies_known_only=False)),
    ("heartbeats", account(heartbeats=[])),
    ("heartbeats", account(heartbeats=[{"strategy": "trend", "overdue": True}])),
    ("heartbeats", account(heartbeats=[]) | limits(strategies={"trend": StrategyRules()})),
    ("stops", limits(stop_loss_required=False)),
    ("prices", {"markets": {"binance BTC/USDT": Market(quoted_at=None, notional_min=None)}}),
    ("prices", {"markets": {"binance BTC/USDT": Market(quoted_at=NOW - timedelta(seconds=31), notional_min=None)}}),
    ("prices", {"markets": {}}),
    ("equity_current", account(equity_at=(NOW - timedelta(minutes=6)).isoformat())),
    ("equity_current", account(venues=[{"venue": "binance", "health": "unhealthy", "health_detail": "silent"}])),
    ("kill_switch_tried", {"history": replace(READY.history, engaged_at=None, released_at=None)}),  # type: ignore[type-var]
    ("kill_switch_tried", {"history": replace(READY.history, engaged_at=NOW - timedelta(days=31))}),  # type: ignore[type-var]
    ("tokens", {"tokens": (ADMIN,)}),
    ("tokens", {"tokens": (token(accounts=frozenset({"another"})), ADMIN)}),
    ("tokens", {"tokens": (token(revoked=True), ADMIN)}),
    ("tokens", {"tokens": (token(expires_at=NOW + timedelta(days=13)), ADMIN)}),
    ("tokens", {"tokens": (token(scopes=frozenset({Scope.ORDERS_WRITE, Scope.SNAPSHOTS_WRITE})), ADMIN)}),
    ("one_time_codes", {"seeds": frozenset()}),
    ("one_time_codes", {"seeds": frozenset({"bob"})}),
    ("limits_loosened", limits(order_notional_fraction_max=D("0.2"))),
    ("key_rights", {"venues": (look(can_withdraw=Outcome.FAILED),)}),
    ("key_rights", {"venues": (look(can_transfer=Outcome.FAILED),)}),
    ("key_addresses", {"venues": (look(ip_restricted=Outcome.WARNING),)}),
    ("venues", {"venues": (look(position_mode=Outcome.FAILED),)}),
    ("venues", {"venues": (look(status=Outcome.FAILED),)}),
    ("venue_clocks", {"venues": (look(clock=Outcome.FAILED),)}),
    ("reconciliation", {"reconciliation": {"last_run": None, "open": []}}),
    ("reconciliation", {"reconciliation": {"last_run": RUN | {"complete": False}, "open": []}}),
    ("reconciliation", {"reconciliation": {"last_run": RUN, "open": [{}]}}),
    (
        "reconciliation",
        {"reconciliation": {"last_run": RUN | {"at": (NOW - timedelta(hours=1)).isoformat()}, "open": []}},
    ),
    ("risk_figures", {"risk": {"var_is_current": False, "stress_is_current": True}}),
    ("risk_figures", {"risk": {"var_is_current": True, "stress_is_current": False}}),
    ("alarms_armed", {"alarms": Alarms(wanted=frozenset({"AlertPathBroken"}), found=())}),
    ("alarms_armed", {"alarms": Alarms(wanted=frozenset(), found=())}),
    ("alarms_armed", {"alarms": Alarms(wanted=frozenset({"X"}), found=(Alarm(name="X", state="OK", is_armed=False),))}),
    (
        "alarms_quiet",
        {"alarms": Alarms(wanted=frozenset({"X"}), found=(Alarm(name="X", state="ALARM", is_armed=True),))},
    ),
    (
        "alarms_quiet",
        {
            "alarms": Alarms(
                wanted=frozenset({"JobNotSucceeding-var"}),
                found=(Alarm(name="JobNotSucceeding-var", state="INSUFFICIENT_DATA", is_armed=True),),
            )
        },
    ),
    (
        "alert_path",
        {
            "alarms": Alarms(
                wanted=frozenset(), found=(Alarm(name="AlertPathBroken", state="INSUFFICIENT_DATA", is_armed=True),)
            )
        },
    ),
    (
        "alert_path",
        {"alarms": Alarms(wanted=frozenset(), found=(Alarm(name="AlertPathBroken", state="ALARM", is_armed=True),))},
    ),
    ("phone", {"phone": Phone(has_bot=False, has_red_chat=True, controllers=("alice",))}),
    ("phone", {"phone": Phone(has_bot=True, has_red_chat=True, controllers=())}),
    ("subscribers", {"subscriptions": ()}),
    ("subscribers", {"subscriptions": (Subscription(protocol="email", is_confirmed=False),)}),
    ("alert_acknowledged", {"history": replace(READY.history, acknowledged_at=None)}),  # type: ignore[type-var]
    ("alert_acknowledged", {"history": replace(READY.history, acknowledged_at=NOW - timedelta(days=40))}),  # type: ignore[type-var]
    ("tables", {"tables": (TableSafety(name="state", has_recovery=False, is_protected=True),)}),
    ("tables", {"tables": (TableSafety(name="state", has_recovery=True, is_protected=False),)}),
    ("tables", {"tables": ()}),
    (
        "audit_seal",
        {"chains": (Chain(name="main", entries=9, findings=(), sealed=2, unsealed_since=NOW - timedelta(minutes=11)),)},
    ),
    ("small_live", {"history": replace(READY.history, first_fill_at=None, fills=0)}),  # type: ignore[type-var]
    ("small_live", {"history": replace(READY.history, first_fill_at=NOW - timedelta(days=13))}),  # type: ignore[type-var]
    ("small_live", {"history": replace(READY.history, fills=19)}),  # type: ignore[type-var]
]


@pytest.mark.parametrize(("point", "changes"), LEFT, ids=[f"{i}-{point}" for i, (point, _) in enumerate(LEFT)])
def test_point_when_it_does_not_hold_then_left_with_what_to_do(point: str, changes: dict[str, Any]) -> None:
    row = row_of(replace(READY, **changes), point)
    assert row.verdict is Verdict.LEFT, row
    assert row.detail
    assert row.todo


def test_points_when_they_name_commands_then_these_exist() -> None:
    told = " ".join(row_of(replace(READY, **changes), point).todo for point, changes in LEFT)
    named = set(re.findall(r"riskctl ([a-z]+)", told))
    assert {"kill", "limits", "token", "totp", "venue", "recon", "risk", "breaker", "locks", "telegram"} <= named
    assert named <= set(COMMANDS)


def test_points_when_each_is_looked_for_then_each_can_be_left() -> None:
    assert {point for point, _ in LEFT} | {"order_size"} == set(NAMES)


@pytest.mark.parametrize(
    ("point", "changes"),
    [
        ("key_rights", {"venues": (look(can_withdraw=Outcome.UNCHECKED),)}),
        ("key_rights", {"venues": (replace(look(), has_key=False),)}),
        ("key_addresses", {"venues": (look(ip_restricted=Outcome.UNCHECKED),)}),
        # Nobody looked: the exchange's answer to the question itself failed.
        ("key_addresses", {"venues": (replace(look(), findings=look().findings[:4]),)}),
        ("venues", {"venues": (look(market_data=Outcome.UNCHECKED),)}),
        ("alert_path", {"alarms": Alarms(wanted=frozenset({"X"}), found=())}),
        ("audit_seal", {"chains": (Chain(name="main", entries=9, findings=()),)}),
        ("heartbeats", limits(strategies=None)),
    ],
)
def test_point_when_nobody_can_tell_then_unknown(point: str, changes: dict[str, Any]) -> None:
    row = row_of(replace(READY, **changes), point)
    assert row.verdict is Verdict.UNKNOWN, row
    assert row.todo


def test_order_size_when_small_without_a_bound_in_money_then_left() -> None:
    facts = replace(READY, stage=Stage.SMALL_LIVE, **limits(order_notional_max=None))
    assert verdicts(facts)["order_size"] is Verdict.LEFT


def test_money_when_the_stage_plays_then_a_real_key_is_left_and_a_test_key_is_not() -> None:
    for stage in (Stage.SANDBOX, Stage.PAPER):
        assert verdicts(replace(READY, stage=stage))["money"] is Verdict.LEFT
        for venues in ((replace(look(), is_test=True),), (replace(look(), has_key=False),)):
            assert verdicts(replace(READY, stage=stage, venues=venues))["money"] is Verdict.OK


def test_venues_when_one_has_no_status_or_no_key_then_the_others_count() -> None:
    venues = (look(status=Outcome.UNCHECKED), replace(look(key=Outcome.WARNING), venue="kraken", has_key=False))
    found = verdicts(replace(READY, venues=venues))
    assert found["venues"] is Verdict.OK
    assert found["key_rights"] is Verdict.OK


def test_points_when_a_person_accepts_some_then_these_alone_are_not_left() -> None:
    facts = replace(READY, venues=(look(ip_restricted=Outcome.UNCHECKED, can_withdraw=Outcome.FAILED),))
    rows = judge_points(facts, ["key_addresses", "prices"])
    found = {row.point: row.verdict for row in rows}
    assert found["key_addresses"] is Verdict.ACCEPTED
    assert found["key_rights"] is Verdict.LEFT
    # What is OK stays OK: nothing had to be accepted.
    assert found["prices"] is Verdict.OK
    assert not is_clear(rows)
    assert is_clear(judge_points(facts, ["key_addresses", "key_rights"]))


def test_page_when_it_lists_the_points_then_exactly_these_with_their_stages() -> None:
    listed = re.findall(r"^\| `(\w+)` \| ([a-z ]+) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert listed == [(point.name, point.since.value.replace("-", " ")) for point in POINTS]


def test_alarms_when_the_template_is_read_then_those_of_the_runbooks() -> None:
    wanted = list_wanted_alarms()
    assert {"AlertPathBroken", "DeliveryFailures", "FunctionErrors-order-api", "JobNotSucceeding-monitor"} <= wanted
    assert len(wanted) > 80
