"""``riskctl hedge``: plan a hedge, look at it, and place it through the gate."""

import secrets
from typing import Annotated, Any

import typer

from infra.riskctl.api import account_path
from infra.riskctl.errors import CliError, ExitCode
from infra.riskctl.hedge_view import render_hedge
from infra.riskctl.options import AccountOption, OutputOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import session_of
from riskgate.core.hedging.model import HedgeMode

#: What may follow a market, and the field of the request it fills.
_TERMS = {"fee": "fee_fraction", "funding": "funding_fraction"}
_NOT_DONE = frozenset({"denied", "partly_placed", "incomplete"})


def hedge_account(
    context: typer.Context,
    *,
    mode: Annotated[HedgeMode, typer.Argument(help="What the hedge is to achieve.")],
    position: Annotated[
        str | None, typer.Option(help="The position as venue:SYMBOL, such as binance:BTC/USDT.", metavar="MARKET")
    ] = None,
    instrument: Annotated[
        list[str] | None,
        typer.Option(
            help="A market to trade, preferred first: venue:SYMBOL[,fee=0.0005][,funding=0.0001]. Repeat for several; "
            "without any, positions are reduced in their own markets.",
            metavar="MARKET",
        ),
    ] = None,
    fraction: Annotated[str | None, typer.Option(help="How much of it, from 0 to 1.")] = None,
    adverse_price: Annotated[str | None, typer.Option(help="For target_pnl: where the profit must hold.")] = None,
    target_pnl: Annotated[str | None, typer.Option(help="For target_pnl: the profit, in base currency.")] = None,
    fee_fraction: Annotated[str | None, typer.Option(help="Taker fee of markets without their own.")] = None,
    horizon_hours: Annotated[int | None, typer.Option(help="How long the hedge is held, for funding.")] = None,
    strategy: Annotated[str | None, typer.Option(help="Strategy of the orders.")] = None,
    hedge_id: Annotated[
        str | None, typer.Option(help="Id of a plan to place or to continue. Without it a new id is made and shown.")
    ] = None,
    execute: Annotated[bool, typer.Option("--execute", help="Place the orders. The gate decides each one.")] = False,
    account: AccountOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Plan a hedge; with --execute also place it. Exit code 3 where an order was denied or is still to be decided."""
    session = session_of(context)
    asked: dict[str, Any] = {
        "hedge_id": hedge_id or f"riskctl-{secrets.token_hex(8)}",
        "mode": mode.value,
        "position": None if position is None else _market(position),
        "instruments": [_instrument(text) for text in instrument or []],
        "fraction": fraction,
        "adverse_price": adverse_price,
        "target_pnl": target_pnl,
        "fee_fraction": fee_fraction,
        "horizon_hours": horizon_hours,
        "strategy": strategy,
        "execute": execute,
    }
    body = {name: value for name, value in asked.items() if value is not None}
    answer = session.api.call("POST", account_path(session.account(account), "hedges"), body).body
    emit(output, answer, lambda: render_hedge(answer))
    if answer["status"] in _NOT_DONE:
        raise typer.Exit(ExitCode.DENIED)


def _market(text: str) -> dict[str, str]:
    venue, _, symbol = text.partition(":")
    if not venue or not symbol:
        raise CliError(f"{text!r} is not a market: write venue:SYMBOL")
    return {"venue": venue, "symbol": symbol}


def _instrument(text: str) -> dict[str, str]:
    market, *terms = text.split(",")
    given = _market(market)
    for term in terms:
        name, _, value = term.partition("=")
        if name not in _TERMS or not value:
            raise CliError(f"{term!r} is neither fee=... nor funding=...")
        given[_TERMS[name]] = value
    return given
