"""What seldom changes is kept decoded under all of its bytes: another text is never answered with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.dynamodb.documents import (
    KNOWN_MAX,
    SCHEMA,
    pack_document,
    read_seldom_changed,
    unpack_document,
    write_document,
)
from riskgate.core.errors import DocumentTooNew
from riskgate.core.limits import Limits
from riskgate.schemas.codec import encode, sha256_hex

LIMITS = Limits(order_notional_max=Decimal(1000))


@pytest.mark.parametrize("write", [write_document, pack_document])
def test_document_when_read_again_then_the_same_one_with_its_digest(write: Any) -> None:
    first, digest = read_seldom_changed(write(LIMITS), Limits)
    again, _ = read_seldom_changed(write(LIMITS), Limits)
    assert first is again
    assert first == LIMITS
    assert digest == sha256_hex(encode(LIMITS))


@pytest.mark.parametrize("write", [write_document, pack_document])
def test_document_when_it_changed_then_read_as_it_is_now(write: Any) -> None:
    read_seldom_changed(write(LIMITS), Limits)
    for number in range(2 * KNOWN_MAX):
        changed = replace(LIMITS, order_notional_max=Decimal(number))
        found, digest = read_seldom_changed(write(changed), Limits)
        assert found == changed == unpack_document(write(changed), Limits)
        assert digest == sha256_hex(encode(changed))


def test_document_when_a_newer_build_wrote_it_then_refused_although_its_text_is_known() -> None:
    item = write_document(LIMITS)
    read_seldom_changed(item, Limits)
    newer = item | {SCHEMA: {"N": "99"}, "oldest_reader": {"N": "99"}, "shape": {"S": "other"}}
    with pytest.raises(DocumentTooNew):
        read_seldom_changed(newer, Limits)


def test_document_when_an_earlier_version_wrote_it_then_read_with_its_digest() -> None:
    item = {"document": write_document(LIMITS)["document"]}
    assert read_seldom_changed(item, Limits) == (LIMITS, sha256_hex(encode(LIMITS)))
