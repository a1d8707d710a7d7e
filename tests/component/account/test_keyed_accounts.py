"""Where the gateway reads a venue itself, nobody else's word counts: neither about money nor about fills."""

from __future__ import annotations

import pytest

from riskgate.core.access.tokens import Scope
from tests.component.reconciliation.conftest import books, routed, simulator, virtual_time
from tests.support.callers import ADMIN, BOT, FEEDER, Caller, limited_to
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, Gateway, instant, instrument_of
from tests.support.reconciled_account import Books
from tests.support.routed_account import VENUE_SECRET, RoutedAccount

__all__ = ["books", "routed", "simulator", "virtual_time"]

#: Beside the venue that the account has a key of.
KEYLESS = "kraken"
CASH = [{"venue": KEYLESS, "asset": "USDT", "total": "1000"}]
SNAPSHOTS, CHECK = f"/accounts/{ACCOUNT_ID}/snapshots", f"/accounts/{ACCOUNT_ID}/orders/check"
#: One token that trades and reports.
BOT_AND_FEEDER = limited_to(ADMIN, Scope.ORDERS_WRITE, Scope.SNAPSHOTS_WRITE, Scope.ACCOUNTS_READ)


@pytest.mark.parametrize("ahead", [0, 29])
def test_snapshot_when_every_venue_has_a_key_then_refused_and_nothing_changes(
    routed: RoutedAccount, ahead: int
) -> None:
    gateway, before = routed.gateway, routed.state()
    gateway.advance(seconds=ahead)
    taken_at = instant(gateway.now)
    gateway.advance(seconds=-ahead)

    answer = gateway.snapshot("900000", taken_at=taken_at)

    assert (answer.status, answer.code) == (409, "EQUITY_FROM_VENUES")
    assert routed.state() == before


def hold_at_keyed_venue(routed: RoutedAccount) -> None:
    """Let the account hold something at its venue with a key, and give it a second venue without one."""
    gateway = routed.gateway
    position = {"venue": VENUE, "symbol": "BTC/USDT", "quantity": "0.1", "average_price": "50000"}
    balances = [{"venue": VENUE, "asset": "USDT", "total": "95000"}, {"venue": VENUE, "asset": "BTC", "total": "0.1"}]
    gateway.reading("100000", balances=balances, positions=[position])
    gateway.advance(seconds=1)
    venues = [
        {"venue": VENUE, "market_type": "spot", "secret_name": VENUE_SECRET},
        {"venue": KEYLESS, "market_type": "spot"},
    ]
    assert gateway.register(totp=True, venues=venues).status == 200


@pytest.mark.parametrize("what", ["balances", "positions"])
def test_snapshot_when_it_names_a_venue_with_a_key_beside_one_without_then_refused(
    routed: RoutedAccount, what: str
) -> None:
    hold_at_keyed_venue(routed)
    before = routed.state()
    named = {
        "balances": [{"venue": VENUE, "asset": "USDT", "total": "900000"}],
        "positions": [{"venue": VENUE, "symbol": "BTC/USDT", "quantity": "5", "average_price": "50000"}],
    }

    answer = routed.gateway.snapshot("100000", **{"balances": [], "positions": []} | {what: named[what]})

    assert (answer.status, answer.code) == (409, "EQUITY_FROM_VENUES")
    assert VENUE in answer.body["detail"]
    assert routed.state() == before


def test_snapshot_when_only_some_venues_have_a_key_then_what_is_held_there_stays(routed: RoutedAccount) -> None:
    hold_at_keyed_venue(routed)
    before = routed.state()

    answer = routed.gateway.snapshot("1000", balances=CASH)

    assert answer.status == 201, answer.text
    assert answer.body["confirmed"]
    state = routed.state()
    assert state.positions == before.positions
    assert len(state.positions) == 1
    assert state.balances[VENUE] == before.balances[VENUE]
    assert state.balances[KEYLESS]["USDT"].total == 1000
    assert state.equity == 100000, "until the gateway has read its part, equity is what was known of the whole"


