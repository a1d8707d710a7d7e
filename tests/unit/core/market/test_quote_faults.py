"""Quotes that are not fit for use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from riskgate.core.instrument import Quote
from riskgate.core.market.quote_faults import AGE_MAX, AHEAD_MAX, QuoteFault, find_quote_fault

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
GOOD = Quote(venue="binance", symbol="BTC/USDT", at=NOW, bid=Decimal(99), ask=Decimal(101), last=Decimal(100))
JUST = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"bid": Decimal(101)}, None),
        ({"bid": Decimal("101.01")}, QuoteFault.CROSSED),
        ({"bid": None}, QuoteFault.ONE_SIDED),
        ({"ask": None}, QuoteFault.ONE_SIDED),
        ({"bid": Decimal(0)}, QuoteFault.ONE_SIDED),
        ({"ask": Decimal(-1)}, QuoteFault.ONE_SIDED),
        ({"last": None, "volume_24h": None}, None),
        ({"at": NOW - AGE_MAX}, None),
        ({"at": NOW - AGE_MAX - JUST}, QuoteFault.STALE),
        ({"at": NOW + AHEAD_MAX}, None),
        ({"at": NOW + AHEAD_MAX + JUST}, QuoteFault.AHEAD),
    ],
)
def test_quote_when_examined_then_fault_is_named(changes: dict[str, object], fault: QuoteFault | None) -> None:
    assert find_quote_fault(replace(GOOD, **changes), NOW) is fault  # type: ignore[arg-type]
