"""What every hedge keeps to, whatever is held and wherever it is traded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState
from riskgate.core.hedging.model import HedgeInstrument, HedgeMode, HedgePlan
from riskgate.core.hedging.sizing import lot_in_units
from riskgate.core.hedging.variance import compute_variance
from riskgate.core.instrument import Market
from riskgate.core.money import is_multiple
from tests.support.builders import SPOT, SWAP, VENUE, build_account, build_position, build_row
from tests.support.hypothesis_profiles import THOROUGH
from tests.unit.core.hedging.books import SPOT_KEY, SWAP_KEY, market, plan, spec

STEPS = ["0.00001", "0.001", "0.1", "1", "0.3"]
SIZES = ["1", "0.1", "0.001", "10"]
FEES = st.integers(0, 50).map(lambda n: Decimal(n) / 10_000)
PRICES = st.integers(100, 10_000_000).map(lambda n: Decimal(n) / 100)
QUANTITIES = st.integers(1, 10**8).map(lambda n: Decimal(n) / 100_000)
FRACTIONS = st.integers(0, 1000).map(lambda n: Decimal(n) / 1000)


@dataclass(frozen=True)
class Case:
    """A position, the market it is hedged in, and what that costs."""

    state: AccountState
    key: str
    market: Market
    instrument: HedgeInstrument

    @property
    def lot(self) -> Decimal:
        """Return one lot of the hedge's market in units of the asset."""
        rules = self.market.instrument
        assert rules is not None
        return rules.step_size * rules.contract_size

    @property
    def delta(self) -> Decimal:
        position = self.state.positions[self.key]
        return position.quantity * position.contract_size

    def plan(self, mode: HedgeMode, **changes: Any) -> HedgePlan:
        asked = spec(mode, position=self.key, instruments=(self.instrument,), **changes)
        return plan(asked, self.state, self.market)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a long spot or a long or short swap position, hedged in its own market or by the swap."""
    is_spot = draw(st.booleans())
    size = Decimal(1) if is_spot else Decimal(draw(st.sampled_from(SIZES)))
    quantity, entry, mark = draw(QUANTITIES), draw(PRICES), draw(PRICES)
    if not is_spot and draw(st.booleans()):
        quantity = -quantity
    held = build_position(quantity, SPOT if is_spot else SWAP, average_price=entry, mark_price=mark, contract_size=size)
    by_swap = not is_spot or draw(st.booleans())
    traded_size = size if not is_spot else Decimal(draw(st.sampled_from(SIZES))) if by_swap else Decimal(1)
    basis = Decimal(draw(st.integers(990, 1010))) / 1000
    spread = draw(st.integers(0, 20)) * mark * basis / 10_000
    found = market(
        SWAP if by_swap else SPOT,
        mark * basis,
        spread=spread,
        step_size=Decimal(draw(st.sampled_from(STEPS))),
        contract_size=traded_size,
    )
    funding = Decimal(draw(st.integers(-10, 10))) / 10_000 if by_swap else Decimal(0)
    instrument = HedgeInstrument(
        venue=VENUE, symbol=SWAP if by_swap else SPOT, fee_fraction=draw(FEES), funding_fraction=funding
    )
    state = build_account(10**9, positions=[held])
    return Case(state, SPOT_KEY if is_spot else SWAP_KEY, found, instrument)


def total_delta(made: HedgePlan) -> Decimal:
    return sum((leg.delta for leg in made.legs), Decimal(0))


@THOROUGH
@given(cases())
def test_full_hedge_when_planned_then_within_one_lot_of_no_delta_and_never_beyond(case: Case) -> None:
    made = case.plan(HedgeMode.FULL)
    (left,) = made.delta_after.values()
    assert left == case.delta + total_delta(made)
    assert abs(left) < case.lot
    assert left * case.delta >= 0
    if made.legs:
        assert made.locked_pnl == made.worst_pnl


@THOROUGH
@given(cases(), FRACTIONS)
def test_partial_hedge_when_planned_then_the_fraction_to_within_one_lot(case: Case, fraction: Decimal) -> None:
    made = case.plan(HedgeMode.PARTIAL, fraction=fraction)
    wanted = abs(fraction * case.delta)
    assert 0 <= wanted - abs(total_delta(made)) < case.lot
    for leg in made.legs:
        assert is_multiple(leg.quantity, case.market.instrument.step_size)  # type: ignore[union-attr]
        assert (leg.side.sign > 0) == (case.delta < 0)
        # A swap short that hedges spot adds exposure in its market: the gate judges it as such.
        assert leg.reduces == (leg.market.key == case.key)


@THOROUGH
@given(cases(), FRACTIONS, FRACTIONS)
def test_partial_hedge_when_more_is_asked_then_not_less_is_traded(case: Case, one: Decimal, other: Decimal) -> None:
    low, high = sorted([one, other])
    less, more = (case.plan(HedgeMode.PARTIAL, fraction=fraction) for fraction in (low, high))
    assert abs(total_delta(less)) <= abs(total_delta(more))
    assert less.fees <= more.fees


@THOROUGH
@given(cases(), st.integers(-500, 500), st.integers(1, 999), st.integers(0, 240))
def test_target_hedge_when_reached_then_that_profit_there_to_within_one_lot(
    case: Case, target_bps: int, move: int, hours: int
) -> None:
    held = case.state.positions[case.key]
    adverse = held.mark_price * (1 - Decimal(move) / 1000 * (1 if held.quantity > 0 else -1))
    target = abs(case.delta) * held.mark_price * target_bps / 1000
    terms = {"adverse_price": adverse, "horizon_hours": hours, "fee_fraction": case.instrument.fee_fraction}
    made = case.plan(HedgeMode.TARGET_PNL, target_pnl=target, **terms)
    assert made.pnl_at_target is not None
    assume(made.target_reached)
    assert made.pnl_at_target >= target - Decimal("1e-8")
    if made.legs:
        # One lot less would not have been enough: the profit is the target's to within what one lot brings.
        (leg,) = made.legs
        fewer = replace(leg, quantity=leg.quantity - case.lot / case.market.instrument.contract_size)  # type: ignore[union-attr]
        assert pnl_at(case, adverse, fewer, hours) < target
        assert pnl_at(case, adverse, leg, hours) >= target


def pnl_at(case: Case, price: Decimal, leg: Any, hours: int) -> Decimal:
    """Work out the profit at a price from the trades themselves: buy, hedge, close both, pay for each."""
    held, fee = case.state.positions[case.key], case.instrument.fee_fraction
    assert fee is not None
    with localcontext(prec=60):
        trades = [(held.quantity, held.average_price, held.contract_size), (leg.signed, leg.price, _size(leg))]
        open_after: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
        for key, (quantity, _, size), mark in zip(
            (held.key, leg.market.key), trades, (held.mark_price, leg.market.middle), strict=True
        ):
            before = open_after.get(key, (Decimal(0), size, mark))[0]
            # What is closed in its own market leaves at that market's mark, as the position does.
            open_after.setdefault(key, (Decimal(0), size, mark))
            open_after[key] = (before + quantity, size, open_after[key][2])
        factor = price / held.mark_price
        trades += [(-quantity, mark * factor, size) for quantity, size, mark in open_after.values()]
        cash = sum((-quantity * at * size for quantity, at, size in trades), Decimal(0))
        fees = sum((abs(quantity) * at * size * fee for quantity, at, size in trades), Decimal(0))
        funding = Decimal(0)
        if not leg.reduces:
            funding = leg.signed * leg.price * _size(leg) * case.instrument.funding_fraction * hours / 8
        return cash - fees - funding


def _size(leg: Any) -> Decimal:
    size: Decimal = leg.market.instrument.contract_size
    return size


ASSETS = ("BTC", "ETH", "SOL")
VALUES = st.fixed_dictionaries({asset: st.integers(-(10**6), 10**6).map(Decimal) for asset in ASSETS})
LOADINGS = st.lists(st.tuples(*[st.integers(-100, 100)] * 3), min_size=3, max_size=3)


@THOROUGH
@given(VALUES, LOADINGS, st.lists(st.integers(1, 200), min_size=3, max_size=3), st.sampled_from(STEPS), FRACTIONS)
def test_least_variance_when_hedged_then_never_more_variance(
    values: dict[str, Decimal], loadings: Any, volatilities: list[int], step: str, fraction: Decimal
) -> None:
    assume(all(any(one) for one in loadings))
    moves = {asset: Decimal(v) / 1000 for asset, v in zip(ASSETS, volatilities, strict=True)}
    rows = tuple(build_row(a, correlate(loadings, n), volatilities=moves) for n, a in enumerate(ASSETS))
    held = [build_position(value, f"{asset}/USDT", 1) for asset, value in values.items() if value]
    state = build_account(10**9, positions=held)
    asked = spec(HedgeMode.MIN_VARIANCE, instruments=(HedgeInstrument(venue=VENUE, symbol=SWAP),), fraction=fraction)
    made = plan(asked, state, market(SWAP, 7, step_size=Decimal(step)), rows=rows)
    if not held:
        assert made.legs == ()
        return
    assert made.variance is not None
    assert made.variance.optimum <= made.variance.after <= made.variance.before
    # The same again from the matrix: the hedged book's own variance.
    by_asset = {row.asset: row for row in rows}
    after = {name: value for name, value in values.items() if value}
    after["BTC"] = after.get("BTC", Decimal(0)) + total_delta(made) * 7
    with localcontext(prec=60):
        found = compute_variance(after, by_asset)
    assert abs(found - made.variance.after) <= Decimal("1e-9") * (1 + made.variance.before)
    if fraction == 1 and made.legs:
        left = abs(made.variance.beta_value_after)
        assert left < lot_in_units(made.legs[0].market) * 7


def correlate(loadings: Any, row: int) -> dict[str, Any]:
    """Return one row of the correlations of three random directions: a matrix that can be."""
    with localcontext(prec=40):
        lengths = [sum((Decimal(x) ** 2 for x in one), Decimal(0)).sqrt() for one in loadings]
        cosines = {
            asset: sum(Decimal(a) * b for a, b in zip(loadings[row], other, strict=True)) / (lengths[row] * length)
            for asset, other, length in zip(ASSETS, loadings, lengths, strict=True)
        }
    return {
        asset: max(Decimal(-1), min(Decimal(1), value.quantize(Decimal("1e-25")))) for asset, value in cosines.items()
    }
