"""``riskctl locks``: what protections locked, and how an operator unlocks it."""

from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.api import account_path
from infra.riskctl.options import AccountOption, OutputOption, ReasonOption, TotpOption
from infra.riskctl.output import OutputFormat, emit, show_instant
from infra.riskctl.session import session_of

app = typer.Typer(no_args_is_help=True, help="Locks that protections put on entries.")


@app.command("list")
def list_locks(
    context: typer.Context, *, account: AccountOption = None, output: OutputOption = OutputFormat.TABLE
) -> None:
    """List the locks in force."""
    session = session_of(context)
    body = session.api.get(account_path(session.account(account), "locks"))
    emit(output, body, lambda: _render(body))


@app.command("clear")
def clear(
    context: typer.Context,
    *,
    lock_id: Annotated[str, typer.Argument(help="The lock's id, as listed.")],
    reason: ReasonOption,
    account: AccountOption = None,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Let entries go on before a lock ends."""
    session = session_of(context)
    path = f"{account_path(session.account(account), 'locks', lock_id)}?{urlencode({'reason': reason})}"
    body = session.confirm(totp, "DELETE", path)
    emit(output, body, lambda: _render(body))


def _render(body: dict[str, Any]) -> RenderableType:
    if not body["locks"]:
        return Text("nothing is locked")
    table = Table("lock", "protection", "covers", "until", "reason")
    for lock in body["locks"]:
        until = show_instant(lock["until"]) if lock["until"] else "an operator unlocks it"
        table.add_row(lock["lock_id"], lock["code"], f"{lock['scope']} {lock['key']}".strip(), until, lock["reason"])
    return table
