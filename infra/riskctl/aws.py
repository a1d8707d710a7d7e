"""The gateway's tables and secrets, reached with the operator's own AWS credentials."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.riskctl.errors import CliError, ExitCode
from infra.riskctl.target import Tables, Target
from riskgate.adapters.aws.archive import AuditArchive
from riskgate.adapters.aws.seals import SealedHeads
from riskgate.adapters.dynamodb.exchange_keys import DynamoKeyStore
from riskgate.adapters.dynamodb.restored import RestoredTables
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.app.audit.whole_log import WholeLog
from riskgate.app.ledger.commit_event import Deps

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from riskgate.app.ports.store import Store

_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})

#: A function may take minutes, and is not run twice for want of an answer.
_LONG_CONFIG = Config(connect_timeout=3, read_timeout=150, retries={"total_max_attempts": 1, "mode": "standard"})

_SEEDS = "TotpSecretArn"
_FRONT_DOOR_MASTER = "FrontDoorSecretArn"


class Aws:
    """Clients of one target, made on first use."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._session = target.session

    @cached_property
    def tables(self) -> Tables:
        """Return the table names, or say how to name them."""
        if self._target.tables is None:
            raise CliError("this command works on the tables: give the stack with --stack-name")
        return self._target.tables

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """Return the DynamoDB client."""
        return self._session.client("dynamodb", endpoint_url=self._target.endpoint_url, config=_CONFIG)

    @cached_property
    def secretsmanager(self) -> SecretsManagerClient:
        """Return the Secrets Manager client."""
        return self._session.client("secretsmanager", endpoint_url=self._target.endpoint_url, config=_CONFIG)

    @cached_property
    def store(self) -> DynamoStore:
        """Return the gateway's own store."""
        tables = self.tables
        return DynamoStore(
            self.dynamodb, state_table=tables.state, control_table=tables.control, audit_table=tables.audit
        )

    @cached_property
    def restored(self) -> RestoredTables:
        """Return what writes accounts as their log has them."""
        return RestoredTables(self.dynamodb, state_table=self.tables.state, control_table=self.tables.control)

    def client(self, service: str) -> Any:
        """Return the client of another service."""
        return self._session.client(service, endpoint_url=self._target.endpoint_url, config=_CONFIG)  # type: ignore[call-overload]

    def output(self, name: str) -> str:
        """Return one output of the stack; CliError where it has none of the name."""
        return self._target.require_output(name)

    @property
    def stack_name(self) -> str:
        """Return the stack's name; CliError where none is named."""
        if self._target.stack_name is None:
            raise CliError("this command works on the stack itself: name it with --stack-name")
        return self._target.stack_name

    @cached_property
    def seals(self) -> SealedHeads | None:
        """Return where sealed heads of the log are kept, None where no stack says that."""
        try:
            outputs = self._target.outputs
            bucket, key_id = outputs["SealBucketName"], outputs["SealKeyArn"]
        except (CliError, KeyError):
            return None
        return SealedHeads(s3=self.client("s3"), kms=self.client("kms"), bucket=bucket, key_id=key_id)

    @cached_property
    def log(self) -> Store:
        """Return the store, whose log is whole: what is archived, too, where a stack says where that is."""
        try:
            bucket = self._target.outputs["ArchiveBucketName"]
        except (CliError, KeyError):
            return self.store
        whole: Any = WholeLog(self.store, AuditArchive(s3=self.client("s3"), bucket=bucket))
        log: Store = whole
        return log

    @property
    def market_secret_prefix(self) -> str | None:
        """Return what the names of the venues' own secrets begin with, None where no stack is named."""
        return f"{self._target.stack_name}/market/" if self._target.stack_name is not None else None

    @property
    def deps(self) -> Deps:
        """Return what the use cases need."""
        return Deps(store=self.store)

    @cached_property
    def tokens(self) -> DynamoTokenStore:
        """Return where tokens are kept."""
        return DynamoTokenStore(self.dynamodb, self.tables.control)

    @cached_property
    def keys(self) -> DynamoKeyStore:
        """Return where keys of the front door are kept."""
        return DynamoKeyStore(self.dynamodb, self.tables.control)

    @cached_property
    def actor(self) -> str:
        """Return who the AWS credentials belong to, as the audit log names them."""
        client: Any = self._session.client("sts", endpoint_url=self._target.endpoint_url, config=_CONFIG)
        try:
            return f"aws:{client.get_caller_identity()['Arn']}"
        except (BotoCoreError, ClientError) as error:
            raise unavailable("AWS does not say whose credentials these are", error) from error

    def invoke(self, output: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Run one of the stack's functions, named by an output of the stack, and return its answer."""
        name = self._target.require_output(output)
        client: Any = self._session.client("lambda", endpoint_url=self._target.endpoint_url, config=_LONG_CONFIG)
        try:
            answer = client.invoke(FunctionName=name, Payload=json.dumps(payload).encode())
        except (BotoCoreError, ClientError) as error:
            raise unavailable("the function could not be run", error) from error
        body: Any = json.loads(answer["Payload"].read())
        if answer.get("FunctionError") or not isinstance(body, dict):
            detail = body.get("errorMessage", "") if isinstance(body, dict) else "it did not answer: look at its log"
            raise CliError(f"the function failed: {detail}", ExitCode.UNAVAILABLE)
        return body

    def read_secret(self, secret_id: str, stage: str = "AWSCURRENT") -> str | None:
        """Return a secret's text, None where it has none of that stage: CloudFormation makes them without a value."""
        try:
            return self.secretsmanager.get_secret_value(SecretId=secret_id, VersionStage=stage)["SecretString"]
        except self.secretsmanager.exceptions.ResourceNotFoundException:
            return None
        except (BotoCoreError, ClientError) as error:
            raise unavailable("the secret cannot be read", error) from error

    def write_secret(self, secret_id: str, text: str) -> None:
        """Replace a secret's text."""
        try:
            self.secretsmanager.put_secret_value(SecretId=secret_id, SecretString=text)
        except (BotoCoreError, ClientError) as error:
            raise unavailable("the secret was not stored", error) from error

    def read_front_door_master(self) -> str:
        """Return what the secrets of the front door's keys are derived from."""
        text = self.read_secret(self._target.require_output(_FRONT_DOOR_MASTER))
        if text is None:
            raise CliError("the front door's master key has no value")
        return text

    def read_seeds(self) -> dict[str, str]:
        """Return the one-time code seeds by operator; a secret without a value has none."""
        text = self.read_secret(self._target.require_output(_SEEDS))
        return dict(json.loads(text)) if text else {}

    def write_seeds(self, seeds: dict[str, str]) -> None:
        """Replace the one-time code seeds."""
        self.write_secret(self._target.require_output(_SEEDS), json.dumps(seeds))


def unavailable(what: str, error: Exception) -> CliError:
    """Return the failure of an AWS call as one line."""
    return CliError(f"{what}: {error}", ExitCode.UNAVAILABLE)
