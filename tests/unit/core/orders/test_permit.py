"""Permits: good for exactly this order on these terms, until they end, and for nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.orders.permit import PermitVerdict, check_permit, sign_permit
from tests.support.builders import NOW, SECOND

KEY = b"k" * 32
TERMS = {"account_id": "demo", "order_id": "o1", "terms_hash": "h"}
PERMIT = sign_permit(KEY, **TERMS, expires_at=NOW)


def check(permit: str = PERMIT, key: bytes = KEY, ago: timedelta = SECOND, **changes: str) -> PermitVerdict:
    terms = TERMS | changes
    return check_permit(
        key,
        permit,
        account_id=terms["account_id"],
        order_id=terms["order_id"],
        terms_hash=terms["terms_hash"],
        now=NOW - ago,
    )


@pytest.mark.parametrize(
    ("ago", "verdict"),
    [
        (SECOND, PermitVerdict.VALID),
        (timedelta(microseconds=1), PermitVerdict.VALID),
        (timedelta(), PermitVerdict.EXPIRED),
        (-SECOND, PermitVerdict.EXPIRED),
    ],
)
def test_permit_when_its_time_is_over_then_expired(ago: timedelta, verdict: PermitVerdict) -> None:
    assert check(ago=ago) is verdict


@pytest.mark.parametrize("name", sorted(TERMS))
def test_permit_when_of_other_terms_or_another_key_then_forged(name: str) -> None:
    assert check(**{name: "other"}) is PermitVerdict.FORGED
    assert check(key=b"x" * 32) is PermitVerdict.FORGED
    assert check(ago=-SECOND, **{name: "other"}) is PermitVerdict.FORGED, "no matter when"


@given(st.text(max_size=90))
def test_permit_when_it_is_any_text_then_forged(text: str) -> None:
    assert check(text) is PermitVerdict.FORGED


def test_permit_when_its_end_was_moved_then_forged() -> None:
    seconds, mac = PERMIT.split(".")
    for end in (int(seconds) + 1, f"0{seconds}0", f"-{seconds}", "", "²"):
        assert check(f"{end}.{mac}") is PermitVerdict.FORGED
    assert check(f"{seconds}.{mac.upper()}") is PermitVerdict.FORGED
