"""Lost replies where a person closes a break."""

from __future__ import annotations

from tests.component.ledger.test_faults_commit import SDK_SENDS, audit_events
from tests.support.reconciled_account import Books
from tests.support.wire import COMMIT, Wire, lose_reply


def test_resolution_when_the_reply_is_lost_then_200_and_closed_once(books: Books, wire: Wire) -> None:
    books.place_around()
    books.pass_grace()
    books.reconcile()
    first, *others = books.view()["open"]
    wire.then(COMMIT, *[lose_reply] * SDK_SENDS)

    answer = books.resolve(first["break_id"])

    assert (answer.status, answer.body["closed"]["how"], answer.body["open"]) == (200, "resolved", len(others))
    assert wire.is_exhausted
    assert audit_events(books.routed.gateway).count("break_resolved") == 1
