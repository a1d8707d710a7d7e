"""A decision as tables."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.output import show_instant, show_money, show_value
from infra.riskctl.status_view import draw_bar
from riskgate.core.limits import Limits

OUTCOME_STYLES = {"passed": "green", "violated": "bold red", "disabled": "dim", "not_applicable": "dim"}
_APPLIED = frozenset({"passed", "violated"})


def _list_units() -> dict[str, str]:
    """Return the unit of every check whose limits all have the same one."""
    units: dict[str, set[str]] = {}
    for item in fields(Limits):
        units.setdefault(item.metadata["code"], set()).add(item.metadata["unit"])
    return {code: next(iter(found)) for code, found in units.items() if len(found) == 1}


_UNITS = _list_units()


def render_decision(decision: Mapping[str, Any], *, show_all: bool = False) -> RenderableType:
    """Return a decision: verdict, violations, what each check saw; with `show_all` also checks that do not apply."""
    parts: list[RenderableType] = [_verdict(decision)]
    parts += [Text(f"  {v['code']}: {v['message']}", style="red") for v in decision["violations"]]
    if "max_quantity" in decision:
        bound = decision["binding_check"] or "nothing but the instrument"
        parts.append(Text(f"largest quantity that would pass: {decision['max_quantity']} (bound by {bound})"))
    parts.append(_checks(decision, show_all=show_all))
    return Group(*parts)


def _verdict(decision: Mapping[str, Any]) -> Text:
    if decision["decision"] != "approved":
        return Text.assemble(("DENIED ", "bold red"), f"{decision['code']}  {decision['client_order_id']}")
    reserved = decision["reserved"]
    again = " (decided before)" if decision.get("replayed") else ""
    return Text.assemble(
        ("APPROVED", "bold green"),
        f"{again}  {decision['client_order_id']}  reserved {show_money(reserved['notional'])},"
        f" at risk {show_money(reserved['risk'])}, until {show_instant(decision['reservation_expires_at'])}",
    )


def _checks(decision: Mapping[str, Any], *, show_all: bool) -> Table:
    table = Table("check", "outcome", "observed", "limit", "", box=None, padding=(0, 1))
    units = _UNITS | {v["code"]: v["unit"] for v in decision["violations"]}
    for check in decision["checks"]:
        if check["outcome"] not in _APPLIED and not show_all:
            continue
        style = OUTCOME_STYLES[check["outcome"]]
        unit = units.get(check["name"], "")
        bar = draw_bar(check["utilization"], style) if check["utilization"] is not None else ""
        table.add_row(
            check["name"],
            Text(check["outcome"].replace("_", " "), style=style),
            show_value(check["observed"], unit) if check["observed"] is not None else "",
            show_value(check["limit"], unit) if check["limit"] is not None else "",
            bar,
        )
    return table
