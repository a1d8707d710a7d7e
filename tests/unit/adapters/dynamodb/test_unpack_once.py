"""What many decisions read is kept decoded under all of its bytes: another text is never answered with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.dynamodb.documents import (
    LONG_MAX,
    SCHEMA,
    pack_document,
    unpack_document,
    unpack_once,
    write_document,
)
from riskgate.core.errors import DocumentTooNew
from riskgate.core.instrument import Quote
from riskgate.core.limits import Limits
from riskgate.schemas.codec import encode, sha256_hex
from tests.support.builders import build_quote

LIMITS = Limits(order_notional_max=Decimal(1000))


@pytest.mark.parametrize("write", [write_document, pack_document])
def test_document_when_read_again_then_the_same_one_with_its_digest(write: Any) -> None:
    first, digest = unpack_once(write(LIMITS), Limits)
    again, _ = unpack_once(write(LIMITS), Limits)
    assert first is again
    assert first == LIMITS
    assert digest == sha256_hex(encode(LIMITS))


@pytest.mark.parametrize("write", [write_document, pack_document])
def test_document_when_it_changed_then_read_as_it_is_now(write: Any) -> None:
    unpack_once(write(LIMITS), Limits)
    for number in range(2 * LONG_MAX):
        changed = replace(LIMITS, order_notional_max=Decimal(number))
        found, digest = unpack_once(write(changed), Limits)
        assert found == changed == unpack_document(write(changed), Limits)
        assert digest == sha256_hex(encode(changed))


def test_document_when_a_newer_build_wrote_it_then_refused_although_its_text_is_known() -> None:
    item = write_document(LIMITS)
    unpack_once(item, Limits)
    newer = item | {SCHEMA: {"N": "99"}, "oldest_reader": {"N": "99"}, "shape": {"S": "other"}}
    with pytest.raises(DocumentTooNew):
        unpack_once(newer, Limits)


def test_document_when_an_earlier_version_wrote_it_then_read_with_its_digest() -> None:
    item = {"document": write_document(LIMITS)["document"]}
    assert unpack_once(item, Limits) == (LIMITS, sha256_hex(encode(LIMITS)))


def test_quote_when_it_moved_then_read_as_it_is_now_however_many_are_known() -> None:
    quotes = [build_quote(symbol=f"ASSET{number}/USDT", last=100) for number in range(300)]
    for _ in range(2):
        found = [unpack_once(write_document(quote), Quote)[0] for quote in quotes]
        assert found == quotes
    moved = [replace(quote, last=Decimal(101)) for quote in quotes]
    assert [unpack_once(write_document(quote), Quote)[0] for quote in moved] == moved
    assert unpack_once(write_document(quotes[0]), Quote)[0] is found[0]
