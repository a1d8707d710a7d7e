"""Client order ids: within each venue's rule, the same for the same order, never the same for two."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.adapters.exchange.client_order_ids import CLIENT_ID_FORMS, DEFAULT_FORM, to_client_order_id, to_order_id
from riskgate.adapters.exchange.venue_rules import RULES

ORDER_IDS = st.integers(0, 2**128 - 1).map(lambda bits: f"{bits:032x}")
# The venues' own rules, from their API documentation.
VENUE_RULES = {
    "binance": r"[a-zA-Z0-9_-]{1,36}",
    "binanceus": r"[a-zA-Z0-9_-]{1,36}",
    "binanceusdm": r"[.A-Z:/a-z0-9_-]{1,36}",
    "bitget": r"[0-9A-Za-z_:#.\-]{1,40}",
    "bybit": r"[0-9A-Za-z_-]{1,36}",
    "coinbase": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "coinbaseexchange": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "gate": r"t-[0-9A-Za-z_.-]{1,28}",
    "hyperliquid": r"0x[0-9a-f]{32}",
    "kraken": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "krakenfutures": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "kucoin": r"[0-9A-Za-z_-]{1,40}",
    "kucoinfutures": r"[0-9A-Za-z_-]{1,40}",
    "mexc": r"[0-9A-Za-z_-]{1,32}",
    "okx": r"[0-9A-Za-z]{1,32}",
}
VENUES = [*sorted(VENUE_RULES), "some-venue-nobody-knows"]


def test_rules_when_compared_with_tables_then_every_trading_venue_has_one() -> None:
    assert set(CLIENT_ID_FORMS) == set(VENUE_RULES) == set(RULES)


@pytest.mark.parametrize("venue", VENUES)
@given(order_id=ORDER_IDS, revision=st.integers(0, 3))
def test_client_id_when_written_then_within_the_venues_rule(venue: str, order_id: str, revision: int) -> None:
    text = to_client_order_id(venue, order_id, revision)
    assert re.fullmatch(VENUE_RULES.get(venue, r"[0-9a-f]{32}"), text)
    form = CLIENT_ID_FORMS.get(venue, DEFAULT_FORM)
    assert len(text) <= form.length_max
    assert re.fullmatch(f"[{form.alphabet}]+", text)


@pytest.mark.parametrize("venue", VENUES)
@given(order_id=ORDER_IDS)
def test_client_id_when_read_back_then_order_id(venue: str, order_id: str) -> None:
    assert to_order_id(venue, to_client_order_id(venue, order_id)) == order_id


@pytest.mark.parametrize("venue", VENUES)
@given(order_ids=st.sets(ORDER_IDS, min_size=2, max_size=40))
def test_client_ids_when_orders_or_revisions_differ_then_differ(venue: str, order_ids: set[str]) -> None:
    texts = {to_client_order_id(venue, order_id, revision) for order_id in order_ids for revision in range(3)}
    assert len(texts) == 3 * len(order_ids)


@pytest.mark.parametrize("venue", VENUES)
@given(text=st.text(max_size=40))
def test_foreign_id_when_read_then_none_or_exactly_what_would_be_written(venue: str, text: str) -> None:
    order_id = to_order_id(venue, text)
    assert order_id is None or to_client_order_id(venue, order_id).lower() == text.lower()


@pytest.mark.parametrize("text", ["", "ABCDEF" * 6, "g" * 32, "0" * 31, "0" * 33, "٣" * 32])
def test_order_id_when_not_32_hex_digits_then_refused(text: str) -> None:
    with pytest.raises(ValueError, match="32 lower-case hex"):
        to_client_order_id("binance", text)


def test_client_ids_when_known_then_never_change() -> None:
    order_id = "00112233445566778899aabbccddeeff"
    assert to_client_order_id("binance", order_id) == order_id
    assert to_client_order_id("kraken", order_id) == str(uuid.UUID(order_id))
    assert to_client_order_id("gate", order_id) == "t-aaisem2ekvthpcezvk54zxpo74"
    assert to_client_order_id("hyperliquid", order_id) == "0x" + order_id
    assert to_client_order_id("binance", order_id, 1) == "271afac582fbb671e4145a15ea567822"
