"""``riskctl recon``: see where the venue's books and ours disagree, look again, close what was dealt with."""

from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.api import account_path
from infra.riskctl.errors import ExitCode
from infra.riskctl.options import AccountOption, OutputOption, ReasonOption, TotpOption
from infra.riskctl.output import OutputFormat, emit, show_instant, show_money
from infra.riskctl.session import session_of
from riskgate.core.plurals import counted

app = typer.Typer(no_args_is_help=True, help="Reconcile accounts with their exchanges.")

_STYLES = {"red": "bold red", "orange": "red", "yellow": "yellow"}


@app.command("show")
def show(
    context: typer.Context,
    *,
    account: AccountOption = None,
    closed: Annotated[bool, typer.Option("--closed", help="Show recently closed breaks, too.")] = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show the last run and the open breaks. Exit code 1 while any is open or the last run was incomplete."""
    session = session_of(context)
    body = session.api.call("GET", account_path(session.account(account), "reconciliation")).body

    def render() -> RenderableType:
        parts: list[RenderableType] = [_describe_run(body["last_run"])]
        if body["open"]:
            parts += [_breaks(body["open"]), Text("What to do:"), *(_advice(item) for item in body["open"])]
        if closed:
            parts.append(_closed(body["closed"]))
        return Group(*parts)

    emit(output, body, render)
    _exit_unless_clean(body["last_run"], len(body["open"]))


@app.command("run")
def run(context: typer.Context, *, account: AccountOption = None, output: OutputOption = OutputFormat.TABLE) -> None:
    """Reconcile now, through the deployed function. Exit code 1 when breaks are open or a venue was not read."""
    session = session_of(context)
    report = session.aws.invoke("ReconcileFunctionName", {"account_id": session.account(account)})
    if "reason" in report:
        emit(output, report, lambda: Text(f"not reconciled: {report['reason']}"))
        return
    emit(output, report, lambda: _describe_run(report))
    _exit_unless_clean(report, report["open"])


@app.command("resolve")
def resolve(
    context: typer.Context,
    *,
    break_id: Annotated[str, typer.Argument(help="The id, as `recon show` lists it.")],
    reason: ReasonOption,
    account: AccountOption = None,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Close a break on a person's word; it opens again when what disagrees changes."""
    session = session_of(context)
    path = account_path(session.account(account), "reconciliation", break_id, "resolve")
    body = session.confirm(totp, "POST", path, {"reason": reason})

    def render() -> Text:
        tripped = ", ".join(body["breakers"]) or "none"
        text = f"{body['closed']['kind']} {break_id} is closed; still open: {body['open']}, tripped: {tripped}"
        return Text(text)

    emit(output, body, render)


def _exit_unless_clean(report: dict[str, Any] | None, opened: int) -> None:
    if opened or (report is not None and not report["complete"]):
        raise typer.Exit(ExitCode.FINDINGS)


def _describe_run(report: dict[str, Any] | None) -> RenderableType:
    if report is None:
        return Text("not reconciled yet")
    lines = [
        (
            f"run at {show_instant(report['at'])}: {'complete' if report['complete'] else 'INCOMPLETE'}, "
            f"{report['matched']} of {report['compared']} agree, {report['open']} open, "
            f"{show_money(report['money_at_issue'])} at issue"
        )
    ]
    for venue in report["venues"]:
        if venue["complete"]:
            counts = f"{venue['orders']} orders, {venue['trades']} fills, {venue['balances']} balances"
            lines.append(f"  {venue['venue']}: {counts}, {venue['positions']} positions")
        else:
            lines.append(f"  {venue['venue']}: not read, so no break opened or closed ({venue['detail']})")
    for repair in report["repairs"]:
        done = [f"{counted(repair['fills'], 'missed fill')} recorded"] if repair["fills"] else []
        done += ["found at the venue"] if repair["accepted_as"] else []
        done += [f"closed as {repair['closed_as']}"] if repair["closed_as"] else []
        lines.append(f"  repaired {repair['client_order_id']}: {', '.join(done)}")
    return Text("\n".join(lines))


def _breaks(rows: list[dict[str, Any]]) -> Table:
    table = Table()
    table.add_column("break", no_wrap=True)
    for name in ("kind", "about", "ours", "theirs", "money", "since"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            row["break_id"],
            row["kind"],
            f"{row['venue']} {row['client_order_id'] or row['subject']}",
            _side(row["ours"]),
            _side(row["theirs"]),
            show_money(row["money"]),
            show_instant(row["first_seen"]),
            style=_STYLES[row["severity"]],
        )
    return table


def _closed(rows: list[dict[str, Any]]) -> Table:
    table = Table("break", "kind", "about", "closed", "how", "who", "why")
    for row in rows:
        about = row["client_order_id"] or row["subject"]
        how = (show_instant(row["closed_at"]), row["how"], row["who"] or "-", row["why"])
        table.add_row(row["break_id"], row["kind"], about, *how)
    return table


def _advice(row: dict[str, Any]) -> Text:
    return Text(f"  {row['break_id']}: {row['action']}")


def _side(evidence: dict[str, str]) -> str:
    wanted = ("reason", "status", "filled_quantity", "average_price", "fees", "quantity", "difference")
    return " ".join(f"{name}={evidence[name]}" for name in wanted if name in evidence) or "-"
