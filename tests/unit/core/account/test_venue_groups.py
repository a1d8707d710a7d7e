"""Wallets at one exchange count as one: its failure takes them all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.venue_groups import assign_groups, exchange_of, have_own_wallets, list_members
from riskgate.core.account.venue_share import list_excess
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType
from riskgate.core.ledger.account_events import AccountRegistered, SnapshotRecorded
from riskgate.core.levels.utilization import measure_utilization
from riskgate.core.limits import Limits
from riskgate.schemas.codec import encode
from tests.support.builders import (
    NOT_APPLICABLE,
    NOW,
    PASSED,
    VIOLATED,
    apply,
    build_account,
    build_limits,
    build_order,
    run_check,
)

CODE = DenyCode.VENUE_CONCENTRATION
LIMITS = build_limits(venue_equity_fraction_max="0.60")
SPOT, SWAP = MarketType.SPOT, MarketType.SWAP
WALLETS = (
    Venue(venue="binance", market_type=SPOT, group="binance"),
    Venue(venue="binanceusdm", market_type=SWAP, group="binance"),
)
ELSEWHERE = Venue(venue="kraken", market_type=SPOT, group="kraken")


def hold(*venues: Venue, **equity: int) -> AccountState:
    return build_account(venues=venues, venue_equity={name: Decimal(amount) for name, amount in equity.items()})


@pytest.mark.parametrize(
    ("spot", "swap", "outcome"), [(5500, 4500, VIOLATED), (3000, 3000, PASSED), (3000, 3001, VIOLATED), (0, 9, PASSED)]
)
def test_share_when_an_exchange_has_two_wallets_then_both_count(spot: int, swap: int, outcome: object) -> None:
    state = hold(*WALLETS, ELSEWHERE, binance=spot, binanceusdm=swap, kraken=10_000 - spot - swap)

    assert run_check(CODE, build_order(), state, limits=LIMITS).outcome is outcome


@pytest.mark.parametrize(("spot", "swap"), [(5500, 4500), (9000, 1000), (10_000, 0)])
def test_share_when_the_account_is_at_one_exchange_then_nothing_to_spread_and_no_level(spot: int, swap: int) -> None:
    state = hold(*WALLETS, binance=spot, binanceusdm=swap)

    assert run_check(CODE, build_order(), state, limits=LIMITS).outcome is NOT_APPLICABLE
    (row,) = [row for row in measure_utilization(state, LIMITS, None) if row.code is CODE]
    assert (row.value, row.level) == (0, "none")
    assert list_excess(state, LIMITS) == ()


def test_excess_when_an_exchange_has_two_wallets_then_of_both() -> None:
    state = hold(*WALLETS, ELSEWHERE, binance=4000, binanceusdm=4000, kraken=2000)

    (excess,) = list_excess(state, LIMITS)

    assert (excess.venue, excess.equity, excess.move) == ("binance", 8000, 2000)


@pytest.mark.parametrize(
    ("venue", "exchange"),
    [
        ("binance", "binance"),
        ("binanceusdm", "binance"),
        ("binanceus", "binanceus"),
        ("krakenfutures", "kraken"),
        ("my-own", "my-own"),
    ],
)
def test_exchange_when_a_class_of_it_is_named_then_found_and_any_other_name_is_its_own(
    venue: str, exchange: str
) -> None:
    assert exchange_of(venue) == exchange


def test_wallets_when_classes_of_one_exchange_then_their_own_and_any_others_are_not_known_to_be() -> None:
    assert have_own_wallets("binance", "binanceusdm")
    assert have_own_wallets("krakenfutures", "kraken")
    assert not have_own_wallets("bybit", "bybit-linear")
    assert not have_own_wallets("binance", "kraken")
    assert not have_own_wallets("binance", "binance")


def test_venues_when_registered_before_groups_then_grouped_by_the_first_snapshot_of_the_present_rules() -> None:
    before = tuple(replace(venue, group="") for venue in (*WALLETS, ELSEWHERE))
    state = hold(*before, binance=5500, binanceusdm=4500)

    def seen(rules: int) -> tuple[Venue, ...]:
        event = SnapshotRecorded(taken_at=NOW, equity=state.equity, rules=rules)
        return apply(state, event, limits=LIMITS).state.venues

    assert seen(rules=3) == before
    assert seen(rules=4) == (*WALLETS, ELSEWHERE)


def test_group_when_named_then_kept() -> None:
    own = replace(WALLETS[1], group="desk")

    assert assign_groups(hold(WALLETS[0], own)).venues == (WALLETS[0], own)


def test_documents_when_no_group_is_known_then_written_as_before() -> None:
    event = AccountRegistered(
        base_currency="USDT",
        venues=(replace(ELSEWHERE, group=""), ELSEWHERE),
        sectors={},
        initial_equity=Decimal(1),
        limits=Limits(),
        limits_hash="",
    )

    assert encode(event).count(b'"group"') == 1
    assert b'"group"' not in encode(hold(replace(ELSEWHERE, group="")))
    assert encode(hold(*WALLETS)).count(b'"group":"binance"') == 2


def test_members_when_venues_share_a_group_then_all_of_it_and_of_an_unknown_one_itself() -> None:
    state = hold(*WALLETS, ELSEWHERE, replace(ELSEWHERE, venue="bybit", group=""))
    members = {name: list_members(state, name) for name in ("binance", "binanceusdm", "kraken", "bybit", "okx")}
    both = ("binance", "binanceusdm")
    assert members == {
        "binance": both,
        "binanceusdm": both,
        "kraken": ("kraken",),
        "bybit": ("bybit",),
        "okx": ("okx",),
    }
