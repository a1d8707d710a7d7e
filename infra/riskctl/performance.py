"""``riskctl performance``: what an account earned."""

from typing import Annotated

import typer

from infra.riskctl.accounts_view import render_performance
from infra.riskctl.api import account_path
from infra.riskctl.options import AccountOption, OutputOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import session_of


def show_performance(
    context: typer.Context,
    *,
    account: AccountOption = None,
    days: Annotated[int, typer.Option(min=1, max=92, help="Days, today included.")] = 30,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show profit and loss by period, day by day, by strategy and market."""
    session = session_of(context)
    body = session.api.get(f"{account_path(session.account(account), 'performance')}?days={days}")
    emit(output, body, lambda: render_performance(body))
