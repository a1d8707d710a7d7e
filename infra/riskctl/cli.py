"""The root command: where to connect, what each command loads, and what every failure looks like."""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command_from_info, get_group_from_info
from typer.models import CommandInfo, TyperInfo

from infra.riskctl.errors import CliError, ExitCode, to_cli_error
from infra.riskctl.session import Session
from infra.riskctl.target import Connection
from riskgate.core.errors import GatewayError

if TYPE_CHECKING:
    from typer._click import Command

#: Each command's module and what it is called there, in the order of the help. A module is loaded when it is named.
COMMANDS = {
    "status": ("status", "show_status"),
    "preflight": ("preflight", "check_preflight"),
    "promote": ("promote", "promote_account"),
    "accounts": ("accounts", "list_accounts"),
    "performance": ("performance", "show_performance"),
    "top": ("top", "show_top"),
    "kill": ("kill", "app"),
    "limits": ("limits", "app"),
    "token": ("tokens", "app"),
    "key": ("keys", "app"),
    "webhook": ("webhooks", "app"),
    "order": ("orders", "app"),
    # With it come the commands of its other module.
    "audit": ("repair", "app"),
    "trace": ("trace", "show_trace"),
    "breaker": ("breakers", "app"),
    "locks": ("locks", "app"),
    "exit": ("exits", "exit_positions"),
    "exits": ("exits", "app"),
    "hedge": ("hedge", "hedge_account"),
    "telegram": ("telegram", "app"),
    "recon": ("recon", "app"),
    "risk": ("risk", "app"),
    "report": ("report", "write_report"),
    "totp": ("totp", "app"),
    # With them come those of the venue's other module.
    "venue": ("rotate", "app"),
}


class LazyCommands(MutableMapping[str, "Command"]):
    """The commands by name, each loaded when it is first asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        if name not in self._loaded:
            self._loaded[name] = _load(name, *COMMANDS[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError("commands stay")

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _load(name: str, module: str, attribute: str) -> Command:
    found = getattr(import_module(f"infra.riskctl.{module}"), attribute)
    if not isinstance(found, typer.Typer):
        info = CommandInfo(name=name, callback=found)
        return get_command_from_info(info, pretty_exceptions_short=True, rich_markup_mode=None)
    return get_group_from_info(
        TyperInfo(found, name=name), pretty_exceptions_short=True, rich_markup_mode=None, suggest_commands=True
    )


class RootGroup(TyperGroup):
    """Turns failures into one readable message and the exit code that scripts rely on."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = LazyCommands()

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CliError as error:
            failure = error
        except GatewayError as error:
            failure = to_cli_error(error)
        except Exception as error:
            if not _is_of_aws(error):
                raise
            failure = CliError(f"AWS: {error}", ExitCode.UNAVAILABLE)
        typer.echo(failure.message, err=True)
        raise typer.Exit(failure.exit_code)


def _is_of_aws(error: Exception) -> bool:
    """Tell whether AWS's library raised it; where that was never loaded, it did not."""
    library = sys.modules.get("botocore.exceptions")
    return library is not None and isinstance(error, library.BotoCoreError)


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
