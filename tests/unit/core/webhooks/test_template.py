"""How a sender's body is read: placeholders, figures, ids, times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.errors import InvalidRequest, Unprocessable
from riskgate.core.instrument import MarketType
from riskgate.core.webhooks import template
from riskgate.core.webhooks.symbols import choose, list_candidates
from tests.support.builders import NOW, SECOND

BODY: dict[str, Any] = {
    "side": "buy",
    "size": Decimal("1.500"),
    "live": True,
    "dry": False,
    "none": None,
    "count": 3,
    "order": {"id": "7", "legs": ["a", {"name": "b"}]},
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{side}", "buy"),
        ("{size}", "1.5"),
        ("{live} {dry}", "true false"),
        ("{order.id}-{side}", "7-buy"),
        ("{order.legs.0}", "a"),
        ("{order.legs.1.name}", "b"),
        ("{}", "{}"),
        ("{order.legs.2}", None),
        ("{order.legs.x}", None),
        ("{order.legs.-1}", None),
        ("{order.legs.0.name}", None),
        ("{none}", None),
        ("{unknown}", None),
        ("{side} {unknown}", None),
        ("{unknown} {side}", None),
        ("{count}", None),
    ],
)
def test_template_when_filled_then_with_what_the_body_has_there(text: str, filled: str | None) -> None:
    assert template.fill(text, BODY) == filled


@pytest.mark.parametrize("text", ["{order}", "{order.legs}", "{order.legs.1}"])
def test_template_when_an_object_or_a_list_is_there_then_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        template.fill(text, BODY)
    assert caught.value.code == "WEBHOOK_FIELD_INVALID"
    assert caught.value.detail.startswith(text[1:-1])


def test_template_when_what_is_filled_in_looks_like_a_placeholder_then_it_stays_text() -> None:
    assert template.fill("{a}", {"a": "{b}", "b": "c"}) == "{b}"


@pytest.mark.parametrize(
    ("text", "figure"),
    [(None, None), ("", None), (" NaN ", None), ("null", None), ("None", None), ("n/a", None), (" 1.5 ", "1.5"), ("0", "0")],
)  # fmt: skip
def test_figure_when_read_then_none_for_the_words_for_none(text: str | None, figure: str | None) -> None:
    assert template.read_figure(text) == figure


@pytest.mark.parametrize("text", ["a", "A-1_b.c:d", "x" * 64])
def test_id_when_it_may_be_one_then_it_stays(text: str) -> None:
    assert template.to_client_order_id(text) == text


@given(st.text(max_size=80), st.text(max_size=80))
def test_id_when_made_of_any_text_then_valid_stable_and_its_own(one: str, other: str) -> None:
    made = template.to_client_order_id(one)
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", made)
    assert made == template.to_client_order_id(one)
    assert (made == template.to_client_order_id(other)) == (one == other)


def test_id_when_too_long_or_not_allowed_then_its_beginning_and_a_mark() -> None:
    assert re.fullmatch(r"x{51}-[0-9a-f]{12}", template.to_client_order_id("x" * 65))
    assert re.fullmatch(r"a_b-[0-9a-f]{12}", template.to_client_order_id("a b"))
    assert re.fullmatch(r"-[0-9a-f]{12}", template.to_client_order_id(""))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1795000000", datetime.fromtimestamp(1_795_000_000, UTC)),
        ("1795000000250", datetime.fromtimestamp(1_795_000_000, UTC) + timedelta(milliseconds=250)),
        ("2026-11-18T12:00:00Z", NOW),
        ("2026-11-18T13:00:00+01:00", NOW),
        ("2026-11-18T12:00:01.5Z", NOW + 1.5 * SECOND),
    ],
)
def test_time_when_read_then_the_instant_in_utc(text: str, at: datetime) -> None:
    read = template.read_time(text)
    assert (read, read.tzinfo) == (at, UTC)


@pytest.mark.parametrize(
    "text", ["", "now", "2026-11-18T12:00:00", "179500000", "17950000000", "17950000000001", "2026-13-01T00:00:00Z"]
)
def test_time_when_it_is_no_instant_then_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        template.read_time(text)
    assert caught.value.code == "WEBHOOK_TIME_INVALID"


@pytest.mark.parametrize("off", [timedelta(), -60 * SECOND, template.SKEW_MAX])
def test_time_when_at_a_limit_then_fresh(off: timedelta) -> None:
    template.require_fresh(NOW + off, NOW, 60)


@pytest.mark.parametrize("off", [-60 * SECOND, template.SKEW_MAX])
def test_time_when_a_step_beyond_a_limit_then_refused(off: timedelta) -> None:
    step = timedelta(microseconds=1) * (1 if off > timedelta() else -1)
    with pytest.raises(InvalidRequest) as caught:
        template.require_fresh(NOW + off + step, NOW, 60)
    assert caught.value.code == "WEBHOOK_TIME_REFUSED"


@pytest.mark.parametrize(
    ("text", "spot", "swap"),
    [
        ("BTCUSDT", ["BTC/USDT"], ["BTC/USDT:USDT"]),
        ("BINANCE:btcusdt", ["BTC/USDT"], ["BTC/USDT:USDT"]),
        ("BTC-USDT", ["BTC/USDT"], ["BTC/USDT:USDT"]),
        ("btc_eur", ["BTC/EUR"], ["BTC/EUR:EUR"]),
        ("BTCUSDT.P", ["BTC/USDT:USDT"], ["BTC/USDT:USDT"]),
        ("BTCUSDTPERP", ["BTC/USDT:USDT"], ["BTC/USDT:USDT"]),
        ("BTC/USDT", ["BTC/USDT"], ["BTC/USDT"]),
        ("BTC/USDT:USDT", ["BTC/USDT:USDT"], ["BTC/USDT:USDT"]),
        ("BTCFDUSD", ["BTC/FDUSD", "BTCFD/USD"], ["BTC/FDUSD:FDUSD", "BTCFD/USD:USD"]),
        ("USDT", [], []),
        ("XYZ", [], []),
        ("ſOLUSDT", ["ſOL/USDT"], ["ſOL/USDT:USDT"]),
    ],
)
def test_symbol_when_written_in_any_way_then_what_it_can_stand_for(text: str, spot: list[str], swap: list[str]) -> None:
    assert list(list_candidates(text, {}, MarketType.SPOT)) == spot
    assert list(list_candidates(text, {}, MarketType.SWAP)) == swap


def test_symbol_when_the_operator_named_it_then_that_alone() -> None:
    symbols = {"XBT": "BTC/USDT", "BTC/USDT": "BTC/USDC", "K:XBT": "BTC/EUR"}
    for text, symbol in (("XBT", "BTC/USDT"), ("A:XBT", "BTC/USDT"), ("BTC/USDT", "BTC/USDC"), ("K:XBT", "BTC/EUR")):
        assert list_candidates(text, symbols, MarketType.SWAP) == (symbol,)


def test_symbol_when_the_venue_lists_one_candidate_then_it_and_else_refused() -> None:
    assert choose("x", ["A/B", "C/D"], ["C/D", "E/F"]) == "C/D"
    for candidates, known in ((["A/B"], ["C/D"]), (["A/B", "C/D"], ["A/B", "C/D"]), ([], ["A/B"])):
        with pytest.raises(Unprocessable) as caught:
            choose("x", candidates, known)
        assert caught.value.code == "SYMBOL_UNKNOWN"


@pytest.mark.parametrize(
    ("place", "found"), [("0", "a"), ("1", "b"), ("2", None), ("3", None), ("-1", None), ("x", None)]
)
def test_text_when_its_place_in_a_list_is_beyond_the_end_then_there_is_none(place: str, found: str | None) -> None:
    assert template.fill(f"{{list.{place}}}", {"list": ["a", "b"]}) == found
