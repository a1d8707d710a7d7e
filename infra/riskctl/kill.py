"""``riskctl kill``: engage, release and list kill switches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from infra.riskctl.errors import CliError
from infra.riskctl.options import OutputOption, ReasonOption, TotpOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import Session, session_of
from riskgate.core.plurals import counted
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.control import KillSwitchRequest, KillSwitchScope

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
        table = Table("scope", "key", "state", "reason")
        for flag in body["kill_switches"]:
            table.add_row(flag["scope"], flag["key"] or "", _state(engaged=flag["engaged"]), flag["reason"])
        return table

    emit(output, body, render)


def _body(
    scope: KillSwitchScope, key: str | None, reason: str, *, engaged: bool, cancel_open_orders: bool = False
) -> dict[str, Any]:
    body = {"scope": scope.value, "engaged": engaged, "reason": reason, "cancel_open_orders": cancel_open_orders}
    return body if key is None else body | {"key": key}


def _set(session: Session, body: dict[str, Any], *, raw: bool, totp: str | None, output: OutputFormat) -> None:
    if raw:
        answer = _set_raw(session, body)
    else:
        codes = session.codes(totp)
        answer = codes.run(lambda code: session.api.call("PUT", "/kill-switch", body, totp=code)).body

    def render() -> Text:
        name = f"{answer['scope']} {answer['key'] or ''}".strip()
        text = Text.assemble("kill switch ", name, ": ", _state(engaged=answer["engaged"]))
        if raw:
            text.append("\nThe next decision obeys. A decision that has already read the flag may still be approved.")
        else:
            text.append(f"\nAcknowledged by {counted(len(answer['accounts']), 'account')}.")
        return text

    emit(output, answer, render)


def _set_raw(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Write the flag alone: no account document is touched, no API is needed."""
    request = parse_request(KillSwitchRequest, body)
    now = datetime.now(UTC)
    flag = request.to_flag()
    store, actor = session.aws.store, session.aws.actor
    store.put_kill_switch(flag, cancel_open_orders=request.cancel_open_orders, now=now, actor=actor)
    stored = [seen for seen in store.list_kill_switches() if (seen.scope, seen.key) == (flag.scope, flag.key)]
    if stored != [flag]:
        raise CliError("the flag changed in the meantime: list the kill switches")
    return {**body, "key": flag.key or None, "updated_at": now.isoformat().replace("+00:00", "Z"), "actor": actor}


def _state(*, engaged: bool) -> Text:
    return Text("ENGAGED", style="bold red") if engaged else Text("released", style="green")
