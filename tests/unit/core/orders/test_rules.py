"""Which rules an order is decided by: the event says so, and what it does not say is the first."""

from __future__ import annotations

from riskgate.core.orders.events import RULES, OrderDecided, OrderModified
from riskgate.schemas.codec import decode, encode
from tests.support.builders import build_modified, build_order, build_submitted


def test_new_event_when_written_then_it_carries_the_rules() -> None:
    event = build_submitted(build_order())
    assert event.rules == RULES
    assert decode(encode(event), OrderDecided) == event


def test_old_event_when_read_then_the_first_rules_decide() -> None:
    for kind, event in ((OrderDecided, build_submitted(build_order())), (OrderModified, build_modified(build_order()))):
        text = encode(event).decode().replace(f',"rules":{RULES}', "").replace(f'"rules":{RULES},', "")
        assert decode(text, kind).rules == 1
