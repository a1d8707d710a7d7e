"""``riskctl risk``: the risk figures of an account, computed now, tried under a scenario."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer
from rich.text import Text

from infra.riskctl.api import account_path
from infra.riskctl.errors import CliError, ExitCode
from infra.riskctl.options import AccountOption, OutputOption, ReasonOption, TotpOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.risk_view import render_risk, render_scenario, render_scenarios
from infra.riskctl.session import Session, session_of
from riskgate.core.market.closes import JumpMeaning
from riskgate.core.plurals import counted

app = typer.Typer(no_args_is_help=True, help="VaR, stress and the scenarios of an account.")

ShockOption = Annotated[
    list[str] | None, typer.Option("--shock", help="ASSET=return, again for each: BTC=-0.3 is a fall by 30 %.")
]
SectorOption = Annotated[list[str] | None, typer.Option("--sector", help="SECTOR=return, for assets without a shock.")]


@app.command("show")
def show(context: typer.Context, *, account: AccountOption = None, output: OutputOption = OutputFormat.TABLE) -> None:
    """Show the latest reports. Exit code 1 when one is missing, without data, or too old for the gate to believe."""
    session = session_of(context)
    body = session.api.get(account_path(session.account(account), "risk"))
    emit(output, body, lambda: render_risk(body))
    lacking = any(body[kind] is not None and body[kind]["status"] == "insufficient_data" for kind in ("var", "stress"))
    if lacking or not (body["var_is_current"] and body["stress_is_current"]):
        raise typer.Exit(ExitCode.FINDINGS)


@app.command("run")
def run(
    context: typer.Context,
    *,
    everyone: Annotated[bool, typer.Option("--all", help="Run for every account, through the jobs' queues.")] = False,
    account: AccountOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Compute VaR and stress now, through the deployed functions."""
    session = session_of(context)
    payload = {} if everyone else {"account_id": session.account(account)}
    done = {job: session.aws.invoke(f"{job.capitalize()}FunctionName", payload) for job in ("var", "stress")}

    def render() -> Text:
        if everyone:
            return Text("\n".join(f"{job}: {counted(one['accounts'], 'account')} queued" for job, one in done.items()))
        var, stress = done["var"], done["stress"]
        figure = var["var_95"] if var["var_95"] is not None else "none"
        worst = f"worst {stress['worst']} {stress['worst_pnl']}" if stress["worst"] else "nothing loses"
        return Text(f"var: {var['status']}, historical 95 % one day {figure}\nstress: {stress['status']}, {worst}")

    emit(output, done, render)


@app.command("stress")
def stress(
    context: typer.Context,
    *,
    scenario: Annotated[str | None, typer.Argument(help="A scenario of the report. Without it give shocks.")] = None,
    default: Annotated[str | None, typer.Option("--default", help="Return of all other coins.")] = None,
    shock: ShockOption = None,
    sector: SectorOption = None,
    account: AccountOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Try a scenario on the account; nothing is stored."""
    session = session_of(context)
    wanted = {"scenario": scenario} if scenario is not None else {}
    if default is not None or shock or sector:
        wanted |= _shocks(default, shock, sector)
    body = session.api.call("POST", account_path(session.account(account), "stress"), wanted).body
    emit(output, body, lambda: render_scenario(body))


@app.command("scenarios")
def scenarios(
    context: typer.Context, *, account: AccountOption = None, output: OutputOption = OutputFormat.TABLE
) -> None:
    """Show the account's own scenarios."""
    session = session_of(context)
    body = session.api.get(account_path(session.account(account), "scenarios"))
    emit(output, body, lambda: render_scenarios(body))


@app.command("set-scenario")
def set_scenario(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, - and _.")],
    default: Annotated[str, typer.Option("--default", help="Return of all other coins.")],
    shock: ShockOption = None,
    sector: SectorOption = None,
    account: AccountOption = None,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Store a scenario: it joins the stress report and STRESS_LIMIT. Changing one needs a one-time code."""
    session = session_of(context)
    wanted = {"name": name, **_shocks(default, shock, sector)}
    _replace(session, account, totp, output, name, [wanted])


@app.command("drop-scenario")
def drop_scenario(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="The name, as `risk scenarios` lists it.")],
    account: AccountOption = None,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Remove a scenario: the stress limit may then allow more, so it needs a one-time code."""
    _replace(session_of(context), account, totp, output, name, [])


@app.command("confirm-jump")
def confirm_jump(
    context: typer.Context,
    *,
    asset: Annotated[str, typer.Argument(help="As the report's findings name it.")],
    day: Annotated[str, typer.Argument(help="The first day of the jump, such as 2026-03-14.")],
    meaning: Annotated[JumpMeaning, typer.Option(help="Its price moved, or its unit changed.")],
    reason: ReasonOption,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Say what a jump of daily closes is: until then the asset's figures are unknown. Needs a one-time code."""
    body = {"asset": asset, "day": day, "meaning": meaning.value, "reason": reason}
    answer = session_of(context).confirm(totp, "PUT", "/market/close-jumps", body)
    emit(output, answer, lambda: Text(f"{asset} {day}: {meaning.value}. The next risk run goes by it."))


def _replace(
    session: Session,
    account: str | None,
    totp: str | None,
    output: OutputFormat,
    name: str,
    wanted: list[dict[str, Any]],
) -> None:
    """Put the scenarios with one of them replaced."""
    path = account_path(session.account(account), "scenarios")
    before = session.api.get(path)["scenarios"]
    kept = [one for one in before if one["name"] != name]
    if not wanted and kept == before:
        raise CliError(f"the account has no scenario {name}")
    body = {"scenarios": [*kept, *wanted]}
    is_new = kept == before
    answer = session.api.call("PUT", path, body).body if is_new else session.confirm(totp, "PUT", path, body)
    emit(output, answer, lambda: render_scenarios(answer))


def _shocks(default: str | None, shock: list[str] | None, sector: list[str] | None) -> dict[str, Any]:
    wanted: dict[str, Any] = {"shocks": _pairs(shock or []), "sector_shocks": _pairs(sector or [])}
    return wanted if default is None else wanted | {"default_shock": _number(default)}


def _pairs(texts: list[str]) -> dict[str, Decimal]:
    pairs = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise CliError(f"{text!r} is not NAME=return")
        pairs[name] = _number(value)
    return pairs


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise CliError(f"{text!r} is not a number") from error
