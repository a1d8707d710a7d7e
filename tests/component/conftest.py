"""The fixtures of every component test: AWS in this process, and a gateway with one registered account."""

import pytest

from riskgate.app.ledger import commit_event
from riskgate.schemas.codec import encode
from tests.support.aws import aws, lambda_context, log_output
from tests.support.fixtures import gateway, phone, traveller, virtual_time, wire
from tests.support.views import views

__all__ = ["aws", "gateway", "lambda_context", "log_output", "phone", "traveller", "views", "virtual_time", "wire"]


@pytest.fixture(autouse=True)
def _documents_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare every account document that is written with one that is encoded anew: no bytes of before stay in it."""
    write = commit_event.encode_successor

    def compared[T](new: T, old: T, text: bytes) -> bytes:
        written = write(new, old, text)
        assert written == encode(new)
        return written

    monkeypatch.setattr(commit_event, "encode_successor", compared)
