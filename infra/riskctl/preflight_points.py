"""The points of `riskctl preflight`, in the order they are shown. What is not known is UNKNOWN, never OK."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from infra.riskctl import preflight_account as account
from infra.riskctl import preflight_keys as keys
from infra.riskctl import preflight_operations as operations
from infra.riskctl.preflight_facts import Facts, NotKnownError, Stage
from infra.riskctl.preflight_row import Judged, Verdict, unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One thing that must be true before `since`, and before every later stage up to `until`."""

    name: str
    since: Stage
    judge: Callable[[Facts], Judged]
    until: Stage = Stage.LIVE

    def is_of(self, stage: Stage) -> bool:
        """Tell whether it must be true before a stage."""
        return self.since.rank <= stage.rank <= self.until.rank


def _from(since: Stage, **judges: Callable[[Facts], Judged]) -> tuple[Point, ...]:
    return tuple(Point(name=name, since=since, judge=judge) for name, judge in judges.items())


POINTS: tuple[Point, ...] = (
    *_from(
        Stage.SANDBOX,
        account=account.judge_account,
        kill_switches=account.judge_kill_switches,
        money=keys.judge_money,
        equity_and_size=account.judge_fit,
        loss_limits=account.judge_loss_limits,
        audit_log=account.judge_log,
        clock=keys.judge_clock,
    ),
    *_from(
        Stage.PAPER,
        symbols=account.judge_symbols,
        strategies=account.judge_strategies,
        heartbeats=account.judge_heartbeats,
        stops=account.judge_stops,
        prices=account.judge_prices,
        equity_current=account.judge_equity,
        kill_switch_tried=account.judge_switch_tried,
        tokens=operations.judge_tokens,
        one_time_codes=operations.judge_seeds,
    ),
    Point(name="order_size", since=Stage.SMALL_LIVE, until=Stage.SMALL_LIVE, judge=account.judge_small),
    *_from(
        Stage.SMALL_LIVE,
        limits_loosened=account.judge_loosened,
        key_rights=keys.judge_rights,
        key_addresses=keys.judge_binding,
        venues=keys.judge_setup,
        venue_clocks=keys.judge_venue_clocks,
        reconciliation=account.judge_reconciliation,
        risk_figures=account.judge_risk,
        alarms_armed=operations.judge_alarms_armed,
        alarms_quiet=operations.judge_alarms_quiet,
        alert_path=operations.judge_alert_path,
        phone=operations.judge_phone,
        subscribers=operations.judge_subscribers,
        alert_acknowledged=account.judge_acknowledged,
        tables=operations.judge_tables,
        audit_seal=account.judge_seal,
    ),
    *_from(Stage.LIVE, small_live=account.judge_practice),
)
NAMES = tuple(point.name for point in POINTS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A point with what it came to."""

    point: str
    verdict: Verdict
    detail: str
    todo: str


def judge_points(facts: Facts, accepted: Collection[str] = (), only: Collection[str] = NAMES) -> tuple[Row, ...]:
    """Judge every point of the facts' stage; what a person accepts by name is shown with what it came to."""
    asked = (point for point in POINTS if point.is_of(facts.stage) and point.name in only)
    return tuple(_judge(point, facts, accepted) for point in asked)


def is_clear(rows: Collection[Row]) -> bool:
    """Tell whether nothing is left: every point is OK, or accepted by name."""
    return bool(rows) and all(row.verdict in {Verdict.OK, Verdict.ACCEPTED} for row in rows)


def _judge(point: Point, facts: Facts, accepted: Collection[str]) -> Row:
    try:
        judged = point.judge(facts)
    except NotKnownError as error:
        judged = unknown(str(error), "make it readable, and look again")
    if point.name in accepted and judged.verdict is not Verdict.OK:
        return Row(point=point.name, verdict=Verdict.ACCEPTED, detail=f"was {judged.verdict}: {judged.detail}", todo="")
    return Row(point=point.name, verdict=judged.verdict, detail=judged.detail, todo=judged.todo)
