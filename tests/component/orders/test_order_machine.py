"""A bot, its operator and a bad network at the handlers, in any order: documented answers alone, one decision an id."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from time_machine import Traveller

from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.runtime import wiring
from riskgate.schemas.log.audit_entry import read_entry
from tests.support.bad_input.kind import Group, Kind
from tests.support.bad_input.table import KINDS, requests_of
from tests.support.fixtures import start_anew
from tests.support.gateway import ACCOUNT_ID, BTC, ETH, VENUE, Answer, Gateway
from tests.support.hypothesis_profiles import examples
from tests.support.invariants import assert_invariants, list_decisions
from tests.support.refusals import ORDERS
from tests.support.wire import COMMIT, READ, Fault, Wire, answer_error, cancel_transaction, lose_reply, lose_request

FLAGS = [("global", ""), ("account", ACCOUNT_ID), ("venue", VENUE), ("strategy", "trend"), ("symbol", BTC)]
PRICES = {BTC: "50000", ETH: "3000"}
FAULTS: dict[str, tuple[str, Fault]] = {
    "request lost": (COMMIT, lose_request),
    "answer lost": (COMMIT, lose_reply),
    "conflict": (COMMIT, cancel_transaction("TransactionConflict", "None", "None")),
    "write throttled": (COMMIT, answer_error(400, "ThrottlingException")),
    "read throttled": (READ, answer_error(400, "ProvisionedThroughputExceededException")),
    "database fails": (READ, answer_error(500, "InternalServerError")),
}


def is_order(place: str) -> bool:
    """Tell whether a kind is sent there as an order."""
    return place.partition(":")[0] == "postOrder"


#: Every kind of bad body and field that an order can have.
BAD_GROUPS = {Group.NO_OBJECT, Group.SIZE, Group.NUMBERS, Group.SYMBOLS, Group.FIELDS, Group.LOGIC}
BAD = [
    kind
    for kind in KINDS
    if kind.group in BAD_GROUPS and not kind.is_denial and any(is_order(place) for place in kind.on)
]
UNDECIDED = frozenset({"CONTENTION", "THROTTLED", "UNAVAILABLE", "OUTCOME_UNKNOWN"})

orders = st.builds(
    lambda symbol, **fields: fields | {"symbol": symbol, "price": PRICES[symbol], "stop_loss_price": None},
    symbol=st.sampled_from(list(PRICES)),
    side=st.sampled_from(["buy", "sell"]),
    strategy=st.sampled_from(["trend", "grid"]),
    quantity=st.sampled_from(["0.001", "0.01", "0.1", "2", "999999999"]),
    reduce_only=st.booleans(),
)


@dataclass(frozen=True)
class Decided:
    """An order and how it was answered first."""

    body: dict[str, Any]
    answer: Answer


def told(answer: Answer) -> dict[str, Any]:
    """Return what was decided: a denial names each request that it answers."""
    return {name: value for name, value in answer.body.items() if name != "instance"}


class OrderMachine(RuleBasedStateMachine):
    """The handlers on one side; on the other what was answered, and which switches are engaged."""

    decided = Bundle("decided")

    def __init__(self, gateway: Gateway, wire: Wire, traveller: Traveller) -> None:
        super().__init__()
        start_anew(gateway, wire, traveller)
        self.gateway, self.wire = gateway, wire
        self.engaged: set[tuple[str, str]] = set()
        self.ids: set[str] = set()
        #: Orders that were cancelled or filled, and whether approvals may have become too old.
        self.touched: set[str] = set()
        self.waited = False
        self.answers: list[Answer] = []

    def post(self, body: Any) -> Answer:
        answer = self.gateway.call("POST", ORDERS, body)
        self.answers.append(answer)
        return answer

    def decide(self, body: dict[str, Any]) -> Decided:
        """Post an order until it is decided, as a bot does."""
        self.gateway.refresh_quotes()
        for _ in range(3):
            answer = self.post(body)
            if answer.status != 503:
                break
            assert answer.code in UNDECIDED
            assert "Retry-After" in answer.headers
            self.wire.heal()
        self.wire.heal()
        # An answer that was lost is given again: the decision had been made.
        assert answer.status in ({200, 201, 422} if answer.is_replay else {201, 422}), answer.text
        assert (answer.status == 422) == (answer.body["decision"] == "denied")
        if self.covers(body):
            assert (answer.status, answer.code) == (422, "KILL_SWITCH_ENGAGED")
        else:
            assert answer.status != 422 or answer.code != "KILL_SWITCH_ENGAGED"
        self.ids.add(body["client_order_id"])
        return Decided(body, answer)

    def covers(self, order: dict[str, Any]) -> bool:
        """Tell whether a switch that is engaged covers an order."""
        own = {("global", ""), ("account", ACCOUNT_ID)}
        own |= {(scope, order[scope]) for scope in ("venue", "strategy", "symbol")}
        return bool(own & self.engaged)

    def may_be_over(self, asked: Decided) -> bool:
        """Tell whether something happened since that ends an approval, or holds it back."""
        return asked.body["client_order_id"] in self.touched or self.waited or self.covers(asked.body)

    @rule(target=decided, fields=orders)
    def submit(self, fields: dict[str, Any]) -> Decided:
        return self.decide(self.gateway.order(**fields))

    @rule(target=decided, fields=orders, fault=st.sampled_from(sorted(FAULTS)), times=st.sampled_from([1, 2, 1000]))
    def submit_on_a_bad_network(self, fields: dict[str, Any], fault: str, times: int) -> Decided:
        operation, happens = FAULTS[fault]
        body = self.gateway.order(**fields)
        self.gateway.refresh_quotes()
        if times == 1000:
            self.wire.always(operation, happens)
        else:
            self.wire.then(operation, *[happens] * times)
        return self.decide(body)

    @rule(asked=decided)
    def repeat(self, asked: Decided) -> None:
        again = self.post(asked.body)
        if again.code == "DECISION_NOT_ACTIONABLE":
            # The same decision, and no go any more.
            assert self.may_be_over(asked)
            assert (again.status, asked.answer.body["decision"]) == (409, "approved")
            assert again.body["stored_decision"] == told(asked.answer)
            return
        assert again.is_replay
        assert told(again) == told(asked.answer)
        assert (again.status == 422) == (asked.answer.status == 422)
        assert told(self.post(json.dumps(dict(reversed(asked.body.items())), indent=2))) == told(again)

    @rule(asked=decided)
    def ask_something_else_by_the_same_id(self, asked: Decided) -> None:
        assert self.post(asked.body | {"quantity": "0.003"}).status == 409

    @rule(asked=decided, quantity=st.sampled_from(["0.001", "0.005", "1"]))
    def fill(self, asked: Decided, quantity: str) -> None:
        name = asked.body["client_order_id"]
        self.touched.add(name)
        answer = self.gateway.fill(name, quantity, price=asked.body["price"])
        self.answers.append(answer)
        # Booked also where the order was denied: it happened.
        assert answer.status == 201, answer.text

    @rule(asked=decided)
    def cancel(self, asked: Decided) -> None:
        self.touched.add(asked.body["client_order_id"])
        answer = self.gateway.cancel(asked.body["client_order_id"])
        self.answers.append(answer)
        assert (answer.status < 400) or asked.answer.status == 422 or answer.status == 409, answer.text

    @rule(flag=st.sampled_from(FLAGS), engaged=st.booleans())
    def switch(self, flag: tuple[str, str], engaged: bool) -> None:
        scope, key = flag
        answer = self.gateway.kill(scope, key or None, engaged=engaged)
        assert answer.status == 200, answer.text
        (self.engaged.add if engaged else self.engaged.discard)(flag)

    @rule(kind=st.sampled_from(BAD), place=st.integers(0, 9))
    def send_what_is_refused(self, kind: Kind, place: int) -> None:
        requests = [one for one in requests_of(kind) if is_order(one.place)]
        answer = self.post(requests[place % len(requests)].body)
        assert (answer.status, answer.code) == (kind.status, kind.code), answer.text

    @rule(seconds=st.sampled_from([1, 60, 86_400]))
    def wait(self, seconds: int) -> None:
        self.waited = self.waited or seconds > 60
        self.gateway.advance(seconds=seconds)

    @invariant()
    def answers_are_no_errors_of_ours(self) -> None:
        assert [a.text for a in self.answers if a.status >= 500 and a.code not in UNDECIDED] == []
        self.answers.clear()

    def teardown(self) -> None:
        """Hold everything that is stored against the invariants, and count the decisions of each id."""
        aws = self.gateway.aws
        assert_invariants(aws.dynamodb, state=aws.state_table, control=aws.control_table, audit=aws.audit_table)
        rows = wiring.deps().store.list_audit(ACCOUNT_ID, after=0, limit=1_000)
        entries = [read_entry(row.entry) for row in rows]
        decided = (one for entry in entries for one in list_decisions(entry, entry.typed_inputs()))
        found = Counter(one.client_order_id for one in decided)
        assert found == Counter(dict.fromkeys(self.ids, 1))


def test_handlers_when_asked_anything_in_any_order_then_one_decision_an_id_and_none_approved_while_stopped(
    gateway: Gateway, wire: Wire, traveller: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contract's checker looks at every answer: no status, header or shape that the document does not have."""
    deps = replace(wiring.deps(), denials=DenialBudget(burst=1e9))
    monkeypatch.setattr(wiring, "deps", cache(lambda: deps))
    assert gateway.contract is not None
    # As found: to shrink a history takes minutes, and none is long.
    run_state_machine_as_test(
        lambda: OrderMachine(gateway, wire, traveller),
        settings=examples(60, stateful_step_count=25, phases=(Phase.generate,)),
    )
