"""Parameters of one call, which remember which of them were read."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from riskgate.core.front_door.refusals import Refusal, illegal, missing, unread
from riskgate.core.front_door.signing import SIGNING

_DECIMAL_RANGE = "^([0-9]{1,20})(\\.[0-9]{1,20})?$"
_DECIMAL = re.compile(_DECIMAL_RANGE)
_INTEGER = re.compile(r"[0-9]{1,20}")


class Parameters:
    """Parameters of a request, without those that sign it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name: value for name, value in values.items() if name not in SIGNING}
        self._read: set[str] = set()

    def text(self, name: str) -> str | None:
        """Return a parameter, None where it is absent; Refusal -1105 where it is empty: nobody knows what was meant."""
        self._read.add(name)
        text = self._values.get(name)
        if text == "":
            raise Refusal(-1105, f"Parameter '{name}' was empty.")
        return text

    def required(self, name: str) -> str:
        """Return a mandatory parameter; Refusal -1102 where it is absent."""
        value = self.text(name)
        if value is None:
            raise missing(name)
        return value

    def decimal(self, name: str) -> Decimal | None:
        """Return an amount; Refusal -1100 where it is no plain decimal."""
        text = self.text(name)
        if text is None:
            return None
        if _DECIMAL.fullmatch(text) is None:
            raise illegal(name, _DECIMAL_RANGE)
        return Decimal(text)

    def integer(self, name: str) -> int | None:
        """Return an unsigned integer; Refusal -1100 where it is none."""
        text = self.text(name)
        if text is None:
            return None
        if _INTEGER.fullmatch(text) is None:
            raise illegal(name, "^[0-9]{1,20}$")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return a boolean, false where it is absent; Refusal -1130 where it is none."""
        text = (self.text(name) or "false").lower()
        if text not in {"true", "false"}:
            raise Refusal(-1130, f"Data sent for parameter '{name}' is not valid.")
        return text == "true"

    def expect(self, name: str, *allowed: str) -> None:
        """Make sure that a parameter is absent, or has a value that changes nothing; Refusal -1130 otherwise."""
        text = self.text(name)
        if text is not None and text.upper() not in allowed:
            chosen = f"The risk gateway takes only {', '.join(allowed)}." if allowed else "It is not offered here."
            raise Refusal(-1130, f"Data sent for parameter '{name}' is not valid. {chosen}")

    def refuse_unread(self, ignored: Iterable[str] = ()) -> None:
        """Refuse what nobody has asked for: -1104."""
        left = self._values.keys() - self._read - set(ignored)
        if left:
            raise unread(len(self._values) - len(left), len(self._values), min(left)[:64])

    def as_sent(self) -> dict[str, str]:
        """Return all of them, as a call that is passed on needs them."""
        return dict(self._values)
