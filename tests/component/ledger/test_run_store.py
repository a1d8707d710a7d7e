"""A run of a job reads its account once, knows what it commits, and reads again what somebody else was first with."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from riskgate.app.ledger.commit_event import Acting, Answered, Deps, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.run_store import INSTRUMENTS_KEPT, InstrumentMemory, RunStore
from riskgate.core.account.stored import GATEWAY_CHAIN, ReadRequest, Snapshot
from riskgate.core.ledger.apply import Result
from riskgate.core.ledger.events import Event
from riskgate.core.safeguards.events import KillSwitchChanged, VenueObserved
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID, BTC, ETH, VENUE, Gateway, instrument_of
from tests.support.wire import COMMIT, READ, Wire, answer_error, cancel_transaction, interleave, lose_reply

PLAIN = ReadRequest(account_id=ACCOUNT_ID)
NEW = "NEW/USDT"
WITH_REPORT = ReadRequest(account_id=ACCOUNT_ID, with_report=True)


class Run:
    """A run's store, on a clock that the test moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.memory = InstrumentMemory()
        self.begin()

    def begin(self) -> None:
        """Begin one more run of the same process."""
        self.store = RunStore(wiring.deps().store, clock=lambda: self.now, instruments=self.memory)

    def observe(self, *, is_ok: bool) -> None:
        """Commit what a look at the venue showed."""
        self.commit(VenueObserved(venue=VENUE, is_ok=is_ok, detail="" if is_ok else "away"))

    def commit(self, event: Event) -> None:
        """Commit an event of the account."""

        def effects(_result: Result, _place: LogPlace) -> tuple[None, Effects]:
            return None, Effects()

        def plan(_snapshot: Snapshot, _: bool) -> Plan[None]:
            return Step(event, effects)

        deps = Deps(store=self.store.as_store(), sleep=lambda _: None)
        assert commit_event(Acting(deps=deps, actor="job:test", now=self.now), PLAIN, plan) == Answered(None)


@pytest.fixture
def run(gateway: Gateway) -> Run:
    return Run(gateway.now)


def test_account_when_read_twice_in_a_run_then_the_database_is_asked_once(run: Run, wire: Wire) -> None:
    wire.sent.clear()
    first = run.store.read(WITH_REPORT)
    assert run.store.read(PLAIN) == run.store.read(WITH_REPORT) == first
    assert wire.operations() == [READ]


def test_account_when_committed_then_known_as_a_read_would_give_it(run: Run, wire: Wire) -> None:
    run.store.read(WITH_REPORT)
    wire.sent.clear()
    run.observe(is_ok=False)
    run.observe(is_ok=True)
    held = run.store.read(WITH_REPORT)
    assert wire.operations() == [COMMIT, COMMIT]
    assert held == wiring.deps().store.read(WITH_REPORT)


def test_commit_when_somebody_else_was_first_then_read_again_and_nothing_of_theirs_is_lost(
    run: Run, gateway: Gateway, wire: Wire
) -> None:
    run.store.read(PLAIN)
    order = gateway.approved()
    wire.sent.clear()
    run.observe(is_ok=False)
    assert wire.operations() == [COMMIT, READ, COMMIT]
    state = run.store.read(PLAIN).require_state()
    assert order in state.working_orders
    assert state == wiring.deps().store.read(PLAIN).require_state()


def test_commit_when_its_reply_is_lost_then_the_account_is_read_again(run: Run, wire: Wire) -> None:
    run.store.read(PLAIN)
    wire.sent.clear()
    wire.then(COMMIT, lose_reply, lose_reply)
    run.observe(is_ok=False)
    assert wire.operations()[-2:] == [READ, COMMIT]
    assert run.store.read(PLAIN) == wiring.deps().store.read(PLAIN)


@pytest.mark.parametrize(
    "fault", [cancel_transaction("TransactionConflict", "None"), answer_error(500, "InternalServerError")]
)
def test_commit_when_it_fails_then_what_was_held_is_dropped(run: Run, wire: Wire, fault: object) -> None:
    run.store.read(PLAIN)
    wire.sent.clear()
    wire.then(COMMIT, fault, fault)  # type: ignore[arg-type]
    run.observe(is_ok=False)
    assert READ in wire.operations()
    assert run.store.read(PLAIN) == wiring.deps().store.read(PLAIN)


def test_account_when_forgotten_then_read_again(run: Run, gateway: Gateway) -> None:
    before = run.store.read(PLAIN).require_state().version
    gateway.approved()
    assert run.store.read(PLAIN).require_state().version == before
    run.store.forget()
    assert run.store.read(PLAIN).require_state().version == before + 1


