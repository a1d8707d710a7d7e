"""``riskctl exit``: close positions on a person's word, also while a kill switch is engaged."""

import secrets
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.api import account_path
from infra.riskctl.errors import CliError, ExitCode
from infra.riskctl.options import AccountOption, OutputOption, ReasonOption, TotpOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import session_of

app = typer.Typer(no_args_is_help=True, help="Exits that were demanded.")

_ENDED = frozenset({"filled", "cancelled", "rejected", "expired", "denied"})
_STYLES = {"approved": "green", "denied": "bold red", "pending": "yellow"}


def exit_positions(
    context: typer.Context,
    *,
    market: Annotated[
        str | None, typer.Argument(help="The position as venue:SYMBOL, such as binance:BTC/USDT.", metavar="MARKET")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Close every position.")] = False,
    fraction: Annotated[str, typer.Option(help="How much of each, from 0 to 1.")] = "1",
    stop: Annotated[
        bool, typer.Option("--stop", help="First stop new entries, until `breaker reset MANUAL_STOP`.")
    ] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="First cancel the account's open orders.")] = False,
    exit_id: Annotated[
        str | None, typer.Option(help="Id of an exit to continue. Without it a new id is made and shown.")
    ] = None,
    reason: ReasonOption,
    account: AccountOption = None,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Close one position or all by reduce-only market orders.

    `riskctl exits show` tells how far it is. Exit code 3 where an order is denied, pending, or ended unfilled.
    """
    if (market is None) != everything:
        raise CliError("give one position as venue:SYMBOL, or --all")
    session = session_of(context)
    body: dict[str, Any] = {
        "exit_id": exit_id or f"riskctl-{secrets.token_hex(8)}",
        "reason": reason,
        "scope": "all",
        "fraction": fraction,
        "stop_entries": stop,
        "cancel_open_orders": cancel,
    }
    if market is not None:
        venue, _, symbol = market.partition(":")
        body |= {"scope": "position", "venue": venue, "symbol": symbol}
    path = account_path(session.account(account), "exits")
    answer = session.confirm(totp, "POST", path, body)
    emit(output, answer, lambda: _render(answer))
    if not answer["complete"] and not _goes_on(answer):
        raise typer.Exit(ExitCode.DENIED)


@app.command("show")
def show_exit(
    context: typer.Context,
    *,
    exit_id: Annotated[str, typer.Argument(help="The exit's id, as shown when it was demanded.")],
    account: AccountOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show how far an exit is, without a one-time code; exit code 3 where it needs a person."""
    session = session_of(context)
    answer = session.api.get(account_path(session.account(account), "exits", exit_id))
    emit(output, answer, lambda: _render(answer))
    if not answer["complete"] and not _goes_on(answer):
        raise typer.Exit(ExitCode.DENIED)


def _goes_on(answer: dict[str, Any]) -> bool:
    """Tell whether every order was accepted, and some of them still work."""
    accepted = all(leg["decision"] == "approved" for leg in answer["legs"])
    return accepted and any(leg["status"] not in _ENDED for leg in answer["legs"])


def _render(answer: dict[str, Any]) -> RenderableType:
    head = Text(f"exit {answer['exit_id']}: {answer['trading_state']}")
    table = Table("order", "market", "side", "quantity", "decision", "status", "filled", "sent by")
    for leg in answer["legs"]:
        verdict = leg["decision"] if leg["code"] is None else f"{leg['decision']} {leg['code']}"
        table.add_row(
            leg["client_order_id"],
            f"{leg['venue']}:{leg['symbol']}",
            leg["side"],
            leg["quantity"],
            Text(verdict, style=_STYLES[leg["decision"]]),
            leg["status"] or "",
            leg["filled_quantity"],
            "the gateway" if leg["route"] else "you",
        )
    parts: list[RenderableType] = [head, table if answer["legs"] else Text("there were no positions to close")]
    parts += [Text(f"being cancelled: {', '.join(answer['cancelling'])}")] if answer["cancelling"] else []
    parts += [Text(f"cancel yourself: {', '.join(answer['left_to_cancel'])}")] if answer["left_to_cancel"] else []
    if any(leg["decision"] == "pending" for leg in answer["legs"]):
        parts.append(Text(f"not finished: repeat with --exit-id {answer['exit_id']}", style="yellow"))
    elif not answer["complete"]:
        parts.append(Text(f"not closed yet: look again: riskctl exits show {answer['exit_id']}", style="yellow"))
    return Group(*parts)
