"""``riskctl kill``: engage, release and list kill switches."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.riskctl.errors import CliError
from infra.riskctl.options import OutputOption, ReasonOption, TotpOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import Session, session_of
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.safeguards.set_kill_switch import write_kill_switch
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.control import KillSwitchRequest, KillSwitchScope

#: How long --raw goes on losing races: guards are written one after the other, from far away.
RAW_SECONDS = 20.0

app = typer.Typer(no_args_is_help=True, help="Stop trading at once, or allow it again.")

ScopeOption = Annotated[KillSwitchScope, typer.Option("--scope", "-s", help="What to stop.")]
KeyOption = Annotated[
    str | None, typer.Option("--key", "-k", help="The account, venue, strategy or symbol. None for global.")
]
RawOption = Annotated[
    bool, typer.Option("--raw", help="Write the flag into DynamoDB with AWS credentials. Works while the API is down.")
]


@app.command("on")
def engage(
    context: typer.Context,
    *,
    reason: ReasonOption,
    scope: ScopeOption = KillSwitchScope.GLOBAL,
    key: KeyOption = None,
    cancel_open_orders: Annotated[bool, typer.Option(help="Cancel the open orders it covers, too.")] = False,
    raw: RawOption = False,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Engage a kill switch: nothing it covers is approved any more."""
    body = _body(scope, key, reason, engaged=True, cancel_open_orders=cancel_open_orders)
    _set(session_of(context), body, raw=raw, totp=totp, output=output)


@app.command("off")
def release(
    context: typer.Context,
    *,
    reason: ReasonOption,
    scope: ScopeOption = KillSwitchScope.GLOBAL,
    key: KeyOption = None,
    raw: RawOption = False,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Release a kill switch."""
    _set(session_of(context), _body(scope, key, reason, engaged=False), raw=raw, totp=totp, output=output)


@app.command("list")
def list_flags(context: typer.Context, *, output: OutputOption = OutputFormat.TABLE) -> None:
    """List every kill switch there is."""
    body = session_of(context).api.get("/kill-switch")

    def render() -> Table:
        table = Table("scope", "key", "state", "reason", "accounts noted", "cancels confirmed")
        for flag in body["kill_switches"]:
            name, state = flag["key"] or "", _state(engaged=flag["engaged"])
            table.add_row(flag["scope"], name, state, flag["reason"], *_progress(flag["progress"]))
        for item in body["not_understood"]:
            table.add_row("?", item, Text("STOPS NOTHING", style="bold yellow"), "no order is held against this item")
        return table

    emit(output, body, render)


def _body(
    scope: KillSwitchScope, key: str | None, reason: str, *, engaged: bool, cancel_open_orders: bool = False
) -> dict[str, Any]:
    body = {"scope": scope.value, "engaged": engaged, "reason": reason, "cancel_open_orders": cancel_open_orders}
    return body if key is None else body | {"key": key}


def _set(session: Session, body: dict[str, Any], *, raw: bool, totp: str | None, output: OutputFormat) -> None:
    if raw and totp is not None:
        raise typer.BadParameter("a one-time code does not go with --raw: AWS credentials vouch for it")
    answer = _set_raw(session, body) if raw else session.confirm(totp, "PUT", "/kill-switch", body)

    def render() -> Text:
        name = f"{answer['scope']} {answer['key'] or ''}".strip()
        text = Text.assemble("kill switch ", name, ": ", _state(engaged=answer["engaged"]))
        text.append(
            "\nNothing it covers is approved any more." if answer["engaged"] else "\nWhat it held back may be approved."
        )
        text.append(" Accounts and venues follow: riskctl kill list.")
        return text

    emit(output, answer, render)


def _set_raw(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Write the flag alone, no API is needed: the table's stream does the rest, as for every other change."""
    request = parse_request(KillSwitchRequest, body)
    now = datetime.now(UTC)
    flag = request.to_flag()
    acting = Acting(deps=Deps(store=session.aws.store, deadline_seconds=RAW_SECONDS), actor=session.aws.actor, now=now)
    version = write_kill_switch(acting, flag, cancel_open_orders=request.cancel_open_orders)
    stored = session.aws.store.kill_switches.get(flag.scope, flag.key)
    if stored is None or stored.flag != flag:
        raise CliError("the flag changed in the meantime: list the kill switches")
    at = now.isoformat().replace("+00:00", "Z")
    return body | {"key": flag.key or None, "updated_at": at, "actor": acting.actor, "version": version}


def _progress(progress: dict[str, Any] | None) -> tuple[str, str]:
    """Return how many accounts have taken note, and how many cancels are confirmed."""
    if progress is None:
        return "", ""
    accounts = f"{progress['accounts_noted']} of {progress['accounts_to_note']}"
    unreadable = len(progress["accounts_unreadable"])
    return (
        accounts + (f", {unreadable} unreadable" if unreadable else ""),
        f"{progress['cancels_confirmed']} of {progress['cancels_sent']}",
    )


def _state(*, engaged: bool) -> Text:
    return Text("ENGAGED", style="bold red") if engaged else Text("released", style="green")
