"""S3 and KMS as the audit seal sees them: objects that stay as they were first put, and a key that nobody else uses."""

from __future__ import annotations

import hmac
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from tests.simulation.database import refusal

if TYPE_CHECKING:
    from tests.simulation.scheduler import Process
    from tests.simulation.world import World

URL = "https://s3.invalid"
READ_TIMEOUT_SECONDS, SENDS_MAX = 0.8, 2
KEY = b"a simulation's own"


@dataclass(kw_only=True)
class Bucket:
    """What was put, and what somebody tried to put over it."""

    name: str = "seals"
    objects: dict[str, bytes] = field(default_factory=dict)
    written_over: list[str] = field(default_factory=list)


class _Client:
    """What both services have in common: requests and answers get lost, and botocore asks once more."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    def _ask[T](self, perform: Callable[[], T]) -> T:
        world, happens = self._world, self._world.faults.happens
        for attempt in range(1, SENDS_MAX + 1):
            world.step(self._process)
            fault: Exception
            if happens("bucket.request_lost"):
                world.scheduler.pause(READ_TIMEOUT_SECONDS)
                fault = ReadTimeoutError(endpoint_url=URL)
            else:
                answer = perform()
                world.step(self._process)
                if not happens("bucket.answer_lost"):
                    return answer
                fault = ConnectionClosedError(endpoint_url=URL)
            if attempt == SENDS_MAX:
                raise fault
        raise AssertionError


class SimS3(_Client):
    """One process's client of a bucket."""

    def __init__(self, world: World, process: Process, bucket: Bucket) -> None:
        super().__init__(world, process)
        self._bucket = bucket

    def get_object(self, **request: Any) -> Any:
        """Return an object."""

        def get() -> Any:
            data = self._bucket.objects.get(request["Key"])
            if data is None:
                raise refusal("GetObject", "NoSuchKey")
            return {"Body": io.BytesIO(data)}

        return self._ask(get)

    def put_object(self, **request: Any) -> Any:
        """Store an object; one that is there stays where the request says so."""

        def put() -> Any:
            key = request["Key"]
            if key in self._bucket.objects:
                if request.get("IfNoneMatch") == "*":
                    raise refusal("PutObject", "PreconditionFailed")
                self._bucket.written_over.append(key)
            self._bucket.objects[key] = request["Body"]
            return {}

        return self._ask(put)

    def list_objects_v2(self, **request: Any) -> Any:
        """List the first keys under a prefix."""
        found = sorted(key for key in self._bucket.objects if key.startswith(request["Prefix"]))
        return self._ask(lambda: {"Contents": [{"Key": key} for key in found[: request["MaxKeys"]]]})


class SimKms(_Client):
    """One process's client of the seal's key."""

    def generate_mac(self, **request: Any) -> Any:
        """Seal a message."""
        return self._ask(lambda: {"Mac": hmac.new(KEY, request["Message"], sha256).digest()})

    def verify_mac(self, **request: Any) -> Any:
        """Refuse a message that was not sealed."""

        def verify() -> Any:
            if not hmac.compare_digest(hmac.new(KEY, request["Message"], sha256).digest(), request["Mac"]):
                raise refusal("VerifyMac", "KMSInvalidMacException")
            return {"MacValid": True}

        return self._ask(verify)
