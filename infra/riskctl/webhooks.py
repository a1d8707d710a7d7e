"""``riskctl webhook``: let a chart service or a script place orders, and end that."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.errors import ApiProblem, CliError
from infra.riskctl.options import AccountOption, OutputOption, TotpOption
from infra.riskctl.output import OutputFormat, emit, show_instant
from infra.riskctl.session import Session, session_of
from riskgate.core.webhooks.definition import TRADINGVIEW, Proof, SizeBy, WebhookAction
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.webhooks import WebhookRequest

app = typer.Typer(no_args_is_help=True, help="Let chart services and scripts place orders by webhook.")

NameArgument = Annotated[str, typer.Argument(help="The webhook's name: small letters, digits, - and _.")]
#: What TradingView fills in of a strategy's alert.
TRADINGVIEW_BODY = {
    "client_ref": "tv_{{timenow}}_{{strategy.order.id}}",
    "time": "{{timenow}}",
    "action": "{{strategy.order.action}}",
    "position": "{{strategy.market_position}}",
    "symbol": "{{exchange}}:{{ticker}}",
    "quantity": "{{strategy.order.contracts}}",
}


@app.command("create")
def create(
    context: typer.Context,
    *,
    name: NameArgument,
    venue: Annotated[str, typer.Option(help="Where its orders go.")],
    strategy: Annotated[str, typer.Option(help="In whose name it trades.")],
    size: Annotated[
        str, typer.Option(help=f"What entries are sized by: {', '.join(SizeBy)}; all but sender with =VALUE.")
    ],
    account: AccountOption = None,
    action: Annotated[list[WebhookAction] | None, typer.Option(help="All it may ask for. Left out: anything.")] = None,
    proof: Annotated[Proof, typer.Option(help="How its sender proves itself.")] = Proof.SECRETS,
    source: Annotated[
        list[str] | None, typer.Option(help=f"Networks it may come from, or {TRADINGVIEW}. Left out: any.")
    ] = None,
    stop_fraction: Annotated[str | None, typer.Option(help="Distance of a stop that the sender does not name.")] = None,
    field: Annotated[list[str] | None, typer.Option(help="name=template, such as action={order.side}.")] = None,
    word: Annotated[list[str] | None, typer.Option(help="word=action, such as 'go long=buy'.")] = None,
    symbol: Annotated[list[str] | None, typer.Option(help="spelling=symbol, such as XBT=BTC/USDT.")] = None,
    age: Annotated[int, typer.Option(help="Seconds after which a delivery is refused.")] = 60,
    days: Annotated[int, typer.Option(help="How long it works.")] = 90,
    replace: Annotated[bool, typer.Option("--replace", help="Set up anew what there is, with other secrets.")] = False,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Set up a webhook: its secrets are shown once."""
    session = session_of(context)
    by, _, value = size.partition("=")
    wanted: dict[str, Any] = {
        "account": session.account(account),
        "venue": venue,
        "strategy": strategy,
        "size": {"by": by} | ({"value": value} if value else {}),
        "proof": proof.value,
        "fields": _pairs(field),
        "words": _pairs(word),
        "symbols": _pairs(symbol),
        "sources": source or [],
        "age_seconds_max": Decimal(age),
        "days": Decimal(days),
    }
    if action:
        wanted["actions"] = [one.value for one in action]
    if stop_fraction is not None:
        wanted["stop_fraction"] = stop_fraction
    # Refused here, a one-time code is not used up.
    parse_request(WebhookRequest, wanted)
    if not replace and _exists(session, name):
        raise CliError(f"there is a webhook {name}: pass --replace to set it up anew with other secrets")
    sent = wanted | {"age_seconds_max": age, "days": days}
    body = session.confirm(totp, "PUT", _path(name), sent)
    url = f"{session.target.api_url}{body['path']}"
    emit(output, {**body, "url": url}, lambda: _render_created(body, url))


@app.command("list")
def list_webhooks(context: typer.Context, *, output: OutputOption = OutputFormat.TABLE) -> None:
    """List the webhooks of the accounts that the token is for."""
    body = session_of(context).api.get("/webhooks")
    emit(output, body, lambda: _render(body["webhooks"]))


@app.command("show")
def show(context: typer.Context, *, name: NameArgument, output: OutputOption = OutputFormat.TABLE) -> None:
    """Show a webhook as it was set up."""
    body = session_of(context).api.get(_path(name))
    emit(output, body, lambda: Text(json.dumps(body, indent=2, ensure_ascii=False)))


@app.command("delete")
def delete(context: typer.Context, *, name: NameArgument, output: OutputOption = OutputFormat.TABLE) -> None:
    """Delete a webhook: its next delivery is refused."""
    body = session_of(context).api.call("DELETE", _path(name)).body
    emit(output, body, lambda: Text(f"{name} is deleted. Its orders stay: riskctl status shows them"))


def _path(name: str) -> str:
    return f"/webhooks/{quote(name, safe='')}"


def _exists(session: Session, name: str) -> bool:
    try:
        session.api.get(_path(name))
    except ApiProblem as problem:
        if problem.code != "WEBHOOK_NOT_FOUND":
            raise
        return False
    return True


def _pairs(texts: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in texts or ():
        name, separator, value = text.partition("=")
        if not separator:
            raise CliError(f"{text!r} is not name=value")
        pairs[name] = value
    return pairs


def _render_created(body: dict[str, Any], url: str) -> RenderableType:
    lines = [Text.assemble("Post to  ", (url, "bold"))]
    if body["signing_key"]:
        header = body["webhook"]["signature_header"]
        lines.append(Text.assemble("Sign with  ", (body["signing_key"], "bold"), f"  in the header {header}"))
    else:
        message = json.dumps({"secret": body["body_secret"], **TRADINGVIEW_BODY}, indent=2)
        lines += [Text("Message of a TradingView strategy alert:"), Text(message, style="bold")]
    until = show_instant(body["webhook"]["expires_at"])
    return Group(*lines, Text(f"Shown only once. Works until {until}."))


def _render(rows: list[dict[str, Any]]) -> Table:
    table = Table("name", "account", "venue", "strategy", "actions", "size", "proof", "networks", "expires")
    for row in rows:
        size = row["size"]
        table.add_row(
            row["name"],
            row["account"],
            row["venue"],
            row["strategy"],
            "\n".join(row["actions"]),
            size["by"] + (f" {size['value']}" if size["value"] else ""),
            row["proof"],
            "\n".join(row["sources"]) or "any",
            show_instant(row["expires_at"]),
        )
    return table
