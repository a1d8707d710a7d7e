"""What venues call an order is written down with it: whose an order or a trade at the venue is can be told."""

from __future__ import annotations

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.dynamodb.order_names import DynamoOrderNames
from riskgate.core.account.order_names import VenueOrderName, name_by_client_id, name_by_number
from tests.support.gateway import ACCOUNT_ID, VENUE
from tests.support.routed_account import RoutedAccount, worker_client_id


def _find(routed: RoutedAccount, *names: str) -> dict[str, VenueOrderName]:
    return DynamoOrderNames(dynamodb_client(), routed.gateway.aws.state_table).find(ACCOUNT_ID, names)


def test_order_when_sent_then_both_its_names_say_whose_it_is(routed: RoutedAccount) -> None:
    name = routed.approved()
    waiting = routed.record(name)
    by_ours = name_by_client_id(VENUE, worker_client_id(waiting, 0))
    assert not _find(routed, by_ours), "an order that never left has no name at the venue"
    routed.work_all()
    record = routed.record(name)
    by_theirs = name_by_number(VENUE, record.order.symbol, str(record.exchange_order_id))
    found = _find(routed, by_ours, by_theirs, by_theirs + "0", name_by_client_id("elsewhere", "x"))
    assert set(found) == {by_ours, by_theirs}
    assert {(row.client_order_id, row.strategy) for row in found.values()} == {(name, record.order.strategy)}


def test_order_when_replaced_then_the_names_of_each_revision_lead_to_it(routed: RoutedAccount) -> None:
    name = routed.approved()
    routed.work_all()
    first = str(routed.record(name).exchange_order_id)
    changed = routed.gateway.call("PATCH", f"/accounts/{ACCOUNT_ID}/orders/{name}", {"price": "47900"})
    assert changed.status in {200, 202}, changed.text
    routed.work_all()
    record = routed.record(name)
    assert record.revision == 1
    names = [name_by_client_id(VENUE, worker_client_id(record, revision)) for revision in (0, 1)]
    names += [name_by_number(VENUE, record.order.symbol, number) for number in (first, str(record.exchange_order_id))]
    assert {row.client_order_id for row in _find(routed, *names).values()} == {name}
    assert set(_find(routed, *names)) == set(names)


def test_order_when_the_outcome_is_unknown_then_its_name_was_written_before_it_left(routed: RoutedAccount) -> None:
    routed.fault("drop_before_accept", count=1)
    name = routed.approved()
    routed.work()
    by_ours = name_by_client_id(VENUE, worker_client_id(routed.record(name), 0))
    assert set(_find(routed, by_ours)) == {by_ours}
