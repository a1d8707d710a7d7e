"""SQS and SNS as processes see them, and what stands behind: at least once, groups in order, visibility, dead letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from tests.simulation.database import refusal
from tests.simulation.scheduler import SECOND, Process

if TYPE_CHECKING:
    from tests.simulation.world import World

URL = "https://sqs.invalid"
READ_TIMEOUT_SECONDS = 0.8
DEDUPLICATION_US = 300 * SECOND


@dataclass(kw_only=True, eq=False)
class Message:
    """One message of a queue; `visible_us`: from when on it may be taken (again)."""

    message_id: str
    body: str
    group: str
    attributes: dict[str, Any]
    visible_us: int
    received: int = 0
    taken: int = 0
    gone: bool = False


@dataclass(kw_only=True)
class Queue:
    """One queue and the function behind it: `deliver` gets a batch, and a callback with the ids that failed."""

    world: World
    name: str
    visibility_seconds: int
    receives_max: int
    batch_size: int = 1
    is_fifo: bool = True
    deliver: Callable[[list[dict[str, Any]], Callable[[set[str] | None], None]], None] | None = None
    messages: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)
    _numbers: int = 0

    @property
    def url(self) -> str:
        """Return the queue's address."""
        return f"{URL}/{self.name}"

    def add(self, body: str, *, group: str = "", identity: str = "", attributes: Any = None, delay: float = 0) -> None:
        """Take a message in, unless it is a repetition."""
        now = self.world.scheduler.now_us
        if identity:
            if now - self._known.get(identity, -DEDUPLICATION_US) < DEDUPLICATION_US:
                return
            self._known[identity] = now
        self._numbers += 1
        at = now + int(delay * SECOND)
        message_id = f"{self.name}-{self._numbers}"
        self.messages.append(
            Message(message_id=message_id, body=body, group=group, attributes=attributes or {}, visible_us=at)
        )
        self._look_at(at)

    def postpone(self, handle: str, seconds: int) -> None:
        """Let a message that is being worked on come again after so many seconds."""
        message = next((m for m in self.messages if self._handle(m) == handle), None)
        if message is not None:
            message.visible_us = self.world.scheduler.now_us + seconds * SECOND
            self._look_at(message.visible_us)

    def pump(self) -> None:
        """Hand out what may be taken: of a group in a FIFO queue nothing while one of it is out."""
        now = self.world.scheduler.now_us
        held = {m.group for m in self.messages if m.taken and m.visible_us > now} if self.is_fifo else set()
        batch: list[Message] = []
        for message in list(self.messages):
            if self.is_fifo and message.group in held:
                continue
            if message.visible_us > now:
                # What failed waits at the head of its group.
                held.add(message.group)
                continue
            if message.received >= self.receives_max:
                self.messages.remove(message)
                self.dead.append(message)
                self.world.counters["dead_letters"] += 1
                continue
            batch.append(message)
            if len(batch) == self.batch_size:
                self._hand_out(batch)
                held |= {m.group for m in batch} if self.is_fifo else set()
                batch = []
        if batch:
            self._hand_out(batch)

    def _hand_out(self, batch: list[Message]) -> None:
        now = self.world.scheduler.now_us
        for message in batch:
            message.received += 1
            message.taken += 1
            message.visible_us = now + self.visibility_seconds * SECOND
            self._look_at(message.visible_us)
        handles = {m.message_id: self._handle(m) for m in batch}

        def done(failed: set[str] | None) -> None:
            for message in batch:
                is_ours = self._handle(message) == handles[message.message_id]
                if failed is None or message.message_id in failed or not is_ours:
                    continue
                if self.world.faults.happens("queue.ack_lost"):
                    continue
                if message in self.messages:
                    self.messages.remove(message)
            self._look_at(self.world.scheduler.now_us)

        assert self.deliver is not None
        self.deliver([self._record(m) for m in batch], done)

    def _look_at(self, at_us: int) -> None:
        delay = 0.002 if not self.world.faults.happens("queue.late") else self.world.chance.uniform(0.1, 5)
        self.world.scheduler.call_at(at_us + int(delay * SECOND), self.pump)

    def _handle(self, message: Message) -> str:
        return f"{message.message_id}/{message.taken}"

    def _record(self, message: Message) -> dict[str, Any]:
        return {
            "messageId": message.message_id,
            "receiptHandle": self._handle(message),
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.received),
                "MessageGroupId": message.group,
                "SentTimestamp": "0",
            },
            "messageAttributes": {
                name: {"dataType": value["DataType"], "stringValue": value["StringValue"]}
                for name, value in message.attributes.items()
            },
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{self.name}",
            "awsRegion": "us-east-1",
        }


class SimSqs:
    """One process's client of all queues and topics."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    def send_message(self, **request: Any) -> Any:
        """Append one message."""
        return self._call("SendMessage", lambda: self._append(request["QueueUrl"], request))

    def send_message_batch(self, **request: Any) -> Any:
        """Append several messages."""

        def append() -> None:
            for entry in request["Entries"]:
                self._append(request["QueueUrl"], entry)

        return self._call("SendMessageBatch", append)

    def change_message_visibility(self, **request: Any) -> Any:
        """Say when a message comes again."""
        queue = self._world.queues[request["QueueUrl"]]
        return self._call(
            "ChangeMessageVisibility", lambda: queue.postpone(request["ReceiptHandle"], request["VisibilityTimeout"])
        )

    def publish(self, **request: Any) -> Any:
        """Publish to the alert topic."""
        return self._call("Publish", lambda: self._world.published.append(request))

    def _append(self, url: str, entry: dict[str, Any]) -> None:
        self._world.queues[url].add(
            entry["MessageBody"],
            group=entry.get("MessageGroupId", ""),
            identity=entry.get("MessageDeduplicationId", ""),
            attributes=entry.get("MessageAttributes"),
            delay=entry.get("DelaySeconds", 0),
        )

    def _call(self, operation: str, perform: Callable[[], object]) -> Any:
        """Send a request, and once more where botocore would."""
        world = self._world
        for attempt in (1, 2):
            world.step(self._process)
            if world.faults.happens("queue.throttled"):
                fault: Exception = refusal(operation, "ThrottlingException")
            elif world.faults.happens("queue.request_lost"):
                world.scheduler.pause(READ_TIMEOUT_SECONDS)
                fault = ReadTimeoutError(endpoint_url=URL)
            else:
                perform()
                world.step(self._process)
                if not world.faults.happens("queue.answer_lost"):
                    return {}
                fault = ConnectionClosedError(endpoint_url=URL)
            if attempt == 2:
                raise fault
        raise AssertionError
