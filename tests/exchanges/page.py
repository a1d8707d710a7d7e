"""The table as a page of the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.exchanges.calls import CALLS

_MARKS = {"proven": "✓", "refused": "refused", "absent": "–", "unproven": "**?**"}
_SCOPES = {"trade": "trades", "data": "data only", "none": "left out"}
_HEAD = """# What is proven at which exchange

<!-- Written by tests/exchanges/table.py from what the suite proved; do not edit. -->

Each exchange class of ccxt {version} is driven through the gateway's own adapter against a scripted server on loopback
that answers as the exchange documents it: its pages, cursors, units of time, filters and refusals. A venue with a key is
registered only where the class **trades**; its order types that are not proven are denied before approval.

| mark | it means |
| --- | --- |
| ✓ | proven by a case of the suite |
| refused | the adapter refuses before any request leaves |
| – | the exchange has no such thing |
| **?** | not proven: not relied on |

"""


def write_page(table: Mapping[str, Any]) -> str:
    """Return the page: classes, then calls by spot and swap classes."""
    classes: Mapping[str, Any] = table["classes"]
    text = _HEAD.format(version=table["ccxt"])
    text += "| class | market | offered | not proven |\n| --- | --- | --- | --- |\n"
    for key, row in classes.items():
        name, _, market = key.partition("/")
        lacking = [call for call, outcome in row["calls"].items() if outcome in {"unproven", "refused"}]
        told = (", ".join(lacking) or "all is") if row["calls"] else "no call of it is"
        text += f"| `{name}` | {market} | {_SCOPES[row['scope']]} | {told} |\n"
    for market in ("spot", "swap"):
        own = {
            key.partition("/")[0]: row["calls"]
            for key, row in classes.items()
            if key.endswith(f"/{market}") and row["calls"]
        }
        text += f"\n## {market.capitalize()}\n\n| call | needed to | {' | '.join(own)} |\n"
        text += f"| --- | --- |{' --- |' * len(own)}\n"
        for item in CALLS:
            if item.spot if market == "spot" else item.swap:
                marks = " | ".join(_MARKS[calls[item.name]] for calls in own.values())
                text += f"| `{item.name}`: {item.told} | {_needed(item.needs)} | {marks} |\n"
    return text


def _needed(needs: str) -> str:
    return {"data": "read prices", "trade": "trade", "stops": "keep stops"}.get(needs, "")
