"""One order's story as tables."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.output import show_value

#: What of an entry is told in a line, in this order; of its inputs, its order, and its answer.
TOLD = (
    "side", "quantity", "symbol", "price", "decision", "code", "status", "exchange_order_id", "attempt", "fill_id",
    "fee", "fee_currency", "slippage_bps", "outcome", "detail", "reason",
)  # fmt: skip
AMOUNTS = frozenset({"quantity", "price", "fee"})
#: What says by itself what it is.
BARE = frozenset({"side", "quantity", "symbol", "decision", "code", "status", "fee_currency", "detail", "reason"})


def render_story(story: Mapping[str, Any]) -> RenderableType:
    """Return an order's terms and state, what happened to it and when, and where more of it stands."""
    parts: list[RenderableType] = [
        Text.assemble(("trace ", "bold"), story["trace_id"] or "none: older than trace ids", f"  {story['account_id']}")
    ]
    parts += [_order_line(order) for order in story["orders"]]
    parts.append(_timeline(story["entries"]))
    parts += [Text(f"{name}: {address}", style="dim") for name, address in story["links"].items()]
    if story["trace_id"]:
        parts.append(Text(f"logs: saved query one-order of Logs Insights, trace_id {story['trace_id']}", style="dim"))
    return Group(*parts)


def _order_line(order: Mapping[str, Any]) -> Text:
    price = f" at {show_value(order['price'])}" if order["price"] is not None else " at market"
    done = f", filled {show_value(order['filled_quantity'])}"
    done += f" at {show_value(order['average_fill_price'])}" if order["average_fill_price"] else ""
    placed = f", venue's id {order['exchange_order_id']}" if order["exchange_order_id"] else ""
    ended = f": {order['reason']}" if order["reason"] else ""
    return Text.assemble(
        (order["client_order_id"], "bold"),
        f"  {order['side']} {show_value(order['quantity'])} {order['venue']}:{order['symbol']}{price}  ",
        (order["status"], "cyan"),
        f"{ended}{done}{placed}",
    )


def _timeline(entries: list[Mapping[str, Any]]) -> Table:
    table = Table("at", "after", "#", "event", "what", "by", box=None, padding=(0, 1))
    first = datetime.fromisoformat(entries[0]["at"]) if entries else None
    for entry in entries:
        at = datetime.fromisoformat(entry["at"])
        after = (at - (first or at)).total_seconds()
        told = tell(entry)
        table.add_row(
            f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}Z",
            f"+{after:.3f} s",
            str(entry["sequence"]),
            entry["event"],
            Text(" ".join(told), style="red" if "denied" in told else ""),
            entry["actor"],
        )
    return table


def tell(entry: Mapping[str, Any]) -> list[str]:
    """Return the words of an entry's line: its order's terms, what was decided, what the venue said."""
    answer = entry["answer"] if isinstance(entry["answer"], Mapping) else {}
    inputs = entry["inputs"]
    order = inputs.get("order") or inputs.get("terms")
    terms = order if isinstance(order, Mapping) and entry["event"] == "order_decided" else {}
    facts = {**answer, **terms, **inputs}
    found = ((name, facts.get(name)) for name in TOLD)
    return [_word(name, value) for name, value in found if value not in (None, "", "0") and _is_plain(value)]


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _word(name: str, value: str | int) -> str:
    shown = show_value(value) if name in AMOUNTS and isinstance(value, str) else str(value)
    if name in BARE:
        return shown
    return f"at {shown}" if name == "price" else f"{name.replace('_', ' ')} {shown}"