@pytest.mark.parametrize("equity", ["900000", "101000", "1006", "994", "0"])
@pytest.mark.parametrize("caller", [FEEDER, BOT_AND_FEEDER], ids=["feeder", "bot and feeder"])
def test_snapshot_when_its_equity_is_not_what_the_venues_without_a_key_hold_then_refused_and_nothing_changes(
    routed: RoutedAccount, equity: str, caller: Caller
) -> None:
    hold_at_keyed_venue(routed)
    gateway = routed.gateway
    gateway.refresh_quotes()
    before, allowed = routed.state(), gateway.call("POST", CHECK, routed.order()).body["max_quantity"]

    body = {"equity": equity, "balances": CASH, "positions": []}
    answer = gateway.call("POST", SNAPSHOTS, body, caller=caller)

    assert (answer.status, answer.code) == (422, "EQUITY_IMPLAUSIBLE")
    assert VENUE in answer.body["detail"]
    assert routed.state() == before
    assert gateway.call("POST", CHECK, routed.order()).body["max_quantity"] == allowed


def test_snapshot_when_its_equity_is_of_coins_then_they_are_worth_their_price(routed: RoutedAccount) -> None:
    hold_at_keyed_venue(routed)
    gateway = routed.gateway
    instrument, quote = instrument_of(BTC, venue=KEYLESS), gateway.quote_of(BTC, venue=KEYLESS)
    assert gateway.call("PUT", "/market/instruments", {"instruments": [instrument]}).status == 200
    assert gateway.call("PUT", "/market/quotes", {"quotes": [quote]}).status == 200
    balances = [*CASH, {"venue": KEYLESS, "asset": "BTC", "total": "0.1"}]

    assert gateway.snapshot("1000", balances=balances).code == "EQUITY_IMPLAUSIBLE"
    assert gateway.snapshot("6000", balances=balances).status == 201


def test_snapshot_when_dated_ahead_then_it_counts_as_of_now(gateway: Gateway) -> None:
    gateway.advance(seconds=29)
    ahead = instant(gateway.now)
    gateway.advance(seconds=-29)

    assert gateway.snapshot("99000", taken_at=ahead).status == 201

    gateway.advance(seconds=1)
    assert gateway.snapshot("98000").status == 201


@pytest.mark.parametrize("price", ["49000", "0.01"])
def test_fill_when_the_bot_placed_it_at_a_keyed_venue_then_only_the_venue_is_believed(
    routed: RoutedAccount, price: str
) -> None:
    name = routed.approved(route=None)
    before = routed.state()

    answer = routed.gateway.fill(name, "0.01", price)

    assert (answer.status, answer.code) == (409, "FILLS_FROM_VENUE")
    assert routed.state() == before


def test_fill_when_the_venue_lists_it_for_the_bots_own_order_then_reconciliation_records_it(books: Books) -> None:
    gateway, routed = books.routed.gateway, books.routed
    name = routed.approved(route=None, type="market", price=None, quantity="0.01")
    books.place_around(quantity="0.01", newClientOrderId=name)
    books.pass_grace()

    books.reconcile()

    assert routed.status(name) == "filled"
    (position,) = gateway.account()["positions"]
    # The venue took its fee of 0.1 % in the coin.
    assert (position["venue"], position["quantity"]) == (VENUE, "0.00999")
    assert books.kinds() == []


def test_fill_when_the_bots_order_ended_unfilled_at_the_venue_then_its_reservation_ends(books: Books) -> None:
    routed = books.routed
    name = routed.approved(route=None)
    order = {"type": "LIMIT", "price": "48000", "timeInForce": "GTC", "quantity": "0.01"}
    placed = books.place_around(newClientOrderId=name, **order)
    books.pass_grace()
    routed.simulator.control.delete("orders", order_id=placed["order_id"])

    books.reconcile()

    assert routed.status(name) == "cancelled"
    assert routed.gateway.account()["open_orders"] == []


def test_order_token_when_it_reports_a_fill_of_an_account_without_keys_then_recorded(gateway: Gateway) -> None:
    name = gateway.approved()
    body = {"fill_id": "1", "quantity": "0.1", "price": "50000", "executed_at": instant(gateway.now)}
    path = f"/accounts/{ACCOUNT_ID}/orders/{name}/fills"

    assert gateway.call("POST", path, body, caller=BOT).status == 201
