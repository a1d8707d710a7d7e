"""1000PEPE is 1,000 PEPE once an operator said so: before it is another asset, and proposed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.account.aliases import asset_of, multiplier_of, propose_aliases
from riskgate.core.account.document import AccountState, Balance
from riskgate.core.account.parts import AssetAlias
from riskgate.core.codes import DenyCode
from riskgate.core.hedging.model import HedgeMode
from riskgate.core.ledger.account_events import SnapshotRecorded, value_account
from tests.support.builders import (
    NOW,
    PASSED,
    SELL,
    VENUE,
    VIOLATED,
    apply,
    approve,
    build_account,
    build_fill,
    build_limits,
    build_order,
    build_position,
    build_registration,
    build_reported,
    build_working,
    run_check,
)
from tests.unit.core.hedging.books import book, codes, market, orders, plan, spec, through

SPOT, SWAP = "PEPE/USDT", "1000PEPE/USDT:USDT"
THOUSAND = AssetAlias(asset="PEPE", multiplier=Decimal(1000))
CONFIRMED = {"1000PEPE": THOUSAND}
LIMITS = build_limits(asset_fraction_max="0.20")


def hold(**changes: object) -> AccountState:
    """15 % in PEPE on spot, of 10,000."""
    return build_account(positions=[build_position(15, SPOT)], **changes)


@pytest.mark.parametrize(("aliases", "outcome"), [({}, PASSED), (CONFIRMED, VIOLATED)])
def test_asset_cap_when_a_swap_is_of_the_coin_under_another_name_then_both_count_once_confirmed(
    aliases: dict[str, AssetAlias], outcome: object
) -> None:
    state = hold(asset_aliases=aliases)

    assert (
        run_check(DenyCode.ASSET_CONCENTRATION, build_order(10, symbol=SWAP), state, limits=LIMITS).outcome is outcome
    )


@pytest.mark.parametrize("quantity", [10, -10])
def test_registration_when_it_confirms_an_alias_then_what_is_held_and_works_counts_at_once_and_back(
    quantity: int,
) -> None:
    state = build_account(positions=[build_position(15, SPOT), build_position(quantity, SWAP)])
    state = approve(state, build_order(1, symbol=SWAP))
    described = build_registration(sectors=state.sectors, venues=state.venues)

    confirmed = apply(state, replace(described, asset_aliases=CONFIRMED)).state
    back = apply(confirmed, described).state

    assert confirmed.exposure.by_asset == {"PEPE": 1500 + (1100 if quantity > 0 else 1000)}
    # Bought of a short, the one that works only shrinks it.
    assert confirmed.exposure.net_by_asset["PEPE"] == 1500 + quantity * 100 + (100 if quantity > 0 else 0)
    assert confirmed.positions[f"{VENUE}:{SWAP}"].asset == "PEPE"
    assert back.exposure == state.exposure
    assert set(back.exposure.by_asset) == {"PEPE", "1000PEPE"}


def test_swap_when_bought_or_reported_under_an_alias_then_of_the_asset() -> None:
    order = build_order(5, symbol=SWAP)
    state = approve(hold(asset_aliases=CONFIRMED), order)

    filled = apply(state, build_fill(order, 5)).state
    seen = SnapshotRecorded(
        taken_at=NOW, equity=Decimal(10_000), positions=(build_reported(5, SWAP), build_reported(15, SPOT)), rules=3
    )
    read = apply(hold(asset_aliases=CONFIRMED), seen).state

    assert filled.exposure.by_asset == read.exposure.by_asset == {"PEPE": 2000}
    assert filled.positions[f"{VENUE}:{SWAP}"].asset == read.positions[f"{VENUE}:{SWAP}"].asset == "PEPE"


def test_short_swap_when_of_the_coin_held_then_it_hedges_it() -> None:
    state = hold(asset_aliases=CONFIRMED)
    order = build_order(15, symbol=SWAP, side=SELL)

    after = apply(approve(state, order), build_fill(order, 15)).state

    assert after.exposure.net_by_asset == {}
    assert after.exposure.by_asset == {"PEPE": 3000}


def test_coin_when_its_swap_has_a_mark_per_thousand_then_the_coin_is_not_worth_that() -> None:
    swap = build_position(1, SWAP, asset="PEPE")
    state = build_account(
        positions=[swap], balances={VENUE: {"PEPE": Balance(total=Decimal(5))}}, asset_aliases=CONFIRMED
    )

    assert value_account(state) == ({VENUE: 0}, ("PEPE",))


@pytest.mark.parametrize(
    ("symbol", "asset", "multiplier"),
    [
        ("1000PEPE/USDT:USDT", "PEPE", 1000),
        ("1000000MOG/USDT:USDT", "MOG", 1_000_000),
        ("1MBABYDOGE/USDT:USDT", "BABYDOGE", 1_000_000),
        ("10000LADYS/USDT:USDT", "LADYS", 10_000),
    ],
)
def test_proposal_when_a_swap_is_named_after_a_multiple_then_what_it_would_be(
    symbol: str, asset: str, multiplier: int
) -> None:
    state = build_account(positions=[build_position(1, symbol)])
    name = symbol.partition("/")[0]

    assert propose_aliases(state) == {name: AssetAlias(asset=asset, multiplier=Decimal(multiplier))}
    assert propose_aliases(replace(state, asset_aliases=propose_aliases(state))) == {}


@pytest.mark.parametrize(
    "symbol", ["1INCH/USDT:USDT", "100X/USDT:USDT", "1000/USDT:USDT", "BTC/USDT:USDT", "1000CAT/USDT"]
)
def test_proposal_when_the_name_is_no_multiple_or_a_coins_own_then_none(symbol: str) -> None:
    state = build_account(positions=[build_position(1, symbol)])

    assert propose_aliases(state) == {}
    assert (asset_of(state, symbol), multiplier_of(state, symbol)) == (symbol.partition("/")[0], 1)


def test_alias_when_of_a_spot_market_then_the_coin_keeps_its_wallets_name() -> None:
    state = hold(asset_aliases={"PEPE": AssetAlias(asset="1000PEPE", multiplier=Decimal("0.001"))})

    assert asset_of(state, SPOT) == "PEPE"
    assert asset_of(state, "PEPE/USDT:USDT") == "1000PEPE"


def test_hedge_when_of_a_swap_under_an_alias_then_in_the_coins_units_and_never_in_that_market() -> None:
    held = build_position(2, SWAP, asset="PEPE")
    state = replace(book(asset_aliases=CONFIRMED), positions={held.key: held})
    own = "PEPE/USDT:USDT"

    made = plan(spec(HedgeMode.FULL, position=held.key, instruments=through(own)), state, market(own, "0.1"))
    itself = plan(spec(HedgeMode.FULL, position=held.key), state, market(SWAP))

    assert orders(made) == [(own, "sell", 2000, False)]
    assert made.delta_before == {"PEPE": 2000}
    assert (orders(itself), codes(itself)[0]) == ([], "HEDGE_INSTRUMENT_INVALID")


@pytest.mark.parametrize(("symbol", "proposed"), [(SWAP, {"1000PEPE"}), ("1000PEPE/USDT", set())])
def test_proposal_when_only_an_order_works_then_of_a_swap_alone(symbol: str, proposed: set[str]) -> None:
    state = build_account(working=[build_working(1, symbol)])
    assert propose_aliases(state).keys() == proposed
