"""``riskctl status``: one account at a glance."""

import time
from typing import Annotated

import typer

from infra.riskctl.api import account_path
from infra.riskctl.errors import CliError
from infra.riskctl.options import AccountOption, OutputOption
from infra.riskctl.output import OutputFormat, emit, make_console
from infra.riskctl.session import session_of
from infra.riskctl.status_view import render_account


def show_status(
    context: typer.Context,
    *,
    account: AccountOption = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Refresh until interrupted.")] = False,
    interval: Annotated[float, typer.Option(min=0.5, help="Seconds between refreshes.")] = 2.0,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show limits, positions, open orders, breakers and kill switches of an account."""
    session = session_of(context)
    path = account_path(session.account(account))
    if not watch:
        body = session.api.get(path)
        emit(output, body, lambda: render_account(body))
        return
    if output is OutputFormat.JSON:
        raise CliError("--watch does not work with --output json")
    # Who looks once does not wait for what draws anew.
    from rich.live import Live  # noqa: PLC0415

    console = make_console()
    with Live(render_account(session.api.get(path)), console=console, screen=console.is_terminal) as live:
        try:
            while True:
                time.sleep(interval)
                live.update(render_account(session.api.get(path)), refresh=True)
        except KeyboardInterrupt:
            return
