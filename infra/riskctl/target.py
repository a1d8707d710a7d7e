"""Which gateway a command works on: the local stack, a CloudFormation stack, or an address and a token."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.local.settings import DUMMY_CREDENTIALS, STACK_NAME, LocalError, load_settings
from infra.riskctl.errors import CliError, ExitCode

if TYPE_CHECKING:
    import boto3


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What the person said about where to connect; None where nothing was said."""

    stack_file: Path | None = None
    stack_name: str | None = None
    api_url: str | None = None
    token: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Names of the three DynamoDB tables."""

    state: str
    control: str
    audit: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """One gateway. A part that is None is not known, and commands that need it say so.

    `credentials` are given only for an emulator, which checks none; elsewhere AWS's own chain applies.
    """

    api_url: str | None
    token: str | None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    credentials: tuple[str, str] | None = None
    stack_name: str | None = None
    tables: Tables | None = None
    totp_seed: str | None = None
    account_id: str | None = None

    @cached_property
    def session(self) -> boto3.Session:
        """Return the AWS session with this target's credentials: made once, so that none is asked for twice."""
        # Here and below: a command that asks the API alone does not wait for AWS's library.
        import boto3  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        key_id, secret = self.credentials or (None, None)
        try:
            return boto3.Session(
                profile_name=self.profile,
                region_name=self.region,
                aws_access_key_id=key_id,
                aws_secret_access_key=secret,
            )
        except BotoCoreError as error:
            raise CliError(str(error)) from error

    @cached_property
    def outputs(self) -> dict[str, str]:
        """Return the outputs of the CloudFormation stack, read once; CliError when none is named or readable."""
        if self.stack_name is None:
            raise CliError("this command works on the stack itself: name it with --stack-name")
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            client = self.session.client("cloudformation", endpoint_url=self.endpoint_url)
            found: Any = client.describe_stacks(StackName=self.stack_name)["Stacks"][0]
        except (BotoCoreError, ClientError) as error:
            raise CliError(f"the stack {self.stack_name} is not readable: {error}", ExitCode.UNAVAILABLE) from error
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def require_output(self, name: str, hint: str = "") -> str:
        """Return one output of the stack; CliError, with a hint, where there is none of the name."""
        if name not in self.outputs:
            raise CliError(f"the stack {self.stack_name} has no output {name}{hint}")
        return self.outputs[name]


def resolve_target(connection: Connection) -> Target:
    """Return the gateway to work on: a named stack, a given address, else the running local stack."""
    if connection.stack_name is not None:
        target = _from_cloudformation(connection, connection.stack_name)
    elif connection.api_url is not None and connection.stack_file is None:
        target = Target(
            api_url=None,
            token=None,
            profile=connection.profile,
            region=connection.region,
            endpoint_url=connection.endpoint_url,
        )
    else:
        target = _from_stack_file(connection.stack_file or _local_stack_file())
    return replace(
        target,
        api_url=connection.api_url or target.api_url,
        token=connection.token or target.token,
    )


def _local_stack_file() -> Path:
    try:
        path = load_settings().stack_file
    except LocalError as error:
        raise CliError(str(error)) from error
    if not path.is_file():
        raise CliError("no local stack runs (make up); name another with --stack-name, or --api-url and --token")
    return path


def _from_stack_file(path: Path) -> Target:
    try:
        stack = json.loads(path.read_text(encoding="utf-8"))
        return Target(
            api_url=stack["api_url"],
            token=stack["tokens"]["admin"],
            region=stack["region"],
            endpoint_url=stack["aws_endpoint_url"],
            credentials=(DUMMY_CREDENTIALS["AWS_ACCESS_KEY_ID"], DUMMY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"]),
            tables=Tables(**stack["tables"]),
            totp_seed=stack["totp_secret"],
            stack_name=STACK_NAME,
            account_id=stack["account_id"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CliError(f"{path} is not readable as a stack: {type(error).__name__}: {error}") from error


def _from_cloudformation(connection: Connection, stack_name: str) -> Target:
    target = Target(
        api_url=None,
        token=None,
        profile=connection.profile,
        region=connection.region,
        endpoint_url=connection.endpoint_url,
        stack_name=stack_name,
    )
    outputs = target.outputs
    try:
        tables = Tables(
            state=outputs["StateTableName"],
            control=outputs["ControlTableName"],
            audit=outputs["AuditTableName"],
        )
        return replace(target, api_url=outputs["ApiUrl"], tables=tables)
    except KeyError as error:
        raise CliError(f"the stack {stack_name} has no output {error}: it is not a risk gateway") from error
