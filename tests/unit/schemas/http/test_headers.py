"""A header that counts may be given once, in any spelling and either map."""

from __future__ import annotations

import pytest

from riskgate.core.errors import InvalidRequest
from riskgate.schemas.http.headers import single_header


@pytest.mark.parametrize(
    ("headers", "multi", "expected"),
    [
        (None, None, None),
        ({}, {}, None),
        ({"Accept": "x"}, {"Accept": ["x"]}, None),
        ({"X-TOTP": "1"}, None, "1"),
        ({"x-totp": "1"}, {"x-totp": ["1"]}, "1"),
        (None, {"X-Totp": ["1"]}, "1"),
    ],
)
def test_single_header_when_given_at_most_once_then_its_value(
    headers: dict[str, str] | None, multi: dict[str, list[str]] | None, expected: str | None
) -> None:
    assert single_header(headers, multi, "X-TOTP") == expected


@pytest.mark.parametrize(
    ("headers", "multi"),
    [
        ({"X-TOTP": "2"}, {"X-TOTP": ["1", "2"]}),
        ({"X-TOTP": "1"}, {"X-TOTP": ["1", "1"]}),
        ({"X-TOTP": "1", "x-totp": "1"}, None),
        (None, {"X-TOTP": ["1"], "x-totp": ["2"]}),
        ({"X-TOTP": "1"}, {"X-TOTP": ["2"]}),
    ],
)
def test_single_header_when_given_twice_then_invalid_request(
    headers: dict[str, str] | None, multi: dict[str, list[str]] | None
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        single_header(headers, multi, "X-TOTP")

    assert caught.value.code == "HEADER_REPEATED"
