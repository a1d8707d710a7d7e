"""Doing what needs a person's one-time code on a running stack, where others use codes too."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pyotp

from tests.support.waiting import wait_for


def with_code(totp_secret: str, ask: Callable[[dict[str, str]], httpx.Response]) -> httpx.Response:
    """Return the answer to `ask`, which is given the header with a code; a code is good once, so it may wait."""

    def try_code() -> list[httpx.Response]:
        # This half minute's or the next one's: that of the last may be too old before a busy machine looks at it.
        code = pyotp.TOTP(totp_secret).at(datetime.now(UTC), counter_offset=secrets.randbelow(2))
        answer = ask({"X-TOTP": code})
        return [] if answer.json().get("code") == "TOTP_REPLAYED" else [answer]

    return wait_for(try_code, every=1)[0]
