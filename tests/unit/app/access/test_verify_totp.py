"""One-time codes against RFC 6238's own vectors, and the width of the window."""

from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime

import pytest

from riskgate.app.access.verify_totp import match_step
from riskgate.core.errors import Forbidden

# RFC 6238 appendix B, SHA-1, seed "12345678901234567890"; the last six of the eight digits given there.
SEED = b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


@pytest.mark.parametrize(("second", "code"), VECTORS)
def test_match_step_when_rfc_vector_then_its_step(second: int, code: str) -> None:
    assert match_step(code, SEED, datetime.fromtimestamp(second, UTC)) == second // 30


@pytest.mark.parametrize(("second", "code"), VECTORS[1:])
@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_match_step_when_clock_is_off_then_one_step_is_accepted(
    second: int, code: str, steps: int, accepted: bool
) -> None:
    step = second // 30

    assert match_step(code, SEED, datetime.fromtimestamp((step + steps) * 30, UTC)) == (step if accepted else None)


@pytest.mark.parametrize(
    "code", ["287083", "000000", "28708", "2870820", " 287082", "\uff12\uff18\uff17\uff10\uff18\uff12", ""]
)
def test_match_step_when_code_is_another_text_then_none(code: str) -> None:
    assert match_step(code, SEED, datetime.fromtimestamp(59, UTC)) is None


@pytest.mark.parametrize("seed", ["", "not base32!", "JBSWY3DPEHPK3PXP", "11111111111111111111111111111111"])
def test_match_step_when_seed_is_unusable_then_not_enrolled_and_not_quoted(seed: str) -> None:
    with pytest.raises(Forbidden) as caught:
        match_step("287082", seed, datetime.fromtimestamp(59, UTC))

    assert caught.value.code == "TOTP_NOT_ENROLLED"
    assert not seed or seed not in caught.value.detail
    assert caught.value.__suppress_context__
