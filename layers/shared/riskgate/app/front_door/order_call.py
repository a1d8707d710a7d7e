"""One call about orders, and how its parameters are read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from riskgate.app.front_door.door import Door
from riskgate.app.front_door.find_order import find_order
from riskgate.core.account.stored import OrderRecord
from riskgate.core.front_door.refusals import Refusal, illegal, missing
from riskgate.core.front_door.symbols import unified_symbol
from riskgate.core.instrument import MarketType
from riskgate.schemas.front_door.orders import Sender, read_client_id
from riskgate.schemas.front_door.parameters import Parameters

type Json = dict[str, Any] | list[Any]

LIST_MAX = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderCall:
    """One call, for one of the key's venues."""

    door: Door
    venue: str
    market_type: MarketType
    parameters: Parameters

    @property
    def sender(self) -> Sender:
        """Return for whom orders are read."""
        key = self.door.key
        return Sender(
            account_id=key.account_id, strategy=key.strategy, venue=self.venue, fingerprint=self.door.fingerprint
        )

    def symbol(self) -> str:
        """Return the market that the call names."""
        return unified_symbol(self.parameters.required("symbol"), self.market_type)

    def find(self, id_name: str = "orderId", client_name: str = "origClientOrderId") -> OrderRecord:
        """Return the order that the call names."""
        symbol = self.symbol()
        order_id = self.parameters.integer(id_name)
        client_id = read_client_id(self.parameters, client_name, self.market_type, "") or None
        return find_order(self.door, self.venue, symbol, order_id, client_id)

    def cancel_id(self, name: str = "newClientOrderId") -> str:
        """Return the id that the bot gives the cancel itself, or one made for it."""
        return read_client_id(self.parameters, name, self.market_type, self.generated_id)

    @property
    def generated_id(self) -> str:
        """Return the id of a cancel that the bot gives none."""
        return f"rg-{self.door.fingerprint[:30]}"


def read_list(parameters: Parameters, name: str, other: str = "", *, length_max: int = LIST_MAX) -> list[Any]:
    """Return a parameter that is a JSON list, numbers as they were written. Raises Refusal: it is none."""
    text = parameters.text(name) or (parameters.text(other) if other else None)
    if text is None:
        raise missing(name)
    try:
        rows = json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise illegal(name, "a JSON list") from None
    if not isinstance(rows, list) or not 1 <= len(rows) <= length_max:
        raise Refusal(-1130, f"Data sent for parameter '{name}' is not valid.")
    return rows


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object. Raises Refusal: a name stands there twice, and nobody knows which of the two is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refusal(-1101, "Duplicate values for a parameter detected.")
    return found
