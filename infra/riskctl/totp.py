"""``riskctl totp``: enrol an operator's authenticator; show the local stack's current code."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import segno
import typer
from pyotp import TOTP, random_base32
from rich.text import Text

from infra.riskctl.errors import CliError
from infra.riskctl.one_time_codes import compute_code, compute_seconds_left
from infra.riskctl.options import OutputOption
from infra.riskctl.output import OutputFormat, emit
from infra.riskctl.session import session_of
from riskgate.core.access.totp import STEP_SECONDS

app = typer.Typer(no_args_is_help=True, help="One-time codes (RFC 6238).")

ISSUER = "risk gateway"


@app.command("code")
def show_code(context: typer.Context, *, output: OutputOption = OutputFormat.TABLE) -> None:
    """Show the current code of a local stack; a real stack's seed stays in the authenticator."""
    seed = session_of(context).target.totp_seed
    if seed is None:
        raise CliError("only a local stack's seed is known here: read the code in your authenticator")
    now = datetime.now(UTC)
    body = {"code": compute_code(seed, now), "seconds_left": compute_seconds_left(now)}
    emit(output, body, lambda: Text(f"{body['code']} ({body['seconds_left']} s left)"))


@app.command("enrol")
def enrol(
    context: typer.Context,
    *,
    operator: Annotated[str, typer.Argument(help="The operator, as named in the tokens.")],
    replace: Annotated[bool, typer.Option(help="Replace the operator's seed. The old one stops working.")] = False,
    output: OutputOption = OutputFormat.TABLE,
) -> None:
    """Give an operator a new seed, stored in Secrets Manager and shown once as a QR code."""
    aws = session_of(context).aws
    seeds = aws.read_seeds()
    if operator in seeds and not replace:
        raise CliError(f"{operator} is already enrolled: --replace makes a new seed")
    seed = random_base32()
    aws.write_seeds({**seeds, operator: seed})
    uri = TOTP(seed, interval=STEP_SECONDS).provisioning_uri(name=operator, issuer_name=ISSUER)
    if output is OutputFormat.TABLE and sys.stdout.isatty():
        segno.make(uri, error="m").terminal(sys.stdout, compact=True)
    emit(
        output,
        {"operator": operator, "seed": seed, "uri": uri},
        lambda: Text(f"{uri}\nScan the code above, or enter {seed} by hand. It is shown once."),
    )
