"""How long a venue that refused wants nothing, in each venue's own headers."""

from __future__ import annotations

import pytest
from requests.structures import CaseInsensitiveDict

from riskgate.adapters.exchange.rate_limits import find_wait

NOW_S = 1_772_625_600


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"X-Bapi-Limit-Reset-Timestamp": f"{NOW_S}500"}, 1),
        ({"x-gate-ratelimit-reset-timestamp": str(NOW_S + 9)}, 9),
        ({"X-Gate-RateLimit-Reset-Timestamp": str(NOW_S - 9)}, 1),
        ({"gw-ratelimit-reset": "12341"}, 13),
        ({"gw-ratelimit-reset": "0"}, 1),
        ({"gw-ratelimit-reset": "soon"}, None),
        ({}, None),
    ],
)
def test_wait_when_a_venue_says_it_in_its_headers_then_in_seconds(headers: dict[str, str], seconds: int | None) -> None:
    assert find_wait(CaseInsensitiveDict(headers), NOW_S * 1_000_000) == seconds
