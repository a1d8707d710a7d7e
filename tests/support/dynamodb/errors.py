"""What DynamoDB answers instead of a result."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """DynamoDB refuses a request: its error code, its message, and what else the error's document holds."""

    def __init__(self, code: str, message: str, **fields: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields = code, message, fields


def invalid(message: str) -> Refused:
    """Return the refusal of a request that is wrong in itself."""
    return Refused("ValidationException", message)


def invalid_values(message: str) -> Refused:
    """Return the refusal of a value or key."""
    return invalid(f"One or more parameter values were invalid: {message}")


class ConditionFailed(Exception):
    """The item is not as the request's condition wants it; `item` is what stood there, None if nothing did."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        super().__init__("The conditional request failed")
        self.item = item


class InvalidUpdate(Exception):
    """An update does not fit the item it meets: what a transaction names a ValidationError of one action."""
