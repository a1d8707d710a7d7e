"""Body of the hedge route."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from riskgate.core.hedging.model import HedgeInstrument, HedgeMode, HedgeSpec
from riskgate.core.instrument import market_key
from riskgate.core.money import ONE, ZERO
from riskgate.schemas.fields import (
    FROM_JSON,
    Amount,
    DecimalRange,
    IntRange,
    Omittable,
    PositiveAmount,
    StrategyName,
    Symbol,
    VenueName,
)
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.requests.rules import Rule, absent, among, given, not_single

#: Most markets a hedge may name.
INSTRUMENTS_MAX = 20
#: Longest time funding is counted for: a year.
HORIZON_HOURS_MAX = 8_760
#: A taker's fee at most large venues without a discount: costs are rather overstated than forgotten.
FEE_FRACTION_DEFAULT = Decimal("0.001")

#: Short enough that the orders' ids, derived from it, are ids as well.
type HedgeId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9._-]{1,48}$")]
type Part = Annotated[Decimal, DecimalRange(low=ZERO, high=ONE)]
type Rate = Annotated[Decimal, DecimalRange(low=-ONE, high=ONE)]
type Hours = Annotated[int, IntRange(0, HORIZON_HOURS_MAX)]

_OF_ONE_POSITION = frozenset({HedgeMode.FULL, HedgeMode.PARTIAL, HedgeMode.TARGET_PNL})
_OF_THE_BOOK = frozenset({HedgeMode.DELTA_NEUTRAL, HedgeMode.BETA})


def _uses(mode: HedgeMode) -> tuple[tuple[str, bool, bool], ...]:
    """Return (field, needed, refused) of one mode."""
    is_target = mode is HedgeMode.TARGET_PNL
    return (
        ("position", mode in _OF_ONE_POSITION, mode in _OF_THE_BOOK),
        ("fraction", mode is HedgeMode.PARTIAL, mode in {HedgeMode.FULL, HedgeMode.TARGET_PNL}),
        ("adverse_price", is_target, not is_target),
        ("target_pnl", is_target, not is_target),
    )


def _list_rules() -> Iterator[Rule]:
    for mode in HedgeMode:
        for name, needed, refused in _uses(mode):
            if needed:
                yield Rule(name, f"is required for {mode.value}", (among("mode", mode), absent(name)))
            if refused:
                yield Rule(name, f"is not allowed for {mode.value}", (among("mode", mode), given(name)))
        if mode.is_statistical:
            message = f"must be a single market for {mode.value}"
            yield Rule("instruments", message, (among("mode", mode), not_single("instruments")))


class HedgePosition(RequestModel):
    """The position to hedge."""

    venue: VenueName
    symbol: Symbol


class HedgeInstrumentRequest(RequestModel):
    """A market the hedge may trade."""

    venue: VenueName
    symbol: Symbol
    fee_fraction: Omittable[Part] = Field(None, description="Taker fee in this market. Defaults to the hedge's fee.")
    funding_fraction: Rate = Field(
        ZERO, description="Funding a long position pays every eight hours, as a fraction of its value."
    )


class HedgeRequest(RequestModel):
    """A hedge to plan, or to plan and place."""

    RULES = tuple(_list_rules())
    UNIQUE: ClassVar = {"instruments": ("venue", "symbol")}

    hedge_id: HedgeId = Field(
        description="The caller's id for the hedge and its idempotency key. Order ids derive from it."
    )
    mode: Annotated[HedgeMode, FROM_JSON]
    position: Omittable[HedgePosition] = Field(
        None, description="Required for full, partial and target_pnl. Without it min_variance hedges the whole book."
    )
    instruments: Annotated[tuple[HedgeInstrumentRequest, ...], FROM_JSON] = Field(
        (),
        max_length=INSTRUMENTS_MAX,
        description="In order of preference. Without any, positions are reduced in their own markets. "
        "min_variance takes one, beta one of BTC.",
    )
    fraction: Omittable[Part] = Field(
        None, description="Required for partial. Defaults to 1 for delta_neutral, min_variance and beta."
    )
    adverse_price: Omittable[PositiveAmount] = Field(
        None, description="For target_pnl: the price at which the profit must hold."
    )
    target_pnl: Omittable[Amount] = Field(
        None,
        description="For target_pnl: profit since entry at the adverse price, all fees included, in base currency.",
    )
    fee_fraction: Part = Field(FEE_FRACTION_DEFAULT, description="Taker fee of every market without its own.")
    horizon_hours: Hours = Field(24, description="How long the hedge is held, for funding.")
    strategy: StrategyName = Field("hedge", description="Strategy of the orders.")
    execute: bool = Field(False, description="Place the orders, too. Without it the same body returns the plan.")

    def to_spec(self) -> HedgeSpec:
        """Return the hedge as the engine takes it: the same whether it is placed or not."""
        return HedgeSpec(
            hedge_id=self.hedge_id,
            mode=self.mode,
            position=None if self.position is None else market_key(self.position.venue, self.position.symbol),
            instruments=tuple(HedgeInstrument(**dict(item)) for item in self.instruments),
            fraction=ONE if self.fraction is None else self.fraction,
            adverse_price=self.adverse_price,
            target_pnl=self.target_pnl,
            fee_fraction=self.fee_fraction,
            horizon_hours=self.horizon_hours,
            strategy=self.strategy,
        )
