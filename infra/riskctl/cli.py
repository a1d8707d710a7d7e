"""The root command: where to connect, and what every failure looks like."""

from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError
from typer.core import TyperGroup

from infra.riskctl import (
    audit,
    breakers,
    exits,
    hedge,
    kill,
    limits,
    locks,
    orders,
    recon,
    report,
    risk,
    rotate,
    status,
    telegram,
    tokens,
    totp,
    venue,
)
from infra.riskctl.errors import CliError, ExitCode, to_cli_error
from infra.riskctl.session import Session
from infra.riskctl.target import Connection
from riskgate.core.errors import GatewayError


class RootGroup(TyperGroup):
    """Turns failures into one readable message and the exit code that scripts rely on."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CliError as error:
            failure = error
        except GatewayError as error:
            failure = to_cli_error(error)
        except BotoCoreError as error:
            failure = CliError(f"AWS: {error}", ExitCode.UNAVAILABLE)
        typer.echo(failure.message, err=True)
        raise typer.Exit(failure.exit_code)


app = typer.Typer(
    cls=RootGroup,
    name="riskctl",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=(
        "Operate the risk gateway. Without options it works on the local stack (make up). Elsewhere name "
        "the CloudFormation stack (tables, secrets) and pass a token (API).\n\n"
        "Exit codes: 0 ok or approved, 1 the audit has findings, 2 usage or refused, 3 denied, 4 halted, 5 unavailable."
    ),
)
app.command("status")(status.show_status)
app.add_typer(kill.app, name="kill")
app.add_typer(limits.app, name="limits")
app.add_typer(tokens.app, name="token")
app.add_typer(orders.app, name="order")
app.add_typer(audit.app, name="audit")
app.add_typer(breakers.app, name="breaker")
app.add_typer(locks.app, name="locks")
app.command("exit")(exits.exit_positions)
app.add_typer(exits.app, name="exits")
app.command("hedge")(hedge.hedge_account)
app.add_typer(telegram.app, name="telegram")
app.add_typer(recon.app, name="recon")
app.add_typer(risk.app, name="risk")
app.command("report")(report.write_report)
app.add_typer(totp.app, name="totp")
venue.app.command("rotate")(rotate.rotate)
venue.app.command("retire")(rotate.retire)
app.add_typer(venue.app, name="venue")


@app.callback()
def connect(
    context: typer.Context,
    *,
    stack_file: Annotated[
        Path | None, typer.Option(envvar="RISKCTL_STACK_FILE", help="File that describes a local stack.")
    ] = None,
    stack_name: Annotated[
        str | None, typer.Option(envvar="RISKCTL_STACK_NAME", help="CloudFormation stack to read addresses from.")
    ] = None,
    api_url: Annotated[str | None, typer.Option(envvar="RISKCTL_API_URL", help="Base of every route.")] = None,
    token: Annotated[
        str | None, typer.Option(envvar="RISKCTL_TOKEN", help="Bearer token. Better set it in the environment.")
    ] = None,
    profile: Annotated[str | None, typer.Option(envvar="AWS_PROFILE", help="AWS profile.")] = None,
    region: Annotated[str | None, typer.Option(envvar="AWS_REGION", help="AWS region.")] = None,
    endpoint_url: Annotated[
        str | None, typer.Option(envvar="AWS_ENDPOINT_URL", help="Address of an AWS emulator.")
    ] = None,
) -> None:
    """Take down where to connect; nothing is connected yet."""
    connection = Connection(
        stack_file=stack_file,
        stack_name=stack_name,
        api_url=api_url,
        token=token,
        profile=profile,
        region=region,
        endpoint_url=endpoint_url,
    )
    # A caller may hand over a transport instead of the network.
    context.obj = Session(connection, transport=context.obj)