def test_orders_when_asked_for_then_read_with_their_account(run: Run, gateway: Gateway, wire: Wire) -> None:
    run.store.read(PLAIN)
    order = gateway.approved()
    wire.sent.clear()
    found = run.store.read(ReadRequest(account_id=ACCOUNT_ID, client_order_ids=(order,)))
    assert wire.operations() == [READ]
    assert order in found.records
    assert order in found.require_state().working_orders
    assert order in run.store.read(PLAIN).require_state().working_orders, "what was read last is what is held"


def test_report_when_read_once_then_it_comes_with_the_account_to_the_end(
    run: Run, gateway: Gateway, wire: Wire
) -> None:
    run.store.read(WITH_REPORT)
    order = gateway.approved()
    run.store.read(ReadRequest(account_id=ACCOUNT_ID, client_order_ids=(order,)))
    wire.sent.clear()
    assert run.store.read(WITH_REPORT) == wiring.deps().store.read(WITH_REPORT)
    assert wire.operations() == [READ], "the test's own"


def test_account_when_killed_a_moment_ago_then_never_held(run: Run, wire: Wire) -> None:
    """Of such an account a read may be torn: two must agree."""
    run.commit(KillSwitchChanged(scope="account", key=ACCOUNT_ID, engaged=True, reason="drill"))
    wire.sent.clear()
    run.store.read(PLAIN)
    run.store.read(PLAIN)
    assert wire.operations() == [READ, READ]
    run.now += timedelta(seconds=31)
    run.store.read(PLAIN)
    run.store.read(PLAIN)
    assert wire.operations() == [READ, READ, READ]


def test_limits_when_changed_by_a_commit_then_read_again(run: Run, gateway: Gateway) -> None:
    run.store.read(PLAIN)
    assert gateway.limits(position_size_fraction_max="0.001").status == 200
    run.observe(is_ok=False)
    found, stored = run.store.read(PLAIN), wiring.deps().store.read(PLAIN)
    assert found == stored


def test_quotes_when_asked_for_then_read_without_the_account(run: Run, gateway: Gateway, wire: Wire) -> None:
    run.store.read(PLAIN)
    gateway.refresh_quotes()
    wire.sent.clear()
    request = ReadRequest(account_id=ACCOUNT_ID, markets=((VENUE, BTC),))
    found = run.store.read(request)
    assert found == wiring.deps().store.read(request)
    asked = wire.sent[0].parameters["RequestItems"]
    assert [len(table["Keys"]) for table in asked.values()] == [2], "a quote and an instrument"


def test_instruments_when_asked_for_by_several_runs_then_read_once_for_a_while(
    run: Run, gateway: Gateway, wire: Wire
) -> None:
    wanted = ReadRequest(account_id=ACCOUNT_ID, instruments=((VENUE, BTC), (VENUE, NEW)))
    assert list(run.store.read(wanted).instruments) == [f"{VENUE}:{BTC}"]
    wire.sent.clear()
    run.begin()
    assert list(run.store.read(wanted).instruments) == [f"{VENUE}:{BTC}"]
    assert wire.operations() == [READ], "the account alone"
    instruments = [instrument_of(BTC) | {"symbol": NEW}, instrument_of(BTC) | {"tick_size": "0.1"}]
    assert gateway.call("PUT", "/market/instruments", {"instruments": instruments}).status == 200
    run.now += INSTRUMENTS_KEPT
    found = run.store.read(wanted).instruments
    assert found == wiring.deps().store.read(wanted).instruments
    assert len(found) == 2


def test_instruments_when_their_venue_has_none_yet_then_asked_for_each_time(run: Run, gateway: Gateway) -> None:
    wanted = ReadRequest(account_id=ACCOUNT_ID, instruments=(("kraken", ETH),))
    assert not run.store.read(wanted).instruments
    instruments = [instrument_of(ETH, venue="kraken")]
    assert gateway.call("PUT", "/market/instruments", {"instruments": instruments}).status == 200
    assert list(run.store.read(wanted).instruments) == [f"kraken:{ETH}"]


def test_other_chain_when_read_then_never_held(run: Run, wire: Wire) -> None:
    run.store.read(PLAIN)
    wire.sent.clear()
    run.store.read(ReadRequest(account_id=GATEWAY_CHAIN))
    run.store.read(ReadRequest(account_id=GATEWAY_CHAIN))
    run.store.read(PLAIN)
    assert wire.operations() == [READ, READ]


def test_held_account_when_another_commits_between_read_and_commit_then_the_race_is_lost(
    run: Run, gateway: Gateway, wire: Wire
) -> None:
    run.store.read(PLAIN)
    wire.then(COMMIT, interleave(gateway.approved))
    run.observe(is_ok=False)
    assert run.store.read(PLAIN) == wiring.deps().store.read(PLAIN)
    assert len(run.store.read(PLAIN).require_state().working_orders) == 1
