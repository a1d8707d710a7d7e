"""A hedge as tables: its orders, what it costs and leaves, and the profit over prices with and without it."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from infra.riskctl.output import show_money, show_value

_STATUS_STYLES = {"placed": "bold green", "denied": "bold red", "partly_placed": "bold red", "incomplete": "yellow"}
_DECISION_STYLES = {"approved": "green", "denied": "bold red", "ended": "red", "pending": "yellow"}


def render_hedge(answer: dict[str, Any]) -> RenderableType:
    """Return a hedge as it was answered: the plan, and what became of its orders where it was placed."""
    plan = answer["plan"]
    words = answer["status"].replace("_", " ")
    head = Text.assemble(
        f"hedge {answer['hedge_id']} ({plan['mode']}): ", (words, _STATUS_STYLES.get(answer["status"], ""))
    )
    parts: list[RenderableType] = [head]
    if plan["legs"]:
        parts += [_legs(answer), Text(_costs(plan))]
    parts += [Text(line) for line in _effects(answer)]
    if plan["pnl_table"]:
        parts.append(_prices(plan))
    parts += [Text(f"{note['code']} {note['key']}: {note['message']}", style="yellow") for note in plan["notes"]]
    parts += [Text(line, style="yellow") for line in _advice(answer)]
    return Group(*parts)


def _legs(answer: dict[str, Any]) -> Table:
    outcomes = {outcome["client_order_id"]: outcome for outcome in answer["outcomes"]}
    names = (Column(name, overflow="fold") for name in ("order", "market"))
    table = Table(*names, "side", "quantity", "price", "notional", "fee", "effect", "decision", "sent by")
    for leg in answer["plan"]["legs"]:
        outcome = outcomes.get(leg["client_order_id"])
        verdict, style = "-", ""
        if outcome is not None:
            verdict = " ".join(filter(None, (outcome["decision"], outcome["code"])))
            style = _DECISION_STYLES[outcome["decision"]]
        table.add_row(
            leg["client_order_id"],
            f"{leg['venue']}:{leg['symbol']}",
            leg["side"],
            leg["quantity"],
            leg["price"],
            show_money(leg["notional"]),
            show_money(leg["fee"]),
            "reduces" if leg["reduces"] else "opens",
            Text(verdict, style=style),
            "the gateway" if leg["route"] else "you",
        )
    return table


def _costs(plan: dict[str, Any]) -> str:
    cost = plan["cost"]
    return (
        f"cost {show_money(cost['total'])}: fees {show_money(cost['fees'])}, spread {show_money(cost['spread'])}, "
        f"funding {show_money(cost['funding'])}; margin {show_money(plan['margin'])}"
    )


def _effects(answer: dict[str, Any]) -> list[str]:
    """Return what the hedge does to exposure, profit and variance, one line each."""
    plan = answer["plan"]
    assets = sorted({*plan["delta_before"], *answer["delta_left"]})
    lines = [
        f"{asset}: exposure {plan['delta_before'].get(asset, '0')}, planned {plan['delta_after'].get(asset, '0')}, "
        f"left once approved orders fill {answer['delta_left'].get(asset, '0')}"
        for asset in assets
    ]
    if plan["locked_pnl"] is not None:
        lines.append(f"locked profit and loss: {show_money(plan['locked_pnl'])}")
    elif plan["worst_pnl"] is not None:
        lines.append(f"worst profit and loss of the table: {show_money(plan['worst_pnl'])}")
    if plan["pnl_at_target"] is not None:
        reached = "reached" if plan["target_reached"] else "NOT reached"
        lines.append(f"at the adverse price: {show_money(plan['pnl_at_target'])}, the target is {reached}")
    variance = plan["variance"]
    if variance is not None:
        lines.append(
            f"hedge ratio {show_value(variance['hedge_ratio'])}; "
            f"{show_value(variance['residual_fraction'], 'fraction')} of the daily variance is left"
        )
    return lines


def _prices(plan: dict[str, Any]) -> Table:
    table = Table(
        "price moves by", "without", "with the hedge", title="profit and loss since entry", title_justify="left"
    )
    for point in plan["pnl_table"]:
        hedged = show_money(point["hedged_pnl"])
        table.add_row(show_value(point["move_fraction"], "fraction"), show_money(point["unhedged_pnl"]), hedged)
    return table


def _advice(answer: dict[str, Any]) -> list[str]:
    name = answer["hedge_id"]
    if answer["status"] == "planned":
        return [f"nothing was placed: repeat with --hedge-id {name} --execute within a minute"]
    if answer["status"] == "incomplete":
        return [f"not finished: repeat with --hedge-id {name} --execute"]
    return []
