"""``riskctl report``: the latest risk reports of an account as one HTML file, and as a picture."""

from pathlib import Path
from typing import Annotated

import typer

from infra.riskctl.api import account_path
from infra.riskctl.errors import CliError
from infra.riskctl.session import session_of


def write_report(
    context: typer.Context,
    account: Annotated[
        str | None, typer.Argument(envvar="RISKCTL_ACCOUNT", help="Account. The local stack has a default.")
    ] = None,
    *,
    html: Annotated[Path | None, typer.Option(dir_okay=False, writable=True, help="Where to write the page.")] = None,
    png: Annotated[Path | None, typer.Option(dir_okay=False, writable=True, help="Where to write the picture.")] = None,
) -> None:
    """Write the risk report of an account: distribution, backtest, drawdown, correlations, stress, limits."""
    if html is None and png is None:
        raise CliError("give --html FILE, --png FILE or both")
    try:
        # Drawing is a tool of the operator's machine alone, and slow to import.
        from infra.riskctl.report_figures import render_png  # noqa: PLC0415
        from infra.riskctl.report_page import describe, render_page  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise CliError(f"the report needs matplotlib: install it ({error.name} is missing)") from error
    session = session_of(context)
    path = account_path(session.account(account))
    risk, body = session.api.get(f"{path}/risk"), session.api.get(path)
    try:
        if html is not None:
            html.write_text(render_page(risk, body), encoding="utf-8")
            typer.echo(f"wrote {html}")
        if png is not None:
            png.write_bytes(render_png(risk, body, describe(risk, body)))
            typer.echo(f"wrote {png}")
    except OSError as error:
        raise CliError(f"cannot write {error.filename}: {error.strerror}") from error
