"""What DynamoDB answered, in a form in which the model and the engine can be compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

#: The engine tells of capacity where nobody asked.
IGNORED = frozenset({"ResponseMetadata", "ConsumedCapacity"})
type Outcome = tuple[Any, ...]


def outcome(call: Callable[[], Any]) -> Outcome:
    """Return an answer, or the code of a refusal with what it tells beside its text."""
    try:
        answer = call()
    except ClientError as error:
        return refused(error.response)
    return "answered", settle({name: value for name, value in answer.items() if name not in IGNORED})


def refused(response: Any) -> Outcome:
    """Return a refusal: its code, the reasons of a transaction's actions, and the item that stood in the way."""
    reasons = [(reason["Code"], settle(reason.get("Item"))) for reason in response.get("CancellationReasons", ())]
    if any(code == "ValidationError" for code, _ in reasons):
        # AWS documents it as an action's reason; of some the engine makes a refusal of the whole.
        return "refused", "ValidationException", [], None
    return "refused", response["Error"]["Code"], reasons, settle(response.get("Item"))


def settle(value: Any) -> Any:
    """Return an answer without what has no order or no meaning: sets, the items of a batch, nothing left undone."""
    if isinstance(value, list):
        return [settle(element) for element in value]
    if not isinstance(value, dict):
        return value
    settled = {name: settle(element) for name, element in value.items()}
    for name, element in list(settled.items()):
        if name in {"N", "NS"}:
            # The engine gives some back as they came, 1E2 for 100; AWS does not.
            settled[name] = [plain(n) for n in element] if isinstance(element, list) else plain(element)
        if name in {"SS", "NS", "BS"} and isinstance(element, list):
            settled[name] = sorted(settled[name])
        if name == "Responses" and isinstance(element, dict):
            settled[name] = {table: sorted(rows, key=in_order) for table, rows in element.items()}
    return settled


def in_order(item: Any) -> str:
    """Return what an item is sorted by, whatever the order of its attributes."""
    return json.dumps(item, sort_keys=True, default=str)


def plain(number: Any) -> Any:
    """Return a number written in one way; what is none as it is."""
    return str(Decimal(number).normalize()) if isinstance(number, str) else number
