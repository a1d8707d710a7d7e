"""``riskctl audit``: read, verify and replay the audit log, straight from its archive and table."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.errors import CliError, ExitCode
from infra.riskctl.options import AccountOption, OutputOption
from infra.riskctl.output import OutputFormat, emit, make_console, show_instant
from infra.riskctl.session import Session, session_of
from riskgate import ENGINE_VERSION
from riskgate.app.audit.compare_orders import LoggedFills
from riskgate.app.audit.engines import EnginesSeen
from riskgate.app.audit.held_inputs import held_inputs
from riskgate.app.audit.seal_chain import compare_with_seal, read_seal
from riskgate.app.audit.verify_audit import Finding, Replay, verify_chain
from riskgate.app.ports.seals import SealReader
from riskgate.app.ports.store import AuditRow, Store
from riskgate.core.account.stored import GATEWAY_CHAIN, OrderRecord, StoredAccount
from riskgate.core.errors import DocumentTooNew, StateCorrupt
from riskgate.core.plurals import counted
from riskgate.schemas.codec import encode

app = typer.Typer(no_args_is_help=True, help="Read, verify and replay the audit log.")

PAGE = 100
FOLLOW_SECONDS = 1.0

AllOption = Annotated[bool, typer.Option("--all", help="Every account and the gateway's own chain.")]


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What verifying or replaying one chain found."""

    account_id: str
    entries: int
    head: str
    findings: tuple[Finding, ...]
    sealed: int | None = None
    engines: EnginesSeen | None = None

    def to_body(self) -> dict[str, Any]:
        """Return it as JSON."""
        findings = [{"sequence": found.sequence, "problem": found.problem} for found in self.findings]
        body = {"account_id": self.account_id, "entries": self.entries, "head": self.head, "findings": findings}
        body |= {"sealed": self.sealed} if self.sealed is not None else {}
        return body | ({"engines": _engine_rows(self.engines)} if self.engines is not None else {})


def _engine_rows(seen: EnginesSeen) -> list[dict[str, Any]]:
    return [
        {"engine_version": version, "entries": engine.entries, "rules": list(engine.rules) if engine.rules else None}
        for version, engine in seen.by_version.items()
    ]


