"""Request parameters: parsed strictly, remembering which were read."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from urllib.parse import parse_qsl

from .errors import VenueError, illegal, missing
from .money import parse_decimal

_DECIMAL_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
_DIGITS_MAX = 20
_SIGNING = ("timestamp", "recvWindow", "signature")


class Params:
    """Parameters of one request, from query string and form body together."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self._read: set[str] = set(_SIGNING)

    @classmethod
    def parse(cls, query: str, body: str) -> Params:
        """Parse both parts; a parameter sent twice is refused (-1101)."""
        values: dict[str, str] = {}
        for part in (query, body):
            for name, value in parse_qsl(part, keep_blank_values=True):
                if name in values:
                    raise VenueError(-1101, f"Duplicate values for parameter '{name}'.")
                values[name] = value
        return cls(values)

    def items(self) -> dict[str, str]:
        """Return all parameters but the signature."""
        return {name: value for name, value in self._values.items() if name != "signature"}

    def text(self, name: str) -> str | None:
        """Return a parameter, None when absent or empty."""
        self._read.add(name)
        return self._values.get(name) or None

    def required(self, name: str) -> str:
        """Return a mandatory parameter; VenueError -1102 when absent."""
        value = self.text(name)
        if value is None:
            raise missing(name)
        return value

    def decimal(self, name: str) -> Decimal | None:
        """Return a decimal parameter; VenueError -1100 when it is no plain decimal."""
        text = self.text(name)
        if text is None:
            return None
        value = parse_decimal(text)
        if value is None:
            raise illegal(name, _DECIMAL_RANGE)
        return value

    def required_decimal(self, name: str) -> Decimal:
        """Return a mandatory decimal parameter."""
        value = self.decimal(name)
        if value is None:
            raise missing(name)
        return value

    def integer(self, name: str) -> int | None:
        """Return an unsigned integer parameter; VenueError -1100 when it is none."""
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
            raise illegal(name, "^[0-9]{1,20}$")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return a boolean parameter, false when absent."""
        return (self.text(name) or "false").lower() == "true"

    def choice[E: StrEnum](self, name: str, choices: type[E], error: VenueError) -> E | None:
        """Return a parameter that is one of an enumeration, or raise the error given."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return choices(text)
        except ValueError:
            raise error from None

    def refuse_unread(self, ignored: Iterable[str] = ()) -> None:
        """Refuse parameters nobody has asked for, as the Spot API does: -1104 naming how many."""
        unread = set(self._values) - self._read - set(ignored)
        if unread:
            sent, read = len(self._values), len(self._values) - len(unread)
            raise VenueError(
                -1104,
                f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.",
            )
