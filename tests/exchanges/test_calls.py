"""Every call the gateway makes of an exchange, at every class: as proven as the table says, no less and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator

import ccxt
import pytest

from tests.exchanges.calls import Call, list_calls
from tests.exchanges.desk import Desk, venue_time
from tests.exchanges.page import write_page
from tests.exchanges.server import VenueServer
from tests.exchanges.table import PAGE, PROVEN, TABLE, UNSCRIPTED, compute_scope, judge, key_of, list_venues
from tests.exchanges.wire import ScriptedVenue
from tests.support.hypothesis_profiles import is_sampled

KINDS = {key_of(kind): kind for kind in list_venues()}
#: Each call at every class is tried in a full run; in every run each class at a fifth of the calls, the next at others.
CASES = [
    pytest.param(key, case, id=f"{key}-{case.name}", marks=() if is_sampled(turn + number) else pytest.mark.long)
    for turn, (key, kind) in enumerate(KINDS.items())
    for number, case in enumerate(list_calls(kind.market_type))
]
STORED = json.loads(TABLE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def desks() -> Iterator[dict[str, Desk]]:
    """Return the desks that were opened so far: each class is built when its first case comes."""
    with venue_time():
        opened: dict[str, Desk] = {}
        yield opened
        for desk in opened.values():
            desk.exchange.close()


@pytest.fixture(scope="module")
def server() -> Iterator[VenueServer]:
    started = VenueServer()
    yield started
    started.close()


@pytest.mark.parametrize(("key", "case"), CASES)
def test_call_when_made_at_the_scripted_venue_then_as_the_table_says(
    key: str, case: Call, desks: dict[str, Desk], server: VenueServer
) -> None:
    if key not in desks:
        desks[key] = Desk(server, KINDS[key])
    outcome, failure = judge(desks[key], case)
    told = STORED["classes"].get(key, {}).get("calls", {}).get(case.name)
    if failure is not None and told == PROVEN:
        raise failure
    assert outcome == told, f"run python -m tests.exchanges.table: {failure!r}"


def test_table_when_compared_then_of_this_ccxt_and_scopes_follow_from_the_calls() -> None:
    assert STORED["ccxt"] == ccxt.__version__
    assert set(STORED["classes"]) == set(KINDS) | set(UNSCRIPTED)
    for key, row in STORED["classes"].items():
        assert row["scope"] == (compute_scope(KINDS[key], row["calls"]) if key in KINDS else "none")


def test_page_when_written_from_the_table_then_the_committed_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_page(STORED)


def test_class_when_it_is_scripted_then_keys_of_the_table_are_unique() -> None:
    kinds: list[type[ScriptedVenue]] = list_venues()
    assert len(kinds) == len(KINDS) > 1
