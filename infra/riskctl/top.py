"""``riskctl top``: all accounts, and one of them in full, as they change."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from infra.riskctl.accounts import read_accounts
from infra.riskctl.accounts_view import render_accounts
from infra.riskctl.api import ApiClient, account_path
from infra.riskctl.errors import CliError, ExitCode
from infra.riskctl.options import AccountOption
from infra.riskctl.output import make_console
from infra.riskctl.session import session_of
from infra.riskctl.status_view import render_account


def show_top(
    context: typer.Context,
    *,
    account: AccountOption = None,
    interval: Annotated[float, typer.Option(min=0.5, help="Seconds between refreshes.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Show it once and end.")] = False,
) -> None:
    """Watch all accounts, and one of them in full, until interrupted."""
    session = session_of(context)
    chosen = account or session.target.account_id
    console = make_console()
    if once:
        console.print(_read(session.api, chosen))
        return
    with Live(_read(session.api, chosen), console=console, screen=console.is_terminal) as live:
        try:
            while True:
                time.sleep(interval)
                live.update(_look(session.api, chosen, live.renderable), refresh=True)
        except KeyboardInterrupt:
            return


def _look(api: ApiClient, account: str | None, before: RenderableType) -> RenderableType:
    """Return what is now; while nothing answers, what was, under a line that says so."""
    try:
        return _read(api, account)
    except CliError as error:
        if error.exit_code is not ExitCode.UNAVAILABLE:
            raise
        last = before.renderables[-1] if isinstance(before, Group) and _is_old(before) else before
        return Group(Text(f"no answer: {error.message}. What follows is old.", "bold red"), last)


def _is_old(shown: Group) -> bool:
    first = shown.renderables[0]
    return isinstance(first, Text) and first.plain.startswith("no answer")


def _read(api: ApiClient, account: str | None) -> RenderableType:
    rows = list(read_accounts(api))
    parts: list[RenderableType] = [Text(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z", "dim"), render_accounts(rows)]
    if account is None and len(rows) == 1:
        account = rows[0]["account_id"]
    if account is not None:
        parts += [Text(""), render_account(api.get(account_path(account)))]
    return Group(*parts)
