"""Body of a limits change, derived from the engine's `Limits`: a new limit appears here by itself."""

from __future__ import annotations

from dataclasses import Field as DataclassField
from dataclasses import fields, replace
from decimal import Decimal
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import (
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    create_model,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from riskgate.core.account.document import POSITIONS_MAX
from riskgate.core.errors import InvalidRequest
from riskgate.core.limits import (
    AutoHedge,
    BreakerAction,
    Cooldown,
    DrawdownGuard,
    Limits,
    LossStreak,
    LowProfit,
    StoplossGuard,
    StopRule,
    StrategyRules,
)
from riskgate.core.money import ZERO
from riskgate.core.safeguards.breakers import BREAKERS, ORDER_FAILURES_MAX
from riskgate.core.safeguards.heartbeats import INTERVAL_SECONDS_MAX, INTERVAL_SECONDS_MIN
from riskgate.schemas.fields import FROM_JSON, ClockTime, DecimalRange, IntRange, MarketKey, StrategyName, Symbol
from riskgate.schemas.http.requests.base import RequestModel, require_unique
from riskgate.schemas.http.requests.rules import Rule, absent, given
from riskgate.schemas.patterns import fold_strategy

#: Longest symbol list, most strategies with a list, longest window or lock of a protection (a week).
SYMBOLS_MAX = 500
STRATEGIES_MAX = 100
MINUTES_MAX = 7 * 24 * 60
#: Most markets an automatic hedge trades.
HEDGE_MARKETS_MAX = 20

_DAY = 24 * 60 * 60
#: Largest value of a limit by its unit, where its check declares none of its own.
_HIGHEST_BY_UNIT = {
    "fraction": 1,
    "correlation": 1,
    "bps": 10_000,
    "times": 100,
    "base_currency": None,
    "seconds": _DAY,
    "positions": POSITIONS_MAX,
    "orders": 100_000,
    "failures": ORDER_FAILURES_MAX,
    "round_trips": 100_000,
}


class _Distinct:
    """Refuse a list that names the same thing twice."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        def refuse_twins(values: tuple[str, ...]) -> tuple[str, ...]:
            require_unique("", values)
            return values

        return core_schema.no_info_after_validator_function(refuse_twins, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "uniqueItems": True}


def _each_strategy_once(given: object, validate: ValidatorFunctionWrapHandler) -> Any:
    """Refuse two spellings of one strategy: which of them counts would be chance."""
    names = [fold_strategy(name) for name in given if isinstance(name, str)] if isinstance(given, dict) else []
    require_unique("", names)
    return validate(given)


#: The value of a limit, and a type expression: neither has one static type.
type _Value = Any
type _Type = Any

type Minutes = Annotated[int, IntRange(1, MINUTES_MAX)]
type Tally = Annotated[int, IntRange(1, 100)]
type Symbols = Annotated[tuple[Symbol, ...], FROM_JSON, Field(max_length=SYMBOLS_MAX), _Distinct()]
type Threshold = Annotated[Decimal, DecimalRange(low=ZERO, high=Decimal(100), zero_allowed=False)]
type StrategySymbols = Annotated[
    dict[StrategyName, Symbols], Field(max_length=STRATEGIES_MAX), WrapValidator(_each_strategy_once)
]


def _read_requirement(value: object) -> bool | StopRule:
    if isinstance(value, bool):
        return value
    if value == StopRule.AT_VENUE:
        return StopRule.AT_VENUE
    raise PydanticCustomError("stop_requirement", "must be true, false or at_venue")


type StopRequirement = Annotated[
    bool | StopRule,
    PlainValidator(_read_requirement),
    WithJsonSchema({"oneOf": [{"type": "boolean"}, {"type": "string", "enum": [*StopRule]}]}),
]
type Breaker = Annotated[str, Field(pattern=f"^({'|'.join(BREAKERS)})$")]
type BreakerActions = Annotated[dict[Breaker, Annotated[BreakerAction, FROM_JSON]], Field(min_length=1)]


class StoplossGuardRequest(RequestModel):
    """Lock entries after `stops` stop-outs within `window_minutes`, for `lock_minutes`."""

    stops: Tally = 3
    window_minutes: Minutes = 60
    lock_minutes: Minutes = 40
    scope: Literal["all", "symbol", "side", "strategy"] = "all"


class LossStreakRequest(RequestModel):
    """Lock entries after `losses` losing closes in a row, for `lock_minutes`."""

    losses: Tally
    lock_minutes: Minutes
    scope: Literal["all", "symbol", "side", "strategy"] = "all"


class CooldownRequest(RequestModel):
    """Lock a market after a close, for `minutes` or until the next `unlock_at` (HH:MM UTC)."""

    RULES = tuple(
        Rule("minutes", "or unlock_at is required, not both", (wrong("minutes"), wrong("unlock_at")))
        for wrong in (absent, given)
    )

    # Null as well as absent: limits that were read can be sent back as they are.
    minutes: Minutes | None = None
    unlock_at: ClockTime | None = None


class LowProfitRequest(RequestModel):
    """Lock a market, or strategy, whose closes within `window_minutes` earned less than `profit_fraction_min`."""

    window_minutes: Minutes
    profit_fraction_min: Annotated[Decimal, DecimalRange(low=Decimal(0), high=Decimal(1))]
    trades_min: Tally
    lock_minutes: Minutes
    scope: Literal["all", "symbol", "side", "strategy"] = "symbol"


class DrawdownGuardRequest(RequestModel):
    """Lock all entries when the closes within `window_minutes` fell from their best by more than a fraction of it."""

    window_minutes: Minutes
    trades_min: Tally
    drawdown_fraction_max: Annotated[Decimal, DecimalRange(low=ZERO, high=Decimal(1), zero_allowed=False)]
    lock_minutes: Minutes


class AutoHedgeRequest(RequestModel):
    """Hedge the whole book by itself when its net delta or its VaR goes beyond a threshold."""

    RULES = (
        Rule(
            "net_delta_fraction_max",
            "or var_fraction_max is required",
            (absent("net_delta_fraction_max"), absent("var_fraction_max")),
        ),
    )

    net_delta_fraction_max: Threshold | None = None
    var_fraction_max: Threshold | None = None
    action: Literal["propose", "place"] = "propose"
    fraction: Annotated[Decimal, DecimalRange(low=ZERO, high=Decimal(1), zero_allowed=False)] = Decimal(1)
    markets: Annotated[tuple[MarketKey, ...], FROM_JSON, Field(max_length=HEDGE_MARKETS_MAX), _Distinct()] = ()
    fee_fraction: Annotated[Decimal, DecimalRange(low=ZERO, high=Decimal(1))] = Decimal("0.001")
    interval_minutes: Minutes = 60


class StrategyRulesRequest(RequestModel):
    """What a registered strategy is held to beside the account's own limits; what is left out or null asks nothing."""

    fraction_max: Threshold | None = None
    symbols: Symbols | None = None
    stop_loss_required: StopRequirement = False
    heartbeat_seconds: Annotated[int, IntRange(INTERVAL_SECONDS_MIN, INTERVAL_SECONDS_MAX)] | None = None


type Strategies = Annotated[
    dict[StrategyName, StrategyRulesRequest], Field(max_length=STRATEGIES_MAX), WrapValidator(_each_strategy_once)
]

#: The engine's protections and how each arrives.
_PROTECTIONS: dict[type, type[RequestModel]] = {
    StoplossGuard: StoplossGuardRequest,
    LossStreak: LossStreakRequest,
    Cooldown: CooldownRequest,
    LowProfit: LowProfitRequest,
    DrawdownGuard: DrawdownGuardRequest,
    AutoHedge: AutoHedgeRequest,
    StrategyRules: StrategyRulesRequest,
}
#: The type of a limit with one entry for each name, by what an entry is.
_MAPPINGS: dict[_Type, _Type] = {
    BreakerAction: BreakerActions,
    tuple[str, ...]: StrategySymbols,
    StrategyRules: Strategies,
}
_CORE_TYPES: dict[type, type] = {request: core for core, request in _PROTECTIONS.items()}


class LimitsChange(RequestModel):
    """Limits to set; those left out stay as they are, null switches a check off."""

    EMPTY = "contains no limit"

    def apply_to(self, limits: Limits) -> Limits:
        """Return `limits` with the given ones replaced; InvalidRequest if the result contradicts itself."""
        changed = replace(limits, **{name: _to_core(getattr(self, name)) for name in self.model_fields_set})
        low, high = changed.order_notional_min, changed.order_notional_max
        if low is not None and high is not None and low > high:
            raise InvalidRequest("order_notional_min is above order_notional_max", code="LIMITS_CONTRADICTORY")
        return changed


def _to_core(value: _Value) -> _Value:
    if isinstance(value, dict):
        return {name: _to_core(item) for name, item in value.items()}
    core = _CORE_TYPES.get(type(value))
    return value if core is None else core(**dict(value))


def _declare(item: DataclassField[Any], hint: _Type) -> tuple[_Type, Any]:
    """Return type and default of the request field for one limit."""
    arguments = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    base, *rules = (argument for argument in arguments if argument is not NoneType)
    kind = _choose_type(item, base)
    if rules == [StopRule]:
        kind = StopRequirement
    unit = item.metadata["unit"]
    checks = f"Limit of {item.metadata['code']}" if item.metadata["code"] else "Not a check"
    description = f"{checks}{f', in {unit}' if unit else ''}."
    # The default stands for "left out"; it is never validated, so null passes only where the limit can be off.
    return kind | None if NoneType in arguments else kind, Field(None, description=description)


def _choose_type(item: DataclassField[Any], base: _Type) -> _Type:
    if base in _PROTECTIONS:
        return _PROTECTIONS[base]
    if base is bool:
        return bool
    origin: object = get_origin(base)
    if origin is tuple:
        return Symbols
    if origin is dict:
        return _MAPPINGS[get_args(base)[1]]
    highest = item.metadata.get("highest", _HIGHEST_BY_UNIT[item.metadata["unit"]])
    if base is int and highest is not None:
        return Annotated[int, IntRange(1, highest)]
    if base is Decimal:
        high = None if highest is None else Decimal(highest)
        return Annotated[Decimal, DecimalRange(low=item.metadata.get("lowest", ZERO), high=high, zero_allowed=False)]
    raise TypeError(f"no request type for the limit {item.name}")


if TYPE_CHECKING:

    class LimitsRequest(LimitsChange):
        """`LimitsChange` with one field per limit of the engine."""

else:
    _HINTS = get_type_hints(Limits)
    LimitsRequest = create_model(
        "LimitsRequest",
        __base__=LimitsChange,
        __doc__=LimitsChange.__doc__,
        __module__=__name__,
        **{item.name: _declare(item, _HINTS[item.name]) for item in fields(Limits)},
    )
