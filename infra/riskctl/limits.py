"""``riskctl limits``: show and change an account's limits."""

import json
from dataclasses import fields
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.api import account_path
from infra.riskctl.errors import CliError
from infra.riskctl.options import AccountOption, OutputOption, TotpOption
from infra.riskctl.output import OutputFormat, emit, make_console
from infra.riskctl.session import session_of
from riskgate.core.limits import Limits, list_loosened
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.limits import LimitsRequest

app = typer.Typer(no_args_is_help=True, help="Show and change an account's limits.")


@app.command("show")
def show(context: typer.Context, *, account: AccountOption = None, output: OutputOption = OutputFormat.TABLE) -> None:
    """Show every limit in force beside the shipped one."""
    session = session_of(context)
    body = session.api.get(account_path(session.account(account), "limits"))

    def render() -> Table:
        shipped = plain_limits(Limits())
        table = Table("limit", "value", "shipped", "unit", "check", title=f"limits, version {body['version']}")
        for item in fields(Limits):
            value, default = body["limits"][item.name], shipped[item.name]
            style = "" if value == default else "bold"
            table.add_row(
                item.name,
                limit_text(value),
                limit_text(default),
                item.metadata["unit"],
                item.metadata["code"],
                style=style,
            )
        return table

    emit(output, body, render)


@app.command("set")
def change(
    context: typer.Context,
    *,
    assignments: Annotated[
        list[str], typer.Argument(help="name=value ... Use null to switch a check off, JSON for lists and objects.")
    ],
    account: AccountOption = None,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Change limits; what is looser than before needs a one-time code."""
    session = session_of(context)
    path = account_path(session.account(account), "limits")
    request = parse_request(LimitsRequest, dict(map(parse_assignment, assignments)))
    before = decode(encode(session.api.get(path)["limits"]), Limits)
    after = request.apply_to(before)
    loosened = list_loosened(before, after)
    if output is OutputFormat.TABLE:
        make_console().print(_render_diff(plain_limits(before), plain_limits(after), loosened))
    wanted = request.model_dump(exclude_unset=True)
    body = session.confirm(totp, "PUT", path, wanted) if loosened else session.api.call("PUT", path, wanted).body
    emit(output, body, lambda: Text(f"limits are now version {body['version']}"))


def parse_assignment(text: str) -> tuple[str, Any]:
    """Return name and value; what is not JSON is taken as text, and the gateway's own model judges it."""
    name, separator, value = text.partition("=")
    if not separator:
        raise CliError(f"{text!r} is not name=value")
    try:
        return name, json.loads(value, parse_float=Decimal, parse_int=Decimal, parse_constant=str)
    except ValueError:
        return name, value


def plain_limits(limits: Limits) -> dict[str, Any]:
    """Return limits as the API writes them."""
    document: dict[str, Any] = json.loads(encode(limits))
    return document


def _render_diff(before: dict[str, Any], after: dict[str, Any], loosened: tuple[str, ...]) -> RenderableType:
    changed = [name for name in before if before[name] != after[name]]
    if not changed:
        return Text("nothing changes")
    table = Table("limit", "now", "then", "")
    for name in changed:
        verdict = Text("looser", style="bold red") if name in loosened else Text("tighter", style="green")
        table.add_row(name, limit_text(before[name]), limit_text(after[name]), verdict)
    return table


def limit_text(value: Any) -> str:
    """Write a limit's value as a person reads it; None is off."""
    if value is None:
        return "off"
    return value if isinstance(value, str) else json.dumps(value)
