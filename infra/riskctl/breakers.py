"""``riskctl breaker``: let an account trade again after a breaker tripped."""

from typing import Annotated

import typer
from rich.text import Text

from infra.riskctl.api import account_path
from infra.riskctl.options import AccountOption, OutputOption, ReasonOption, TotpOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import session_of

app = typer.Typer(no_args_is_help=True, help="Reset tripped breakers and protections.")


@app.command("reset")
def reset(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="The breaker, such as DAILY_LOSS, or the protection.")],
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            "-k",
            help="Market (venue:SYMBOL) or strategy, for a breaker of one.",
        ),
    ] = None,
    reason: ReasonOption,
    account: AccountOption = None,
    totp: TotpOption = None,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Clear a breaker on a person's word: its baseline starts again from equity now."""
    session = session_of(context)
    path = account_path(session.account(account), "breakers", name, "reset")
    asked = {"reason": reason} | ({"key": key} if key is not None else {})
    body = session.confirm(totp, "POST", path, asked)

    def render() -> Text:
        left = ", ".join(body["breakers"]) or "none"
        return Text(f"{body['name']} is reset: {body['trading_state']}, still tripped: {left}")

    emit(output, body, render)
