"""The fixtures of every component test: AWS in this process, and a gateway with one registered account."""

import pytest

from riskgate.app.ledger import commit_event
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.parts import decode_in_parts
from tests.support.aws import aws, lambda_context, log_output
from tests.support.fixtures import gateway, phone, traveller, virtual_time, wire
from tests.support.views import views

__all__ = ["aws", "gateway", "lambda_context", "log_output", "phone", "traveller", "views", "virtual_time", "wire"]


@pytest.fixture(autouse=True)
def _documents_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare every account document with one that is encoded or decoded whole: nothing of before stays in it."""
    write = commit_event.encode_successor

    def compared[T](new: T, old: T, text: bytes) -> bytes:
        written = write(new, old, text)
        assert written == encode(new)
        return written

    monkeypatch.setattr(commit_event, "encode_successor", compared)

    def read_compared[T](text: bytes, kind: type[T]) -> T:
        found = decode_in_parts(text, kind)
        assert found == decode(text, kind)
        return found

    monkeypatch.setattr("riskgate.adapters.dynamodb.items.decode_in_parts", read_compared)
