"""``riskctl order``: check an order without placing it, or submit one."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.text import Text

from infra.riskctl.api import account_path
from infra.riskctl.errors import exit_code_of
from infra.riskctl.options import AccountOption, OutputOption
from infra.riskctl.order_view import render_decision
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import Session, session_of
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.side import Side

app = typer.Typer(no_args_is_help=True, help="Check and submit orders.")

type Body = dict[str, Any]


def _order_command(send: Callable[[Session, str, Body], Body]) -> Callable[..., None]:
    """Return a command that takes every field of an order."""

    def command(
        context: typer.Context,
        *,
        symbol: Annotated[str, typer.Option(help="Unified symbol, such as BTC/USDT or BTC/USDT:USDT.")],
        side: Annotated[Side, typer.Option()],
        type_: Annotated[OrderType, typer.Option("--type")] = OrderType.LIMIT,
        venue: Annotated[str, typer.Option()] = "binance",
        strategy: Annotated[str, typer.Option()] = "manual",
        quantity: Annotated[str | None, typer.Option(help="In base units on spot, in contracts on swaps.")] = None,
        quote_quantity: Annotated[str | None, typer.Option(help="In quote currency, instead of --quantity.")] = None,
        price: Annotated[str | None, typer.Option()] = None,
        trigger_price: Annotated[str | None, typer.Option()] = None,
        stop_loss_price: Annotated[str | None, typer.Option()] = None,
        reduce_only: Annotated[bool, typer.Option("--reduce-only")] = False,
        post_only: Annotated[bool, typer.Option("--post-only")] = False,
        time_in_force: Annotated[TimeInForce, typer.Option()] = TimeInForce.GTC,
        expires_at: Annotated[str | None, typer.Option(help="RFC 3339 instant, for GTD.")] = None,
        route: Annotated[bool, typer.Option("--route", help="Send it to the venue, too.")] = False,
        tag: Annotated[list[str] | None, typer.Option(help="Repeat for several.")] = None,
        client_order_id: Annotated[str | None, typer.Option(help="Made up if left out.")] = None,
        show_all: Annotated[bool, typer.Option("--all", help="List checks that do not apply, too.")] = False,
        account: AccountOption = None,
        output: OutputOption = OutputFormat.TABLE,
    ) -> None:
        order = {
            "client_order_id": client_order_id or f"riskctl-{uuid4().hex}",
            "symbol": symbol,
            "venue": venue,
            "strategy": strategy,
            "side": side.value,
            "type": type_.value,
            "quantity": quantity,
            "quote_quantity": quote_quantity,
            "price": price,
            "trigger_price": trigger_price,
            "stop_loss_price": stop_loss_price,
            "reduce_only": reduce_only,
            "post_only": post_only,
            "time_in_force": time_in_force.value,
            "expires_at": expires_at,
            "route": route,
            "tags": tag or [],
        }
        _decide(context, send, order, account=account, output=output, show_all=show_all)

    return command


def _decide(
    context: typer.Context,
    send: Callable[[Session, str, Body], Body],
    order: Body,
    *,
    account: str | None,
    output: OutputFormat,
    show_all: bool,
) -> None:
    """Send an order without the fields that were left out; show the decision and exit with its code."""
    session = session_of(context)
    given = {name: value for name, value in order.items() if value is not None}
    decision = send(session, session.account(account), given)
    emit(output, decision, lambda: render_decision(decision, show_all=show_all))
    raise typer.Exit(exit_code_of(decision))


def _check(session: Session, account_id: str, order: Body) -> Body:
    return session.api.call("POST", account_path(account_id, "orders", "check"), order).body


def _submit(session: Session, account_id: str, order: Body) -> Body:
    path = account_path(account_id, "orders")
    # A 422 without a decision means that none was made.
    reply = session.api.call("POST", path, order, is_answer=lambda body: "decision" in body)
    return reply.body | {"replayed": reply.replayed}


app.command("check", help="Show what each check would decide, and the largest quantity that would pass.")(
    _order_command(_check)
)
app.command("submit", help="Submit an order: approve and reserve, or deny.")(_order_command(_submit))


@app.command("stop")
def move_stop(
    context: typer.Context,
    *,
    market: Annotated[str, typer.Argument(help="The position's market, such as binance:BTC/USDT.")],
    price: Annotated[str, typer.Argument(help="The new stop.")],
    take_profit_price: Annotated[str | None, typer.Option()] = None,
    account: AccountOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Move the stop of a position, also where it rests at the venue."""
    session = session_of(context)
    path = account_path(session.account(account), "positions", market, "stop")
    wanted = {"stop_loss_price": price, "take_profit_price": take_profit_price}
    body = session.api.call("PUT", path, {name: value for name, value in wanted.items() if value is not None}).body
    holder = f"held by {body['stop_kept_by']}"
    emit(output, body, lambda: Text(f"stop of {market} at {body['stop_loss_price']}, {holder}"))
