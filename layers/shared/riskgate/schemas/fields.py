"""Types of single fields: what a string or number must look like before it means anything.

Amounts arrive as decimal strings or JSON numbers and obey one notation (`parse_decimal`); pydantic's own
Decimal would also read ``1_000``, `` 1 ``, ``+1``, ``1e5`` and digits of other scripts.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from riskgate.core.money import plain
from riskgate.schemas.patterns import (
    ACCOUNT_ID_PATTERN,
    ASSET_PATTERN,
    IDENTIFIER_PATTERN,
    INSTANT_PATTERN,
    LABEL_PATTERN,
    MARKET_KEY_PATTERN,
    READABLE_PATTERN,
    SYMBOL_PATTERN,
    VENUE_PATTERN,
    fold_strategy,
)
from riskgate.schemas.readers import AmountRange, read_amount, read_instant

T = TypeVar("T")

_READABLE = re.compile(READABLE_PATTERN)


class DecimalRange(AmountRange):
    """An amount within a range, as a field of a model."""

    def validate(self, value: object) -> Decimal:
        """Return the exact amount a string or an already exact number spells."""
        amount = read_amount(value)
        if amount is None:
            raise PydanticCustomError(
                "amount_notation",
                "must be a decimal string or number with at most 15 integer digits and 12 decimals, without exponent",
            )
        if not self.holds(amount):
            raise PydanticCustomError("amount_range", "must be {expected}", {"expected": self.describe()})
        return amount

    def describe(self) -> str:
        """Return the range in words."""
        if self.low == 0 and not self.zero_allowed:
            words = "greater than 0"
        elif self.low is not None:
            words = f"at least {plain(self.low)}"
        else:
            words = "" if self.zero_allowed else "other than 0"
        if self.high is None:
            return words
        return f"{words} and at most {plain(self.high)}".removeprefix(" and ")

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate with `validate` alone, before pydantic's own Decimal parser sees the value."""
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe both spellings, string and number."""
        # Only who writes the document needs it.
        from riskgate.schemas.decimal_patterns import INTEGER_DIGITS, decimal_pattern  # noqa: PLC0415

        text = {"type": "string", "pattern": decimal_pattern(self.low, self.high, zero_allowed=self.zero_allowed)}
        number: dict[str, Any] = {"type": "number"}
        limit = 10**INTEGER_DIGITS
        if self.low is None:
            number["exclusiveMinimum"] = -limit
        else:
            is_open = self.low == 0 and not self.zero_allowed
            number["exclusiveMinimum" if is_open else "minimum"] = _to_json(self.low)
        number |= {"exclusiveMaximum": limit} if self.high is None else {"maximum": _to_json(self.high)}
        if not self.zero_allowed and (self.low is None or self.low < 0):
            number["not"] = {"const": 0}
        range_words = self.describe()
        notation = "Exact decimal, as a string or a JSON number, with at most 15 integer digits and 12 decimals"
        return {"anyOf": [text, number], "description": f"{notation}{', ' if range_words else ''}{range_words}."}


def _to_json(bound: Decimal) -> int | float:
    """Return a bound as a JSON number; those there are have few digits, which a float writes exactly."""
    return int(bound) if bound == int(bound) else float(bound)


@dataclass(frozen=True)
class IntRange:
    """Whole JSON number within [low, high], written without a point."""

    low: int
    high: int

    def validate(self, value: object) -> int:
        """Return the whole number; strings, booleans and ``1.0`` are refused."""
        if isinstance(value, Decimal) and value.as_tuple().exponent == 0:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not self.low <= value <= self.high:
            context = {"low": self.low, "high": self.high}
            raise PydanticCustomError("count_range", "must be a whole number from {low} to {high}", context)
        return value

    def __get_pydantic_core_schema__(self, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate with `validate` alone."""
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe the range."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


class _NotNull:
    """Make ``T | None`` mean absent or a T, never an explicit null."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        nullable = handler(source)
        if nullable["type"] != "nullable":
            raise TypeError("an omittable field is declared as T | None")
        inner: CoreSchema = nullable["schema"]
        return inner


def _parse_instant(value: object) -> datetime:
    instant = read_instant(value)
    if instant is None:
        raise PydanticCustomError("instant", "must be an RFC 3339 instant in UTC, such as 2026-01-31T23:59:59Z")
    return instant


class _Readable:
    """Text that shows what it says: zero-width and direction marks would let a stored reason read differently."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse what does not fit `READABLE_PATTERN`."""
        return core_schema.no_info_after_validator_function(_require_readable, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """State the pattern."""
        return {**handler(schema), "pattern": READABLE_PATTERN}


def _require_readable(value: str) -> str:
    if not _READABLE.fullmatch(value):
        raise PydanticCustomError("text", "must be readable text without invisible characters")
    return value


#: A field that may be left out but not be null: null would leave open what it asks for.
Omittable = Annotated[T | None, _NotNull()]

type Amount = Annotated[Decimal, DecimalRange()]
type NonNegativeAmount = Annotated[Decimal, DecimalRange(low=Decimal(0))]
type PositiveAmount = Annotated[Decimal, DecimalRange(low=Decimal(0), zero_allowed=False)]
type SignedQuantity = Annotated[Decimal, DecimalRange(zero_allowed=False)]
type Fraction = Annotated[Decimal, DecimalRange(low=Decimal(0), high=Decimal(1), zero_allowed=False)]
type Count = Annotated[int, IntRange(1, 1_000_000)]

type Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER_PATTERN)]
type AccountId = Annotated[str, StringConstraints(pattern=ACCOUNT_ID_PATTERN)]
type VenueName = Annotated[str, StringConstraints(pattern=VENUE_PATTERN)]
# Kill switches, budgets, lists and heartbeats go by the name: another spelling of it must not escape them.
type StrategyName = Annotated[str, StringConstraints(pattern=LABEL_PATTERN), AfterValidator(fold_strategy)]
type SectorName = Annotated[str, StringConstraints(pattern=LABEL_PATTERN)]
type AssetCode = Annotated[str, StringConstraints(pattern=ASSET_PATTERN)]
type Symbol = Annotated[str, StringConstraints(pattern=SYMBOL_PATTERN)]
type MarketKey = Annotated[str, StringConstraints(pattern=MARKET_KEY_PATTERN)]
type SecretName = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9/_+=.@-]{1,512}$")]
type ClockTime = Annotated[str, StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
type Reason = Annotated[str, StringConstraints(min_length=1, max_length=500), _Readable()]
type Instant = Annotated[
    datetime,
    PlainValidator(_parse_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": INSTANT_PATTERN}),
]

#: Read an enum or a tuple from JSON's strings and arrays; everything else stays strict.
FROM_JSON = Field(strict=False)
