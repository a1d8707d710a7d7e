"""``riskctl preflight``: what is left to do before an account goes to its next stage."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.errors import ExitCode
from infra.riskctl.options import AccountOption, OutputOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.preflight_facts import Stage
from infra.riskctl.preflight_gather import gather
from infra.riskctl.preflight_points import NAMES, Row, is_clear, judge_points
from infra.riskctl.preflight_row import Verdict
from infra.riskctl.session import session_of
from riskgate.core.plurals import counted

_STYLES = {Verdict.OK: "green", Verdict.LEFT: "bold red", Verdict.UNKNOWN: "yellow", Verdict.ACCEPTED: "cyan"}


def check_preflight(
    context: typer.Context,
    *,
    stage: Annotated[Stage, typer.Option(help="The stage that the account is to enter.")] = Stage.LIVE,
    accept: Annotated[
        list[str] | None, typer.Option(help="A point that you have seen to yourself. Repeat for several.")
    ] = None,
    account: AccountOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Say what is left before a stage, point by point: OK, LEFT or UNKNOWN, and what to do. Nothing is changed.

    What cannot be read is UNKNOWN, and as good as left. Exit code 0 only when nothing is left, 1 otherwise.
    """
    accepted = frozenset(accept or ())
    if wrong := sorted(accepted - set(NAMES)):
        raise typer.BadParameter(f"no point is called {', '.join(wrong)}. There are: {', '.join(NAMES)}")
    session = session_of(context)
    account_id = session.account(account)
    rows = judge_points(gather(session, account_id, stage), accepted)
    clear = is_clear(rows)
    body = {"account_id": account_id, "stage": stage.value, "clear": clear, "points": [asdict(row) for row in rows]}
    emit(output, body, lambda: _render(rows, stage))
    if not clear:
        raise typer.Exit(ExitCode.FINDINGS)


def render_points(rows: tuple[Row, ...]) -> Table:
    """Return points, a line each."""
    table = Table("", "point", "seen", "to do", box=None, padding=(0, 1))
    for row in rows:
        table.add_row(Text(row.verdict, style=_STYLES[row.verdict]), row.point, row.detail, row.todo)
    return table


def _render(rows: tuple[Row, ...], stage: Stage) -> RenderableType:
    bad = sum(row.verdict in {Verdict.LEFT, Verdict.UNKNOWN} for row in rows)
    last = f"{counted(bad, 'point')} left before {stage}" if bad else f"nothing is left before {stage}"
    return Group(render_points(rows), Text(last, style="bold red" if bad else "bold green"))
