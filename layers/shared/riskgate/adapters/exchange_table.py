"""What is proven of each exchange: the table that the suite of `tests/exchanges` writes, shipped with the package."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from riskgate.core.instrument import MarketType

#: Terms of an order, and the call of the table that proves each.
_TERMS = {
    "market_buy": "place_market_buy",
    "market_sell": "place_market_sell",
    "stop": "place_stop",
    "stop_limit": "place_stop_limit",
    "post_only": "flag_post_only",
    "reduce_only": "flag_reduce_only",
    "IOC": "flag_ioc",
    "FOK": "flag_fok",
    "GTD": "flag_gtd",
}
_PROVEN = "proven"


@cache
def load_exchange_table() -> Mapping[str, Mapping[str, Any]]:
    """Return, by ``class/market type``, what a class is offered for (`scope`) and how each call came out (`calls`)."""
    text = files("riskgate").joinpath("data", "exchanges.json").read_text(encoding="utf-8")
    classes: Mapping[str, Mapping[str, Any]] = json.loads(text)["classes"]
    return classes


def scope_of(ccxt_id: str, market_type: MarketType) -> str | None:
    """Return what a class is offered for, `trade`, `data` or `none`; None where the table does not know it."""
    row = load_exchange_table().get(f"{ccxt_id}/{market_type.value}")
    return str(row["scope"]) if row is not None else None


def list_missing(ccxt_id: str, market_type: MarketType) -> tuple[str, ...]:
    """Return the calls of a class that are not proven; what the exchange does not have is not among them."""
    row = load_exchange_table().get(f"{ccxt_id}/{market_type.value}", {})
    return tuple(name for name, outcome in row.get("calls", {}).items() if outcome not in {_PROVEN, "absent"})


def list_unsupported(ccxt_id: str, market_type: MarketType) -> tuple[str, ...]:
    """Return the terms of orders that a class is not proven to place: see `Instrument.unsupported`."""
    row = load_exchange_table().get(f"{ccxt_id}/{market_type.value}", {})
    calls = row.get("calls", {})
    return tuple(term for term, name in _TERMS.items() if calls.get(name, _PROVEN) != _PROVEN)


def keeps_stops(ccxt_id: str, market_type: MarketType) -> bool:
    """Tell whether a stop is proven to rest at the venue, and to be followed when it has fired."""
    row = load_exchange_table().get(f"{ccxt_id}/{market_type.value}", {})
    return all(row.get("calls", {}).get(name) == _PROVEN for name in ("place_stop", "stop_fired"))
