"""``riskctl audit repair``: bring accounts that were restored from a backup up to their logs."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from infra.riskctl.audit import AllOption, app, iterate_rows, list_chains
from infra.riskctl.errors import ExitCode
from infra.riskctl.options import AccountOption, OutputOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import Session, session_of
from riskgate.app.audit.repair_account import repair_account
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.ports.store import Store
from riskgate.core.errors import StateCorrupt, VersionConflict
from riskgate.core.plurals import counted

YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command("repair")
def repair(
    context: typer.Context,
    *,
    account: AccountOption = None,
    every: AllOption = False,
    yes: YesOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """After a restore: apply what the log has beyond an account's document, and trip MANUAL_STOP there.

    Nothing is written where the entries do not continue the document, or come out differently.
    """
    session = session_of(context)
    chains = list_chains(session, account, every=every)
    store = session.aws.store
    behind = {chain: count for chain in chains if (count := _count_beyond(store, chain))}
    if behind and not yes:
        names = ", ".join(f"{chain} ({count} behind)" for chain, count in behind.items())
        typer.confirm(f"Apply the log again to {names}?", abort=True)
    rows = [_repair(session, chain) for chain in behind]
    emit(output, {"repaired": rows}, lambda: _render_repairs(rows))
    if any(row["problem"] for row in rows):
        raise typer.Exit(ExitCode.FINDINGS)


def _count_beyond(store: Store, account_id: str) -> int:
    """Return how many entries the log has that the document does not know."""
    stored = store.read_chain(account_id)
    return sum(1 for _ in iterate_rows(store, account_id, after=stored.audit_sequence if stored else 0))


def _repair(session: Session, account_id: str) -> dict[str, Any]:
    acting = Acting(deps=Deps(store=session.aws.store), actor=session.aws.actor, now=datetime.now(UTC))
    try:
        done = repair_account(acting, account_id, session.aws.restored)
    except (StateCorrupt, VersionConflict) as error:
        return {"account_id": account_id, "first": None, "last": None, "orders": 0, "problem": error.detail}
    return {
        "account_id": account_id,
        "first": done.first,
        "last": done.last,
        "orders": done.orders,
        "problem": None,
    }


def _render_repairs(rows: list[dict[str, Any]]) -> RenderableType:
    if not rows:
        return Text("no document is behind its log", style="green")
    lines = []
    for row in rows:
        if row["problem"]:
            lines.append(Text(f"{row['account_id']}: not repaired, {row['problem']}", style="bold red"))
            continue
        done = f"{row['account_id']}: entries {row['first']} to {row['last']} applied again"
        lines.append(Text(f"{done}, {counted(row['orders'], 'order')} written"))
    return Group(*lines)
