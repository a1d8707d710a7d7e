"""Answers to an order that ccxt takes for another thing than they are: a venue's own timeout, a clock that is off, an id that is taken."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from riskgate.core.errors import GatewayError, OutcomeUnknown, Rejected, Transient
from tests.exchanges.desk import Desk, venue_time
from tests.exchanges.server import VenueServer
from tests.exchanges.venues.bitget import BitgetSpot
from tests.exchanges.venues.bitget_futures import BitgetLinear
from tests.exchanges.venues.bybit import BybitSpot
from tests.exchanges.venues.coinbase import Coinbase
from tests.exchanges.venues.gate import GateSpot, GateSwap
from tests.exchanges.venues.krakenfutures import KrakenFutures
from tests.exchanges.venues.kucoin import KucoinSpot
from tests.exchanges.venues.kucoinfutures import KucoinSwap
from tests.exchanges.venues.okx import OkxSpot, OkxSwap
from tests.exchanges.wire import Fault, Reply, ScriptedVenue

type Open = Callable[[type[ScriptedVenue]], Desk]


@pytest.fixture
def open_desk() -> Iterator[Open]:
    server, opened = VenueServer(), []

    def open_one(kind: type[ScriptedVenue]) -> Desk:
        opened.append(Desk(server, kind))
        return opened[-1]

    with venue_time():
        yield open_one
    for desk in opened:
        desk.exchange.close()
    server.close()


def answer(desk: Desk, kind: str, body: Any, status: int, count: int = 1) -> None:
    """Let the venue answer the next requests of a kind with this."""
    desk.venue.__dict__["on_scripted"] = lambda: Reply(body, status)
    desk.venue.faults = [Fault(kind=kind, how="scripted", count=count)]


TIMEOUTS = [
    (KucoinSpot, {"code": "408000", "msg": "Network timeout, please try again later"}, 200),
    (KucoinSwap, {"code": "408000", "msg": "Network timeout, please try again later"}, 200),
    (BybitSpot, {"retCode": 170146, "retMsg": "Order creation timeout.", "result": {}}, 200),
    (BybitSpot, {"retCode": 170147, "retMsg": "Order cancellation timeout.", "result": {}}, 200),
    (BitgetSpot, {"code": "40010", "msg": "Request timed out", "requestTime": 0, "data": None}, 400),
    (BitgetLinear, {"code": "40010", "msg": "Request timed out", "requestTime": 0, "data": None}, 400),
    (BitgetLinear, {"code": "40808", "msg": "Parameter verification exception", "requestTime": 0, "data": None}, 400),
]


@pytest.mark.parametrize(("kind", "body", "status"), TIMEOUTS)
def test_order_when_the_venue_itself_timed_out_then_in_doubt_and_sent_once(
    open_desk: Open, kind: type[ScriptedVenue], body: Any, status: int
) -> None:
    desk = open_desk(kind)
    # Whatever a fresh look at the secret would find.
    desk.exchange._client._link.refresh = lambda: True  # type: ignore[method-assign]
    answer(desk, "place", body, status, count=5)
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.order())
    assert len(desk.venue.writes()) == 1


DUPLICATES = [
    (OkxSpot, {"code": "1", "msg": "", "data": [{"sCode": "51016", "sMsg": "Duplicated client order ID"}]}, 200),
    (OkxSwap, {"code": "1", "msg": "", "data": [{"sCode": "51016", "sMsg": "Duplicated client order ID"}]}, 200),
    (GateSpot, {"label": "REPEATED_CREATION", "message": "repeated"}, 400),
    (GateSwap, {"label": "REPEATED_CREATION", "message": "repeated"}, 400),
]


@pytest.mark.parametrize(("kind", "body", "status"), DUPLICATES)
def test_order_when_its_id_is_known_and_it_is_not_listed_yet_then_in_doubt(
    open_desk: Open, kind: type[ScriptedVenue], body: Any, status: int
) -> None:
    desk = open_desk(kind)
    answer(desk, "place", body, status)
    with pytest.raises(OutcomeUnknown):
        desk.exchange.create_order(desk.order())


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("wouldCauseLiquidation", Rejected),
        ("clientOrderIdTooBig", Rejected),
        ("wouldIncreasePriceDislocation", Rejected),
        ("wouldNotReducePosition", Rejected),
        ("aWordThatIsNew", OutcomeUnknown),
    ],
)
def test_order_when_krakens_futures_send_no_id_then_a_no_by_the_words_that_are_known(
    open_desk: Open, status: str, meaning: type[GatewayError]
) -> None:
    desk = open_desk(KrakenFutures)
    sent = {"status": status, "receivedTime": "2026-03-04T12:00:00.000Z"}
    body = {"result": "success", "sendStatus": sent, "serverTime": "2026-03-04T12:00:00.000Z"}
    answer(desk, "place", body, 200)
    with pytest.raises(meaning) as caught:
        desk.exchange.create_order(desk.order())
    if isinstance(caught.value, Rejected):
        assert caught.value.venue_code == status


EXPIRED = {"label": "REQUEST_EXPIRED", "message": "gap between request Timestamp and server time exceeds 60"}


@pytest.mark.parametrize("kind", [GateSpot, GateSwap])
def test_order_when_gate_finds_it_too_old_then_nothing_was_done_and_the_clock_is_set(
    open_desk: Open, kind: type[ScriptedVenue]
) -> None:
    desk = open_desk(kind)
    desk.exchange._client._link.refresh = lambda: True  # type: ignore[method-assign]
    ccxt = desk.exchange._client._link.current()
    ccxt.options["timeDifference"] = 90_000
    answer(desk, "place", EXPIRED, 403, count=5)
    with pytest.raises(Transient):
        desk.exchange.create_order(desk.order())
    assert (len(desk.venue.writes()), desk.venue.book.orders) == (1, [])
    assert ccxt.options["timeDifference"] == 0


def test_read_when_gate_finds_it_too_old_then_asked_again_by_the_right_clock(open_desk: Open) -> None:
    desk = open_desk(GateSpot)
    ccxt = desk.exchange._client._link.current()
    ccxt.options["timeDifference"] = 90_000
    answer(desk, "read", EXPIRED, 403)
    assert desk.exchange.list_open_orders() == ()
    assert ccxt.options["timeDifference"] == 0


def test_order_when_signed_for_coinbase_then_its_token_ends_early_and_no_other_does(open_desk: Open) -> None:
    key = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )

    class WithToken(Coinbase):
        keys = {"apiKey": "organizations/1/apiKeys/2", "secret": key.decode()}  # noqa: RUF012 as its parent

    desk = open_desk(WithToken)
    for late_ms, placed in ((31_000, 0), (29_000, 1)):
        desk.venue.delay_ms = late_ms
        try:
            desk.exchange.create_order(desk.order())
        except Exception as error:  # noqa: BLE001 whichever refusal it is
            assert not placed, error
        assert len(desk.venue.book.orders) == placed
    desk.exchange.list_balances()
    reads = [ask for kind, ask in desk.venue.seen if kind == "read" and "authorization" in ask.headers]
    assert reads
    assert {
        _claims(ask.headers["authorization"])["exp"] - _claims(ask.headers["authorization"])["iat"] for ask in reads
    } == {120}


def _claims(header: str) -> dict[str, int]:
    body = header.split(".")[1]
    found: dict[str, int] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found
