"""What a token that only feeds may say about a market: of its own venues, where the gateway reads none, and no jumps."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.stored import GATEWAY_CHAIN
from riskgate.core.ledger.gateway_events import InstrumentsChanged
from riskgate.runtime import wiring
from riskgate.schemas.log.audit_entry import read_entry
from tests.component.routing.conftest import routed, simulator, virtual_time
from tests.support.callers import FEEDER, OWN_ACCOUNT
from tests.support.gateway import BTC, ETH, VENUE, Gateway, instrument_of
from tests.support.routed_account import RoutedAccount

__all__ = ["routed", "simulator", "virtual_time"]

OWN_FEEDER = replace(FEEDER, accounts=(OWN_ACCOUNT, "unknown"))


def asked(gateway: Gateway, what: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Return path and body of a report about one market."""
    row = gateway.quote_of(BTC) if what == "quotes" else instrument_of(BTC)
    return f"/market/{what}", {what: [row | changes]}


@pytest.mark.parametrize("what", ["quotes", "instruments"])
def test_feeder_when_the_gateway_reads_the_venue_then_refused_and_an_admin_is_not(
    routed: RoutedAccount, what: str
) -> None:
    path, body = asked(routed.gateway, what)

    answer = routed.gateway.call("PUT", path, body, caller=OWN_FEEDER)

    assert (answer.status, answer.code) == (409, f"{what.upper()}_FROM_VENUE")
    assert routed.gateway.call("PUT", path, body).status == 200


@pytest.mark.parametrize("what", ["quotes", "instruments"])
def test_feeder_when_its_token_is_for_all_accounts_then_no_venue_that_one_has_a_key_for(
    routed: RoutedAccount, what: str
) -> None:
    path, body = asked(routed.gateway, what)

    answer = routed.gateway.call("PUT", path, body, caller=FEEDER)

    assert (answer.status, answer.code) == (409, f"{what.upper()}_FROM_VENUE")
    path, body = asked(routed.gateway, what, venue="kraken")
    assert routed.gateway.call("PUT", path, body, caller=FEEDER).status == 200


def test_feeder_when_the_key_was_named_before_venues_were_noted_then_found_once_by_the_accounts(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"pk": {"S": "KEYED_VENUE"}, "sk": {"S": VENUE}}
    routed.gateway.aws.dynamodb.delete_item(TableName=routed.gateway.aws.control_table, Key=key)
    path, body = asked(routed.gateway, "quotes")

    assert routed.gateway.call("PUT", path, body, caller=FEEDER).code == "QUOTES_FROM_VENUE"

    monkeypatch.setattr(type(wiring.deps().store), "list_accounts", None)
    assert routed.gateway.call("PUT", path, body, caller=FEEDER).code == "QUOTES_FROM_VENUE"


@pytest.mark.parametrize("what", ["quotes", "instruments"])
def test_feeder_when_none_of_its_accounts_trades_at_the_venue_then_refused(gateway: Gateway, what: str) -> None:
    path, body = asked(gateway, what, venue="kraken")

    answer = gateway.call("PUT", path, body, caller=OWN_FEEDER)

    assert (answer.status, answer.code) == (403, "VENUE_NOT_PERMITTED")


@pytest.mark.parametrize("what", ["quotes", "instruments"])
def test_feeder_when_its_account_trades_at_the_venue_without_a_key_then_stored(gateway: Gateway, what: str) -> None:
    path, body = asked(gateway, what)

    assert gateway.call("PUT", path, body, caller=OWN_FEEDER).status == 200


@pytest.mark.parametrize(
    "prices",
    [
        {"bid": "24000", "ask": "24010", "last": "24005"},
        {"bid": "76000", "ask": "76010", "last": "76005"},
        {"bid": "49990", "ask": "90000", "last": "50000"},
    ],
)
@pytest.mark.parametrize("caller", [FEEDER, OWN_FEEDER])
def test_quote_when_a_feeders_price_jumps_then_only_an_admins_is_stored(
    gateway: Gateway, prices: dict[str, str], caller: Any
) -> None:
    gateway.refresh_quotes()
    gateway.advance(seconds=1)
    path, body = asked(gateway, "quotes", **prices)

    answer = gateway.call("PUT", path, body, caller=caller)

    assert (answer.status, answer.code) == (422, "QUOTE_IMPLAUSIBLE")
    assert gateway.call("PUT", path, body).status == 200


def test_quote_when_the_one_before_is_old_then_a_feeders_is_stored(gateway: Gateway) -> None:
    gateway.refresh_quotes()
    gateway.advance(seconds=301)
    path, body = asked(gateway, "quotes", bid="24000", ask="24010", last="24005")

    assert gateway.call("PUT", path, body, caller=FEEDER).status == 200


def test_instruments_when_known_rules_change_then_the_gateways_log_has_before_and_after(gateway: Gateway) -> None:
    store = wiring.deps().store
    path, body = asked(gateway, "instruments")
    assert gateway.call("PUT", path, body).status == 200
    known = len(store.list_audit(GATEWAY_CHAIN, after=0, limit=100))

    assert gateway.call("PUT", path, body).status == 200
    assert len(store.list_audit(GATEWAY_CHAIN, after=0, limit=100)) == known
    changed = {"instruments": [body["instruments"][0] | {"quantity_min": "0.5"}, instrument_of(ETH)]}
    assert gateway.call("PUT", path, changed, caller=FEEDER).status == 200

    (row,) = store.list_audit(GATEWAY_CHAIN, after=known, limit=100)
    entry = read_entry(row.entry)
    event = entry.typed_inputs()
    assert isinstance(event, InstrumentsChanged)
    (change,) = event.changes
    assert (change.before.symbol, change.before.quantity_min, change.after.quantity_min) == (BTC, None, Decimal("0.5"))
    assert entry.actor == f"token:{FEEDER.token_id}"


def test_instrument_when_the_stored_one_is_unreadable_then_it_can_be_stored_anew(gateway: Gateway) -> None:
    key = {"pk": {"S": "MARKET"}, "sk": {"S": f"INSTRUMENT#{VENUE}:{BTC}"}}
    item = key | {"document": {"S": "{}"}}
    gateway.aws.dynamodb.put_item(TableName=gateway.aws.state_table, Item=item)
    path, body = asked(gateway, "instruments")

    assert gateway.call("PUT", path, body).status == 200
    gateway.refresh_quotes()
    assert gateway.submit().status == 201
