"""Half a bitcoin bought at 40,000: the example of the page on hedging, figure by figure."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.hedging.model import HedgeInstrument, HedgeMode, HedgePlan
from tests.support.builders import SPOT, SWAP, VENUE, build_row, dec
from tests.unit.core.hedging.books import ETH_SWAP, SPOT_KEY, book, market, orders, plan, spec

SHORT = HedgeInstrument(venue=VENUE, symbol=SWAP, fee_fraction=Decimal("0.0005"), funding_fraction=Decimal("0.0001"))
BY_SWAP = {
    "position": SPOT_KEY,
    "instruments": (SHORT,),
    "fee_fraction": Decimal("0.001"),
    "horizon_hours": 24,
}


def held(price: int = 40_000) -> AccountState:
    """Return the account that bought 0.5 BTC at 40,000, at a price now."""
    state = book((SPOT, "0.5", 40_000))
    return replace(state, positions={k: replace(p, mark_price=dec(price)) for k, p in state.positions.items()})


def at(made: HedgePlan, move: str) -> tuple[Decimal, Decimal]:
    """Return profit without and with the hedge after a move."""
    (point,) = (point for point in made.table if point.move_fraction == dec(move))
    return point.unhedged_pnl, point.hedged_pnl


def test_full_hedge_when_bought_at_40000_then_20000_of_exposure_becomes_none() -> None:
    made = plan(spec(HedgeMode.FULL, **BY_SWAP), held(), market(SWAP, 40_000, spread=10))
    assert orders(made) == [(SWAP, "sell", dec("0.5"), False)]
    assert (made.value_before, made.delta_after) == (20_000, {"BTC": 0})
    # Sold at 39,995: 19,997.50 of value, fee 9.99875; 2.50 of spread; a short receives three times 0.01 %.
    assert (made.fees, made.spread_cost, made.funding_cost) == (dec("9.99875"), dec("2.5"), dec("-5.99925"))
    assert made.cost == dec("6.4995")
    assert at(made, "-0.2") == (dec("-4036"), dec("-50.4995"))
    assert at(made, "0") == (dec("-40"), dec("-56.4995"))
    assert at(made, "0.2") == (dec("3956"), dec("-62.4995"))
    assert made.locked_pnl == dec("-71.4995")


def test_half_hedge_when_bought_at_40000_then_half_of_the_loss() -> None:
    made = plan(spec(HedgeMode.PARTIAL, fraction="0.5", **BY_SWAP), held(), market(SWAP, 40_000, spread=10))
    assert orders(made) == [(SWAP, "sell", dec("0.25"), False)]
    assert (made.cost, made.locked_pnl) == (dec("3.24975"), None)
    assert at(made, "-0.2") == (dec("-4036"), dec("-2043.24975"))


def test_green_up_when_the_price_is_44000_then_500_is_kept_down_to_38000() -> None:
    terms = {"adverse_price": dec(38_000), "target_pnl": dec(500)}
    made = plan(spec(HedgeMode.TARGET_PNL, **terms, **BY_SWAP), held(44_000), market(SWAP, 44_000, spread=10))
    assert orders(made) == [(SWAP, "sell", dec("0.258"), False)]
    assert (made.pnl_at_target, made.target_reached) == (dec("500.537858"), True)
    sold_out = plan(
        spec(HedgeMode.TARGET_PNL, position=SPOT_KEY, fee_fraction="0.001", **terms),
        held(44_000),
        market(SPOT, 44_000, spread=10),
    )
    assert orders(sold_out) == [(SPOT, "sell", dec("0.257"), True)]
    assert sold_out.pnl_at_target == dec("500.174285")


def test_least_variance_when_hedged_by_ether_then_the_ratio_and_what_is_left() -> None:
    volatilities = {"BTC": dec("0.03"), "ETH": dec("0.04")}
    rows = tuple(
        build_row(asset, {asset: 1, other: "0.85"}, volatilities=volatilities)
        for asset, other in (("BTC", "ETH"), ("ETH", "BTC"))
    )
    ether = (HedgeInstrument(venue=VENUE, symbol=ETH_SWAP),)
    asked = spec(HedgeMode.MIN_VARIANCE, instruments=ether)
    made = plan(asked, held(), market(ETH_SWAP, 2_500), rows=rows)
    # 0.85 x 3 % / 4 % = 0.6375 of the value: 12,750 of ETH at 2,500.
    assert orders(made) == [(ETH_SWAP, "sell", dec("5.1"), False)]
    assert made.variance is not None
    assert made.variance.hedge_ratio == dec("-0.6375")
    assert (made.variance.before, made.variance.after) == (360_000, 99_900)
