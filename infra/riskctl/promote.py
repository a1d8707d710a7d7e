"""``riskctl promote``: an account goes live with the limits that a bot was tried with on paper."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from infra.riskctl.api import account_path
from infra.riskctl.errors import CliError, ExitCode
from infra.riskctl.limits import parse_assignment
from infra.riskctl.options import OutputOption, TotpOption
from infra.riskctl.output import OutputFormat, emit, make_console
from infra.riskctl.preflight import render_points
from infra.riskctl.preflight_facts import Stage, Unread
from infra.riskctl.preflight_gather import gather, look_at
from infra.riskctl.preflight_points import Row, is_clear, judge_points
from infra.riskctl.promotion import Promotion, plan_promotion, read_account
from infra.riskctl.session import Session, session_of
from riskgate.app.account.register_account import loosens_account
from riskgate.app.risk.manage_scenarios import is_loosened
from riskgate.core.account.document import AccountState
from riskgate.schemas.http.requests.accounts import AccountRequest
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.limits import LimitsRequest
from riskgate.schemas.http.requests.stress import ScenariosRequest

#: Points that the account on paper must have shown.
ON_PAPER = ("account", "audit_log", "kill_switch_tried")
#: Points of the live account that are known before it trades: its limits and its keys.
LIVE = (
    *("money", "equity_and_size", "loss_limits", "symbols", "strategies", "stops", "order_size", "limits_loosened"),
    *("key_rights", "key_addresses", "venues", "venue_clocks"),
)
HARD = (*ON_PAPER, *LIVE)
_STYLES = {"looser": "bold red", "gone": "bold red", "changed": "yellow", "tighter": "green", "new": "green"}


@dataclass(frozen=True, slots=True)
class Step:
    """One route to call; `is_guarded` where it needs a one-time code."""

    name: str
    path: str
    body: dict[str, Any]
    is_guarded: bool


def promote_account(
    context: typer.Context,
    *,
    paper: Annotated[str, typer.Argument(help="The account on paper.")],
    live: Annotated[str, typer.Argument(help="The account that is to trade. It may be new.")],
    key: Annotated[
        list[str] | None, typer.Option(help="VENUE=SECRET, the secret's name, for a venue that has no key yet.")
    ] = None,
    equity: Annotated[
        str | None, typer.Option(help="Of a new account: what its venues hold, in base currency, until they are read.")
    ] = None,
    override: Annotated[
        list[str] | None, typer.Option("--set", help="A limit that is another than on paper: order_notional_max=50.")
    ] = None,
    accept: Annotated[list[str] | None, typer.Option(help="A point that you have seen to yourself.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: you have seen --dry-run.")] = False,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Copy limits, strategies, sectors, aliases and scenarios from an account on paper to one with a key.

    The difference is shown first; what is not shown stays. Refused, with exit code 1, while a point of preflight
    about the limits, the keys or the account on paper is left.
    """
    if wrong := sorted(set(accept or ()) - set(HARD)):
        raise typer.BadParameter(f"no point is called {', '.join(wrong)}. There are: {', '.join(HARD)}")
    session = session_of(context)
    state, planned = _plan(session, paper, live, key, equity, override)
    rows = _judge(session, paper, planned, frozenset(accept or ()))
    body: dict[str, Any] = {
        "paper": paper,
        "live": live,
        "changes": [asdict(change) for change in planned.changes],
        "points": [asdict(row) for row in rows],
        "clear": is_clear(rows),
        "done": [],
    }
    if output is OutputFormat.TABLE:
        make_console().print(_render(planned, rows, live))
    if not is_clear(rows):
        _finish(output, body, "refused: see what is left above. Nothing was changed")
        raise typer.Exit(ExitCode.FINDINGS)
    if dry_run or not planned.changes:
        return _finish(output, body, "nothing was changed")
    _confirm(live, yes=yes)
    body["done"] = _apply(session, _list_steps(session, live, state, planned), totp)
    return _finish(output, body, f"done. Next: riskctl preflight --stage small-live -a {live}, then the bot's token")


