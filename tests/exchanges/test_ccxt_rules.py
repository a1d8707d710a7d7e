"""The pinned ccxt is the one our rules were written for: its defaults, required parameters and features have not changed.

After `make pins UPGRADE=--upgrade` this names what is new. Look at each, then run the suite and write the record anew:
``RECORD_CCXT=1 pytest tests/exchanges/test_ccxt_rules.py``.
"""

from __future__ import annotations

import inspect
import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from riskgate.adapters.exchange.venue_rules import RULES

RECORD = Path(__file__).parents[1] / "data" / "ccxt_rules"
#: What the adapters call.
METHODS = (
    "create_order", "cancel_order", "fetch_order", "fetch_open_orders", "fetch_orders", "fetch_closed_orders",
    "fetch_canceled_orders", "fetch_canceled_and_closed_orders", "fetch_my_trades", "fetch_balance", "fetch_positions",
    "fetch_position_mode", "fetch_deposits", "fetch_withdrawals", "fetch_transfers", "fetch_ledger",
    "fetch_funding_history", "fetch_funding_rates", "fetch_tickers", "fetch_bids_asks", "fetch_order_book",
    "fetch_ohlcv", "fetch_time", "fetch_status",
)  # fmt: skip
#: Options that list networks and the like: nothing that orders or accounts hang on.
LISTS = frozenset({"networks", "networksById", "legalMoney", "currencyToPrecisionRoundingMode", "ipBlockedCountries"})


def describe(ccxt_id: str) -> dict[str, Any]:
    """Return what our rules rely on: parameters of methods, options, features, what must be in a secret."""
    kind = getattr(import_module(f"ccxt.{ccxt_id}"), ccxt_id)
    exchange = kind()
    told = exchange.describe()
    return {
        "required": {
            name: [p.name for p in inspect.signature(getattr(kind, name)).parameters.values() if p.default is p.empty]
            for name in METHODS
            if hasattr(kind, name)
        },
        "has": {name: exchange.has.get(camel(name)) for name in METHODS},
        "options": {name: value for name, value in told.get("options", {}).items() if name not in LISTS},
        "features": exchange.features,
        "credentials": told.get("requiredCredentials", {}),
        "precision": told.get("precisionMode"),
    }


def camel(name: str) -> str:
    """Return ccxt's own spelling of a method."""
    first, *rest = name.split("_")
    return first + "".join("OHLCV" if word == "ohlcv" else word.capitalize() for word in rest)


def flatten(value: Any, path: str = "") -> dict[str, str]:
    """Return every leaf under its path, so that a difference is told by name."""
    if isinstance(value, dict) and value:
        return {key: text for name, inner in value.items() for key, text in flatten(inner, f"{path}.{name}").items()}
    return {path.lstrip("."): json.dumps(value, default=str)}


@pytest.mark.parametrize("ccxt_id", sorted(RULES))
def test_class_when_described_by_the_pinned_ccxt_then_as_our_rules_know_it(ccxt_id: str) -> None:
    found = flatten(describe(ccxt_id))
    path = RECORD / f"{ccxt_id}.json"
    if os.environ.get("RECORD_CCXT"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    known = json.loads(path.read_text(encoding="utf-8"))
    changed = {key: (known.get(key), found.get(key)) for key in known | found if known.get(key) != found.get(key)}
    assert changed == {}, "ccxt changed: look at each, run the suite, then record anew (see this file)"
