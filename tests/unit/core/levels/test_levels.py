"""Alert levels: each crossing is told once, in order, and a figure that trembles at a threshold is no news."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.parts import Breaker, UnconfirmedReading
from riskgate.core.errors import NotFound
from riskgate.core.instrument import MarketType
from riskgate.core.ledger.account_events import LimitsChanged
from riskgate.core.ledger.apply import apply_event
from riskgate.core.levels.levels import HYSTERESIS, REMIND_EVERY, acknowledge, announce
from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.limits import Limits
from riskgate.core.money import with_risk_context
from riskgate.core.safeguards.events import AlertAcknowledged, BreakerReset
from riskgate.core.severity import Severity
from tests.support.builders import (
    ACCOUNT_ID,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    VENUE,
    apply,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_report,
    build_snapshot,
    build_submitted,
)
from tests.support.hypothesis_profiles import examples

YELLOW, ORANGE, RED, INFO = Severity.YELLOW, Severity.ORANGE, Severity.RED, Severity.INFO
LIMITS = build_limits(gross_exposure_fraction_max="0.80")
THRESHOLDS = {YELLOW: Decimal("0.50"), ORANGE: Decimal("0.75"), RED: Decimal("1.00")}


def build_used(fraction: str | Decimal, before: AccountState | None = None) -> AccountState:
    """Return an account that uses so much of its gross exposure limit."""
    state = build_account(10_000, positions=[build_position(Decimal(fraction) * 80)])
    return replace(state, alert_levels=before.alert_levels) if before is not None else state


def step(
    before: AccountState,
    after: AccountState,
    limits: Limits = LIMITS,
    now: datetime = NOW,
    *,
    running_only: bool = True,
) -> tuple[AccountState, tuple[Notice, ...]]:
    return with_risk_context(announce)(before, after, limits, now, running_only=running_only)


def walk(*fractions: str) -> list[tuple[NoticeKind, Severity]]:
    """Return what is told on a walk through shares of the limit."""
    state, told = build_account(), []
    for fraction in fractions:
        state, notices = step(state, build_used(fraction, state))
        told += [(notice.kind, notice.severity) for notice in notices if notice.name == "GROSS_EXPOSURE"]
    return told


LEVEL, RECOVERED = NoticeKind.LIMIT_LEVEL, NoticeKind.LIMIT_RECOVERED


@pytest.mark.parametrize(
    ("fractions", "told"),
    [
        (["0.4999"], []),
        (["0.5"], [(LEVEL, YELLOW)]),
        (["0.5", "0.49", "0.5", "0.4501", "0.6"], [(LEVEL, YELLOW)]),
        (["0.5", "0.4499", "0.5"], [(LEVEL, YELLOW), (LEVEL, YELLOW)]),
        (["0.5", "0.75", "1"], [(LEVEL, YELLOW), (LEVEL, ORANGE), (LEVEL, RED)]),
        (["0.5", "0.75", "0.74", "0.75"], [(LEVEL, YELLOW), (LEVEL, ORANGE)]),
        (["0.75", "0.6999", "0.75"], [(LEVEL, ORANGE), (LEVEL, ORANGE)]),
        (["1", "0.96", "1.2", "0.96"], [(LEVEL, RED)]),
        (["1", "0.9499", "1"], [(LEVEL, RED), (RECOVERED, INFO), (LEVEL, RED)]),
        (["1", "0"], [(LEVEL, RED), (RECOVERED, INFO)]),
    ],
)
def test_limit_when_its_use_moves_then_each_crossing_is_told_once(fractions: list[str], told: list[object]) -> None:
    assert walk(*fractions) == told


def test_limit_when_switched_off_while_red_then_the_level_is_gone_and_nothing_has_recovered() -> None:
    red, _ = step(build_account(), build_used("1.2"))
    state, notices = step(
        red,
        red,
        replace(LIMITS, gross_exposure_fraction_max=None),
        running_only=False,
    )

    assert [n.name for n in notices if n.name == "GROSS_EXPOSURE"] == []
    assert "GROSS_EXPOSURE" not in state.alert_levels


def test_limit_when_reached_in_one_step_then_one_notice_names_what_was_passed() -> None:
    _, notices = step(build_account(), build_used("1.5"))

    (notice,) = notices
    assert (notice.severity, notice.passed) == (RED, (YELLOW, ORANGE))
    assert (notice.observed, notice.limit, notice.unit) == (Decimal("1.2"), Decimal("0.80"), "fraction")


class Levels(RuleBasedStateMachine):
    """A limit whose use moves anywhere: what is told is what a model with hysteresis tells."""

    def __init__(self) -> None:
        super().__init__()
        self.state = build_account()
        self.level: Severity | None = None

    @rule(fraction=st.decimals("0", "1.6", places=3))
    def use(self, fraction: Decimal) -> None:
        """Move the use of the limit and compare what is told."""
        self.state, notices = step(self.state, build_used(fraction, self.state))
        told = [n.severity for n in notices if n.name == "GROSS_EXPOSURE" and n.kind is LEVEL]
        reached = [level for level, threshold in THRESHOLDS.items() if fraction >= threshold]
        if reached and (self.level is None or reached[-1].rank > self.level.rank):
            assert told == [reached[-1]]
            self.level = reached[-1]
            return
        assert told == []
        kept = [
            level
            for level, threshold in THRESHOLDS.items()
            if self.level is not None and level.rank <= self.level.rank and fraction >= threshold - HYSTERESIS
        ]
        self.level = kept[-1] if kept else None

    @rule()
    def stand_still(self) -> None:
        """Nothing moves, nothing is told."""
        self.state, notices = step(self.state, self.state)
        assert notices == ()

    @invariant()
    def document_knows_the_level(self) -> None:
        """What was told last is what the document holds."""
        held = self.state.alert_levels.get("GROSS_EXPOSURE")
        assert (held.level if held is not None else None) is self.level


TestLevels = Levels.TestCase
TestLevels.settings = examples(40, stateful_step_count=25)


def trip() -> AccountState:
    """Return an account whose daily loss has tripped, as a snapshot does it."""
    limits = build_limits(daily_loss_fraction_max="0.03")
    result = apply(build_account(10_000), build_snapshot("9700"), limits=limits)
    assert "DAILY_LOSS" in result.state.breakers
    return result.state


def test_breaker_when_it_trips_then_it_is_the_red_alert_of_its_limit() -> None:
    limits = build_limits(daily_loss_fraction_max="0.03")
    state, told = build_account(10_000), []
    for number, equity in enumerate(["9860", "9849", "9780", "9774", "9700", "9690"]):
        result = apply(
            state, build_snapshot(equity, taken_at=NOW + number * MINUTE), limits=limits, now=NOW + number * MINUTE
        )
        state = result.state
        told += [(n.kind, n.name, n.severity) for n in result.notices]

    assert told == [
        (LEVEL, "DAILY_LOSS", YELLOW),
        (LEVEL, "DAILY_LOSS", ORANGE),
        (NoticeKind.BREAKER_TRIPPED, "DAILY_LOSS", RED),
    ]
    assert state.alert_levels["DAILY_LOSS"].level is RED


def test_breaker_when_the_day_turns_then_told_once_and_the_level_is_gone() -> None:
    limits = build_limits(daily_loss_fraction_max="0.03")

    result = apply(trip(), build_snapshot("9700", taken_at=NOW + DAY), limits=limits, now=NOW + DAY)

    assert [(n.kind, n.name) for n in result.notices] == [(NoticeKind.BREAKER_CLEARED, "DAILY_LOSS")]
    assert result.state.alert_levels == {}


def test_breaker_when_a_person_resets_it_then_told_once() -> None:
    limits = build_limits(daily_loss_fraction_max="0.03")

    result = apply(trip(), BreakerReset(name="DAILY_LOSS", reason="looked at"), limits=limits)

    assert [n.kind for n in result.notices] == [NoticeKind.BREAKER_CLEARED]
    assert result.state.alert_levels == {}


def test_red_when_it_lasts_then_a_reminder_every_hour_until_acknowledged() -> None:
    limits = build_limits(daily_loss_fraction_max="0.03")
    state, told = trip(), []
    for minute in range(0, 181, 10):
        now = NOW + minute * MINUTE
        result = apply(state, build_snapshot("9700", taken_at=now), limits=limits, now=now)
        state = result.state
        told += [(minute, n.kind) for n in result.notices]
    assert told == [(60, NoticeKind.LIMIT_REMINDER), (120, NoticeKind.LIMIT_REMINDER), (180, NoticeKind.LIMIT_REMINDER)]

    state = apply(state, AlertAcknowledged(name="DAILY_LOSS"), limits=limits, now=NOW + 3 * HOUR + MINUTE).state
    later = NOW + 5 * HOUR
    assert apply(state, build_snapshot("9700", taken_at=later), limits=limits, now=later).notices == ()


def test_acknowledgement_when_there_is_no_such_alert_then_refused() -> None:
    with pytest.raises(NotFound):
        acknowledge(trip(), "GROSS_EXPOSURE")


def test_acknowledgement_when_the_level_rises_again_then_reminders_are_back() -> None:
    state, _ = step(build_account(), build_used("1"))
    state = acknowledge(state, "")
    state, _ = step(state, build_used("0.2", state))
    state, _ = step(state, build_used("1", state))

    _, notices = step(state, state, now=NOW + REMIND_EVERY)
    assert [n.kind for n in notices] == [NoticeKind.LIMIT_REMINDER]


def test_venue_when_it_holds_too_much_then_the_amount_to_withdraw() -> None:
    venues = tuple(Venue(venue=name, market_type=MarketType.SPOT) for name in (VENUE, "kraken"))
    held = {VENUE: Decimal(3000), "kraken": Decimal(7000)}
    state = build_account(10_000, venues=venues, venue_equity=held)

    _, notices = step(build_account(), state, build_limits(venue_equity_fraction_max="0.60"), running_only=False)

    (notice,) = notices
    assert (notice.name, notice.severity, notice.subject) == ("VENUE_CONCENTRATION", RED, "kraken")
    # 2,500 leave: 4,500 of 7,500 are 60 %.
    assert (notice.amount, notice.currency) == (Decimal(2500), "USDT")


def test_equity_when_it_reads_strangely_again_and_again_then_one_notice() -> None:
    state, told = build_account(10_000, positions=[build_position(1)]), []
    for minute, equity in enumerate(["0", "0", "-5", "0"]):
        now = NOW + minute * MINUTE
        # Each reading is older than the one before, so none confirms another.
        result = apply(state, build_snapshot(equity, taken_at=NOW - minute * MINUTE), now=now)
        state = result.state
        told += [n.kind for n in result.notices]

    assert told == [NoticeKind.READING_UNEXPECTED]
    assert not state.breakers


@pytest.mark.parametrize("equity", ["0", "-100"])
def test_equity_when_it_is_gone_then_ratios_keep_their_level_and_losses_tell(equity: str) -> None:
    before, _ = step(build_account(), build_used("0.6"))
    after = replace(before, equity=Decimal(equity))

    state, notices = step(before, after, replace(LIMITS, drawdown_fraction_max=Decimal("0.2")))

    assert [(n.name, n.severity) for n in notices] == [("MAX_DRAWDOWN", RED)]
    assert state.alert_levels["GROSS_EXPOSURE"].level is YELLOW


def test_reading_when_unconfirmed_for_another_reason_then_told_again() -> None:
    first = replace(build_account(), unconfirmed=UnconfirmedReading(at=NOW, equity=Decimal(0), reason="zero"))
    other = replace(first, unconfirmed=UnconfirmedReading(at=NOW, equity=Decimal(9), reason="jump"))

    assert [n.detail for n in step(first, other)[1]] == ["jump"]
    assert step(other, other)[1] == ()


def test_breaker_when_no_limit_has_its_name_then_red_until_it_is_gone() -> None:
    stopped = replace(build_account(), breakers={"MANUAL_STOP": Breaker(tripped_at=NOW, reason="holiday")})
    state, notices = step(build_account(), stopped)
    assert [(n.name, n.severity, n.detail) for n in notices] == [("MANUAL_STOP", RED, "holiday")]

    state, notices = step(state, state, now=NOW + REMIND_EVERY)
    assert [(n.kind, n.name) for n in notices] == [(NoticeKind.LIMIT_REMINDER, "MANUAL_STOP")]

    state, notices = step(state, replace(state, breakers={}))
    assert [n.kind for n in notices] == [NoticeKind.BREAKER_CLEARED]
    assert state.alert_levels == {}


def test_decision_when_denied_then_nothing_is_measured_and_nothing_told() -> None:
    state = build_used("0.9")
    limits = replace(LIMITS, symbols_denied=("BTC/USDT",))
    once = apply(state, build_submitted(build_order(client_order_id="a")), limits=limits)
    # The first event of an account finds what it uses already.
    again = apply(once.state, build_submitted(build_order(client_order_id="b")), limits=limits)

    assert again.notices == ()
    assert again.state.alert_levels == once.state.alert_levels


def test_decision_when_approved_then_the_exposure_it_reserves_is_told() -> None:
    limits = replace(LIMITS, gross_exposure_fraction_max=Decimal("0.80"))

    result = apply(build_account(10_000), build_submitted(build_order(quantity=40, price=100)), limits=limits)

    assert result.decisions[0].approved
    assert [(n.name, n.severity) for n in result.notices] == [("GROSS_EXPOSURE", YELLOW)]


def test_scenarios_when_there_is_no_report_then_var_and_stress_keep_their_level() -> None:
    limits = build_limits(var_fraction_max="0.10", stress_loss_fraction_max="0.50")
    state = build_account(10_000, positions=[build_position(50)])

    _, without = step(build_account(), state, limits, running_only=False)
    report = build_report({}, scenario_pnl=(Decimal(-800),) * 60, stress_pnl={"crash": Decimal(-2_600)})
    _, notices = with_risk_context(announce)(build_account(), state, limits, NOW, running_only=False, report=report)

    assert without == ()
    assert [(n.name, n.severity) for n in notices] == [("VAR_LIMIT", ORANGE), ("STRESS_LIMIT", YELLOW)]


def test_limits_when_tightened_then_the_new_ones_are_what_is_told() -> None:
    state = build_used("0.4")
    tight = replace(LIMITS, gross_exposure_fraction_max=Decimal("0.40"))
    event = LimitsChanged(limits=tight, limits_hash="h", loosened=())

    result = apply_event(ACCOUNT_ID, state, LIMITS, event, NOW + timedelta(seconds=1))

    assert [(n.name, n.severity) for n in result.notices] == [("GROSS_EXPOSURE", ORANGE)]


@pytest.mark.parametrize(("held", "level"), [(0, None), (1, RED)])
def test_limit_when_nothing_is_allowed_then_red_as_soon_as_there_is_something(
    held: int, level: Severity | None
) -> None:
    limits = build_limits(open_positions_max=0)
    state = build_account(positions=[build_position(1)] * held)
    _, notices = announce(build_account(), state, limits, NOW, running_only=False)
    assert [(notice.name, notice.severity) for notice in notices] == (
        [("MAX_OPEN_POSITIONS", level)] if level is not None else []
    )


@pytest.mark.parametrize(
    ("equity", "is_doubted", "level"),
    [(8_900, True, YELLOW), (8_000, True, ORANGE), (8_000, False, RED), (8_400, True, ORANGE)],
)
def test_drawdown_when_it_is_looked_at_again_then_no_more_than_orange_until_that_second_look(
    equity: int, is_doubted: bool, level: Severity
) -> None:
    """Of 10,000 a fifth may be lost."""
    before = build_account(10_000)
    doubts = {"MAX_DRAWDOWN": NOW} if is_doubted else {}
    after = replace(before, equity=Decimal(equity), drawdown_doubts=doubts)
    _, notices = announce(before, after, build_limits(drawdown_fraction_max="0.20"), NOW, running_only=False)
    assert [(notice.name, notice.severity) for notice in notices] == [("MAX_DRAWDOWN", level)]
