"""Functions of the gateway that another one asks, and whose answer it waits for, or that are handed work."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from riskgate.adapters.aws.clients import READ_SECONDS
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.aws.outcomes import say
from riskgate.core.errors import InvalidRequest, OutcomeUnknown, Transient
from riskgate.schemas.messages.text import read_message, write_message
from riskgate.schemas.messages.venue_read import VenueReadAnswer
from riskgate.schemas.messages.worked import Worked

if TYPE_CHECKING:
    from riskgate.schemas.messages.order import OrderMessage
    from riskgate.schemas.messages.venue_read import VenueRead

#: 8 s on AWS: exchanges answer within a second or two, and a bot that waits gives up after ten.
ANSWER_SECONDS_MAX = 10 * READ_SECONDS
SERVER_ERROR = 500
#: The key under which a message comes that is no queue's.
DIRECT = "message"


@lazy
def lambda_client() -> Any:
    """Return the shared Lambda client: it asks once, since the answer to a second would come too late."""
    config = Config(
        connect_timeout=0.5,
        read_timeout=ANSWER_SECONDS_MAX,
        retries={"total_max_attempts": 1, "mode": "standard"},
        tcp_keepalive=True,
    )
    return boto3.client("lambda", config=config)


class AskedFunction:
    """One function by its name or ARN."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def ask(self, payload: dict[str, Any]) -> Any:
        """Return what the function answers to a payload.

        Raises Transient: it was surely not called; OutcomeUnknown: it did not answer, or failed.
        """
        try:
            answer = self._client.invoke(FunctionName=self._name, Payload=json.dumps(payload).encode())
            text = answer["Payload"].read()
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            raise Transient(f"the function was not reached: {say(error)}") from error
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= SERVER_ERROR:
                raise OutcomeUnknown(f"the function may have been called: {say(error)}") from error
            raise Transient(f"the function was not called: {say(error)}") from error
        except BotoCoreError as error:
            raise OutcomeUnknown(f"the function did not answer: {say(error)}") from error
        if answer.get("FunctionError"):
            raise OutcomeUnknown("the function failed")
        try:
            return json.loads(text)
        except ValueError as error:
            raise OutcomeUnknown("the function's answer cannot be read") from error

    def send(self, payload: dict[str, Any]) -> None:
        """Hand a payload to the function, and wait for nothing that it does.

        Raises Transient: it may not have been taken; what is sent must be safe to carry out twice.
        """
        try:
            self._client.invoke(FunctionName=self._name, InvocationType="Event", Payload=json.dumps(payload).encode())
        except (ClientError, BotoCoreError) as error:
            raise Transient(f"the function did not take what it was sent: {say(error)}") from error


class LambdaOrderWorker:
    """The order worker, asked directly."""

    def __init__(self, function: AskedFunction) -> None:
        self._function = function

    def carry_out(self, message: OrderMessage) -> Worked:
        """Return what came of a message; see `riskgate.app.ports.worker`."""
        return _read(self._function.ask({DIRECT: write_message(message)}), Worked)


class LambdaVenueReader:
    """The function that asks a venue what a bot may see."""

    def __init__(self, function: AskedFunction) -> None:
        self._function = function

    def read(self, asked: VenueRead) -> VenueReadAnswer:
        """Return what a bot is answered; see `riskgate.app.ports.venue_reader`."""
        return _read(self._function.ask(json.loads(write_message(asked))), VenueReadAnswer)


def _read[T](answer: Any, kind: type[T]) -> T:
    """Return a function's answer. Raises OutcomeUnknown: it is none of its kind; what was asked for may be done."""
    try:
        return read_message(json.dumps(answer), kind)
    except InvalidRequest as error:
        raise OutcomeUnknown("the function's answer cannot be read") from error