@app.command("tail")
def tail(
    context: typer.Context,
    *,
    account: AccountOption = None,
    count: Annotated[int, typer.Option("--lines", "-n", min=1, help="Number of entries to show first.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep waiting for more until interrupted.")] = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Show the last entries of a chain; ``--account gateway`` for what concerns no account."""
    if follow and output is OutputFormat.JSON:
        raise CliError("--follow does not work with --output json")
    session = session_of(context)
    store, account_id = session.aws.log, session.account(account)
    _require_log(store, account_id)
    stored = store.read_chain(account_id)
    last = max(stored.audit_sequence - count, 0) if stored else 0
    rows = list(iterate_rows(store, account_id, after=last))
    emit(output, {"entries": [_row(row) for row in rows]}, lambda: _render_rows(rows))
    last = rows[-1].sequence if rows else last
    console = make_console()
    try:
        while follow:
            time.sleep(FOLLOW_SECONDS)
            for row in iterate_rows(store, account_id, after=last):
                console.print(_line(row), soft_wrap=True)
                last = row.sequence
    except KeyboardInterrupt:
        return


@app.command("verify")
def verify(
    context: typer.Context,
    *,
    account: AccountOption = None,
    every: AllOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Check the hash chain: no entry changed, missing, or beyond the head the account document names.

    It must also lead to the newest head that the audit seal keeps outside the tables, and the items of orders must have
    filled what the log says.
    """
    session = session_of(context)
    chains = list_chains(session, account, every=every)
    store, seals = session.aws.log, session.aws.seals
    _report("verified", [verify_account(store, chain, seals, with_orders=True) for chain in chains], output)


@app.command("replay")
def replay(
    context: typer.Context,
    *,
    account: AccountOption = None,
    every: AllOption = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Decide every entry again from the log alone, and compare it with what was written.

    This version's engine decides, each entry by the rules it names. What a newer engine decided is refused.
    """
    session = session_of(context)
    chains = list_chains(session, account, every=every)
    _report("replayed", [replay_account(session.aws.log, chain) for chain in chains], output)


def iterate_rows(store: Store, account_id: str, *, after: int = 0, until: int | None = None) -> Iterator[AuditRow]:
    """Yield the entries after one sequence number, page by page, up to another."""
    while rows := store.list_audit(account_id, after=after, limit=PAGE):
        for row in rows:
            if until is not None and row.sequence > until:
                return
            yield row
        after = rows[-1].sequence


def verify_account(
    store: Store, account_id: str, seals: SealReader | None = None, *, with_orders: bool = False
) -> Inspection:
    """Check one chain up to the head its account document names, and that nothing lies beyond it.

    Where that document is missing or corrupt, this is a finding, and the whole chain is checked as it stands.
    `seals`: where its newest sealed head is read, before the chain, which can only have grown since. `with_orders`:
    the items of its orders must have filled what the log says.
    """
    sealed, unreadable = read_seal(seals, account_id) if seals is not None else (None, [])
    stored, findings = _read_document(store, account_id)
    findings += unreadable
    findings += compare_with_seal(store, sealed, stored)
    read, fills = 0, LoggedFills()

    def counting() -> Iterator[AuditRow]:
        nonlocal read
        for row in iterate_rows(store, account_id, until=stored.audit_sequence if stored else None):
            read += 1
            fills.feed(row)
            yield row

    head = stored.audit_head if stored else ""
    findings += verify_chain(counting(), head=head or None)
    if stored is not None:
        findings += _list_beyond(store, account_id, stored.audit_sequence)
    if stored is not None and with_orders:
        records = list(_iterate_orders(store, account_id))
        newest = store.read_chain(account_id) or stored
        findings += fills.compare(records, version=stored.version, newest=newest.version)
    return Inspection(
        account_id=account_id,
        entries=read,
        head=head,
        findings=tuple(findings),
        sealed=None if seals is None else sealed.sequence if sealed is not None else 0,
    )


def _iterate_orders(store: Store, account_id: str) -> Iterator[OrderRecord]:
    cursor: str | None = None
    while True:
        page, cursor = store.list_orders(account_id, limit=PAGE, cursor=cursor)
        yield from page
        if cursor is None:
            return


def replay_account(store: Store, account_id: str) -> Inspection:
    """Decide one chain again; what comes out must also be the account document as it is stored."""
    stored, findings = _read_document(store, account_id)
    folded = Replay(account_id=account_id, held=held_inputs(store, account_id))
    for row in iterate_rows(store, account_id, until=stored.audit_sequence if stored else None):
        findings += folded.feed(row)
    if stored is not None and not folded.stopped and encode(folded.state) != encode(stored.state):
        problem = "the account document is not the fold of the log"
        findings.append(Finding(sequence=stored.audit_sequence, problem=problem))
    head = stored.audit_head if stored else ""
    return Inspection(
        account_id=account_id,
        entries=folded.replayed,
        head=head,
        findings=tuple(findings),
        engines=folded.engines,
    )


def _read_document(store: Store, account_id: str) -> tuple[StoredAccount | None, list[Finding]]:
    """Return the account document, or a finding in its place."""
    try:
        stored = store.read_chain(account_id)
    except (StateCorrupt, DocumentTooNew) as error:
        return None, [Finding(sequence=0, problem=error.detail)]
    if stored is None:
        return None, [Finding(sequence=0, problem="the account document is missing")]
    return stored, []


def _list_beyond(store: Store, account_id: str, last: int) -> Iterator[Finding]:
    """Yield a finding for an entry the account document does not know, unless it was just written."""
    for row in store.list_audit(account_id, after=last, limit=1):
        stored = store.read_chain(account_id)
        if stored is None or stored.audit_sequence < row.sequence:
            yield Finding(sequence=row.sequence, problem="an entry beyond the head the account names")


def list_chains(session: Session, account: str | None, *, every: bool) -> list[str]:
    """Return the chains that a command is about."""
    store = session.aws.log
    if not every:
        chain = session.account(account)
        _require_log(store, chain)
        return [chain]
    # The gateway's own chain begins with the first thing that concerns no account.
    known = [GATEWAY_CHAIN] if store.list_audit(GATEWAY_CHAIN, after=0, limit=1) else []
    return known + list(store.list_accounts())


def _require_log(store: Store, account_id: str) -> None:
    if not store.list_audit(account_id, after=0, limit=1):
        raise CliError(f"{account_id} has no audit log")


def _report(done: str, inspections: list[Inspection], output: OutputFormat) -> None:
    def render() -> RenderableType:
        lines: list[RenderableType] = []
        for seen in inspections:
            verdict = (
                ("no findings", "green") if not seen.findings else (counted(len(seen.findings), "finding"), "bold red")
            )
            lines.append(Text.assemble(f"{seen.account_id}: {seen.entries} entries {done}, ", verdict))
            lines.append(Text(f"  head {seen.head}", style="dim"))
            lines += [_seal_line(seen)] if done == "verified" else []
            lines += _engine_lines(seen.engines) if seen.engines is not None else []
            lines += [Text(f"  {found.sequence}: {found.problem}", style="red") for found in seen.findings]
        return Group(*lines)

    emit(output, {"chains": [seen.to_body() for seen in inspections]}, render)
    if any(seen.findings for seen in inspections):
        raise typer.Exit(ExitCode.FINDINGS)


def _engine_lines(seen: EnginesSeen) -> list[Text]:
    lines = []
    for version, engine in seen.by_version.items():
        rules = f" by rules {' to '.join(str(rule) for rule in sorted(set(engine.rules)))}" if engine.rules else ""
        line = f"  engine {version} decided {engine.entries}{rules}; engine {ENGINE_VERSION} replayed them by the same"
        lines.append(Text(line, style="dim"))
    return lines


def _seal_line(seen: Inspection) -> Text:
    if seen.sealed is None:
        return Text("  not held against a seal: no stack is named that has one", style="yellow")
    return Text(f"  sealed up to {seen.sealed}" if seen.sealed else "  not sealed yet", style="dim")


def _row(row: AuditRow) -> dict[str, Any]:
    return {
        "sequence": row.sequence,
        "at": row.at.isoformat().replace("+00:00", "Z"),
        "actor": row.actor,
        "event": row.event,
        "decision": row.decision or None,
        "code": row.code or None,
        "hash": row.hash,
    }


def _line(row: AuditRow) -> str:
    seen = _row(row)
    verdict = f"{seen['decision'] or ''} {seen['code'] or ''}".strip()
    return f"{seen['sequence']:>6}  {show_instant(seen['at'])}  {seen['event']:<20} {verdict:<32} {seen['actor']}"


def _render_rows(rows: list[AuditRow]) -> RenderableType:
    table = Table("#", "at", "event", "decision", "actor", "hash", box=None, padding=(0, 1))
    for row in rows:
        style = "red" if row.decision == "denied" else ""
        verdict = Text(f"{row.decision} {row.code}".strip(), style=style)
        at = show_instant(_row(row)["at"])
        table.add_row(str(row.sequence), at, row.event, verdict, row.actor, row.hash[:12])
    return table
