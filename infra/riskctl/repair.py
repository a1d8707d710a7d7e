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
from riskgate.core.account.stored import ReadRequest
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
    behind = {chain: text for chain in chains if (text := _tell_behind(store, chain))}
    if behind and not yes:
        names = ", ".join(f"{chain} ({text})" for chain, text in behind.items())
        typer.confirm(f"Apply the log again to {names}?", abort=True)
    rows = [_repair(session, chain) for chain in behind]
    emit(output, {"repaired": rows}, lambda: _render_repairs(rows))
    if any(row["problem"] for row in rows):
        raise typer.Exit(ExitCode.FINDINGS)


def _tell_behind(store: Store, account_id: str) -> str:
    """Return how far a document is behind its log, and whether other limits are kept than it vouches for."""
    stored = store.read_chain(account_id)
    count = sum(1 for _ in iterate_rows(store, account_id, after=stored.audit_sequence if stored else 0))
    told = [f"{count} behind"] if count else []
    if stored is not None and stored.state is not None:
        kept = store.read(ReadRequest(account_id=account_id)).limits
        if kept is None or kept.content_hash != stored.state.limits_hash:
            told.append("other limits")
    return ", ".join(told)


def _repair(session: Session, account_id: str) -> dict[str, Any]:
    # An entry may name what one that is archived by now holds.
    acting = Acting(deps=Deps(store=session.aws.log), actor=session.aws.actor, now=datetime.now(UTC))
    try:
        done = repair_account(acting, account_id, session.aws.restored)
    except (StateCorrupt, VersionConflict) as error:
        nothing = {"first": None, "last": None, "orders": 0, "limits_written": False}
        return {"account_id": account_id, **nothing, "problem": error.detail}
    return {
        "account_id": account_id,
        "first": done.first,
        "last": done.last,
        "orders": done.orders,
        "limits_written": done.limits_written,
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
        limits = ", limits written" if row["limits_written"] else ""
        lines.append(Text(f"{done}, {counted(row['orders'], 'order')} written{limits}"))
    return Group(*lines)