def _plan(
    session: Session, paper: str, live: str, key: list[str] | None, equity: str | None, override: list[str] | None
) -> tuple[AccountState | None, Promotion]:
    """Return the live account as it is, None where it is not registered, and what would change of it."""
    store = session.aws.store
    _, tried = read_account(store, paper)
    if tried is None:
        raise CliError(f"the account {paper} is not registered")
    state, now = read_account(store, live)
    if (state is None) != (equity is not None):
        text = "is new: pass --equity with what its venues hold" if state is None else "is known: its equity is read"
        raise CliError(f"the account {live} {text}")
    changed = parse_request(LimitsRequest, dict(map(parse_assignment, override))) if override else None
    money = _amount(equity) if state is None else state.equity
    keys = dict(_pair(text) for text in key or ())
    return state, plan_promotion(tried, now, keys=keys, overrides=changed, equity=money)


def _pair(text: str) -> tuple[str, str]:
    venue, separator, secret = text.partition("=")
    if not (venue and separator and secret):
        raise CliError(f"{text!r} is not VENUE=SECRET")
    return venue, secret


def _amount(text: str | None) -> Decimal:
    try:
        return Decimal(text or "")
    except InvalidOperation as error:
        raise CliError(f"{text!r} is not a number") from error


def _judge(session: Session, paper: str, planned: Promotion, accepted: frozenset[str]) -> tuple[Row, ...]:
    """Judge the account on paper as it is, then the live one as it would be: with its keys and its limits."""
    facts = gather(session, paper, Stage.PAPER)
    wanted, stage = planned.wanted, Stage.SMALL_LIVE
    try:
        looks: Any = tuple(look_at(session.aws, venue, stage) for venue in wanted.venues)
    except Exception as error:  # noqa: BLE001 whatever it is, the keys are not known, and that is shown
        looks = Unread(reason=str(error).splitlines()[0] if str(error) else type(error).__name__)
    account = {"equity": str(planned.equity), "base_currency": wanted.base_currency}
    then = replace(facts, stage=stage, limits=wanted.limits, venues=looks, account=account)
    return (*judge_points(facts, accepted, ON_PAPER), *judge_points(then, accepted, LIVE))


def _render(planned: Promotion, rows: tuple[Row, ...], live: str) -> RenderableType:
    table = Table("", "name", "now", "then", "", title=f"{live}{', a new account' if planned.is_new else ''}")
    for change in planned.changes:
        verdict = Text(change.verdict, style=_STYLES[change.verdict])
        table.add_row(change.part, change.name, change.now, change.then, verdict)
    shown = table if planned.changes else Text(f"{live} is held to what was tried on paper: nothing changes")
    return Group(shown, render_points(rows))


def _confirm(live: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise CliError("look at --dry-run, then pass --yes")
    typer.confirm(f"Change {live} so?", abort=True)


def _list_steps(session: Session, live: str, state: AccountState | None, planned: Promotion) -> list[Step]:
    """Return the routes to call: a new account is registered first, and a known one gets its limits before a venue."""
    steps = []
    if planned.limits is not None:
        loosened = any(change.verdict == "looser" for change in planned.changes)
        steps.append(Step("limits", account_path(live, "limits"), planned.limits, loosened))
    if planned.registration is not None:
        asked = parse_request(AccountRequest, planned.registration)
        guarded = loosens_account(session.aws.deps, live, asked)
        step = Step("registration", account_path(live), planned.registration, guarded)
        steps.insert(0 if planned.is_new else len(steps), step)
    if planned.scenarios is not None:
        asked_scenarios = parse_request(ScenariosRequest, planned.scenarios).to_scenarios()
        guarded = state is not None and is_loosened(state, asked_scenarios)
        steps.append(Step("scenarios", account_path(live, "scenarios"), planned.scenarios, guarded))
    return steps


def _apply(session: Session, steps: list[Step], totp: str | None) -> list[str]:
    """Call the routes in turn, and return what was done; whoever runs it again does the rest."""
    done: list[str] = []
    for step in steps:
        try:
            if step.is_guarded:
                session.confirm(totp, "PUT", step.path, step.body)
                # A code is good once: the next is asked for.
                totp = None
            else:
                session.api.call("PUT", step.path, step.body)
        except CliError as error:
            so_far = f"done: {', '.join(done)}" if done else "nothing was changed"
            raise CliError(
                f"{step.name}: {error.message}\n{so_far}. Run it again for the rest", error.exit_code
            ) from error
        done.append(step.name)
    return done


def _finish(output: OutputFormat, body: dict[str, Any], last: str) -> None:
    emit(output, body, lambda: Text(last))
