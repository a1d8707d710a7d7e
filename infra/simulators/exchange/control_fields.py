"""Fields of control requests: parsed, or refused with a reason."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from .errors import ControlError
from .instruments import Market
from .render import Json

MARKETS: dict[str, Market] = {"spot": "spot", "swap": "swap"}


def decimal(value: object, name: str) -> Decimal:
    """Return a field's value as a decimal."""
    try:
        result = Decimal(str(value))
    except ArithmeticError:
        raise ControlError(f"{name} is no number") from None
    if not result.is_finite():
        raise ControlError(f"{name} is not finite")
    return result


def text(body: Json, name: str) -> str:
    """Return a mandatory text."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name} is missing")
    return value


def market_of(body: Json) -> Market | None:
    """Return the market a body names, None for both."""
    value = body.get("market")
    if value is None:
        return None
    if not isinstance(value, str) or value not in MARKETS:
        raise ControlError("market is spot or swap")
    return MARKETS[value]


def section(body: Json, name: str) -> Json:
    """Return an object inside a body, empty when absent."""
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise ControlError(f"{name} is no object")
    return cast("Json", value)


def instant_ms(value: object, name: str) -> int:
    """Return milliseconds from an RFC 3339 text or an integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        raise ControlError(f"{name} is no instant") from None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return int(instant.timestamp() * 1000)


def milliseconds(body: Json, name: str) -> int:
    """Return a duration given in seconds, as milliseconds."""
    return int(decimal(body.get(name, 0), name) * 1000)
