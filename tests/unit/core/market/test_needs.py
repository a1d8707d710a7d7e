"""Which markets are collected, for whom, and how their venue is reached."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from riskgate.core.account.document import AccountState, Balance, Venue
from riskgate.core.instrument import MarketType
from riskgate.core.limits import Limits, StrategyRules
from riskgate.core.market.needs import BOOKS_MAX, Place, VenueNeeds, Want, join_wants, list_places, list_wants
from tests.support.builders import build_account, build_position, build_trade, build_working, dec

SPOT, SWAP = MarketType.SPOT, MarketType.SWAP


def venue(name: str = "binance", market_type: MarketType = SPOT, secret: str | None = "s") -> Venue:  # noqa: S107 a name
    return Venue(venue=name, market_type=market_type, secret_name=secret)


def account(account_id: str = "demo", *venues: Venue, **changes: Any) -> AccountState:
    return replace(
        build_account(), **({"account_id": account_id, "venues": venues or (venue(),), "balances": {}} | changes)
    )


def needs(*accounts: tuple[AccountState, Limits | None], extra: tuple[str, ...] = ()) -> dict[str, VenueNeeds]:
    """Return what is read for these accounts, as it is joined from what each of them wants."""
    wants = frozenset[Want]().union(*(list_wants(state, limits) for state, limits in accounts))
    places = frozenset[Place]().union(*(list_places(state) for state, _ in accounts))
    joined = [join_wants(place, [want for want in wants if want.place == place], extra) for place in sorted(places)]
    return {f"{item.venue} {item.market_type}": item for item in joined}


def permitting(*symbols: str, **more: Any) -> Limits:
    return Limits(symbols_allowed=symbols, **more)


def test_needs_when_symbols_are_permitted_then_each_for_the_venues_of_its_type() -> None:
    limits = permitting("BTC/USDT", "ETH/USDT:USDT")
    found = needs((account("demo", venue(), venue("futures", SWAP)), limits))
    assert found["binance spot"].symbols == ("BTC/USDT",)
    assert found["futures swap"].symbols == ("ETH/USDT:USDT",)
    assert found["binance spot"].assets == found["futures swap"].assets == ("BTC", "ETH", "USDT")


@pytest.mark.parametrize(
    ("limits", "symbols"),
    [
        (permitting("BTC/USDT", symbols_denied=("BTC/USDT",)), ()),
        (Limits(), ()),
        (None, ()),
        (Limits(strategy_symbols={"a": ("BTC/USDT",), "b": ("ETH/USDT",)}), ("BTC/USDT", "ETH/USDT")),
        (permitting("BTC/USDT", strategy_symbols={"a": ("ETH/USDT",)}), ("BTC/USDT",)),
        (Limits(strategies={"a": StrategyRules(symbols=("SOL/USDT",)), "b": StrategyRules()}), ("SOL/USDT",)),
        (
            Limits(strategy_symbols={"a": ("BTC/USDT",)}, strategies={"b": StrategyRules(symbols=("SOL/USDT",))}),
            ("BTC/USDT", "SOL/USDT"),
        ),
    ],
)
def test_needs_when_limits_permit_then_as_the_gate_would(limits: Limits | None, symbols: tuple[str, ...]) -> None:
    assert needs((account(), limits))["binance spot"].symbols == symbols


def test_needs_when_held_or_working_then_at_that_venue_alone_and_with_its_rate() -> None:
    held = build_position(symbol="ETH/BTC", settle_currency="BTC")
    working = build_working(symbol="SOL/USDT")
    state = account(
        "demo", venue(), venue("kraken"), positions={held.key: held}, working_orders={working.client_order_id: working}
    )
    found = needs((state, None))
    assert found["binance spot"].symbols == ("BTC/USDT", "ETH/BTC", "SOL/USDT")
    assert found["binance spot"].assets == ("BTC", "ETH", "SOL", "USDT")
    assert found["kraken spot"].symbols == ()


def test_needs_when_assets_are_held_then_their_rate_and_closes() -> None:
    held = {"ADA": Balance(total=dec(5)), "DUST": Balance(total=dec(0)), "USDT": Balance(total=dec(100))}
    found = needs((account(balances={"binance": held}), None))["binance spot"]
    assert found.symbols == ("ADA/USDT",)
    assert set(found.assets) == {"ADA", "DUST", "USDT"}


def test_needs_when_no_account_gives_a_secret_then_the_venue_is_left_out() -> None:
    limits = permitting("BTC/USDT")
    assert needs((account("demo", venue(secret=None)), limits)) == {}


def test_needs_when_one_account_gives_a_secret_then_all_that_trade_there_are_served() -> None:
    keyless = (account("a", venue(secret=None)), permitting("BTC/USDT"))
    with_key = (account("b", venue(secret="b")), permitting("ETH/USDT"))
    found = needs(with_key, keyless)["binance spot"]
    assert found.symbols == ("BTC/USDT", "ETH/USDT")


def test_needs_when_more_symbols_are_wanted_then_at_every_venue() -> None:
    found = needs((account("demo", venue(), venue("kraken")), None), extra=("BTC/USDT", "BTC/USDT:USDT"))
    assert {name: item.symbols for name, item in found.items()} == {
        "binance spot": ("BTC/USDT",),
        "kraken spot": ("BTC/USDT",),
    }


def test_needs_when_an_account_permits_all_then_its_currency_is_open_and_others_are_not() -> None:
    everything = (account("a"), Limits())
    listed = (account("b", base_currency="EUR"), permitting("BTC/EUR"))
    by_strategy = (account("c", base_currency="USD"), Limits(strategy_symbols={"x": ("BTC/USD",)}))
    unknown = (account("d", base_currency="GBP"), None)
    assert needs(everything, listed, by_strategy, unknown)["binance spot"].open_currencies == ("USDT",)


def test_needs_when_symbols_are_added_then_those_of_the_type_with_their_assets() -> None:
    added = needs((account(), permitting("BTC/USDT")))["binance spot"].adding(["ETH/USDC", "SOL/USDT:USDT", "BTC/USDT"])
    assert (added.symbols, added.assets) == (("BTC/USDT", "ETH/USDC"), ("BTC", "ETH", "USDC", "USDT"))


def test_books_when_read_then_of_what_is_traded_first_and_then_of_what_is_permitted() -> None:
    held, other = build_position(symbol="SOL/USDT"), build_position(symbol="ADA/USDT", venue="kraken")
    working = build_working(symbol="XRP/USDT")
    closed = [build_trade(key="binance:DOT/USDT"), build_trade(key="kraken:LTC/USDT")]
    state = account(
        "demo",
        positions={held.key: held, other.key: other},
        working_orders={working.client_order_id: working},
        closed_trades=tuple(closed),
    )
    found = needs((state, permitting("BTC/USDT", "SOL/USDT")))["binance spot"]
    assert found.books == ("DOT/USDT", "SOL/USDT", "XRP/USDT", "BTC/USDT")


def test_books_when_many_are_wanted_then_no_more_than_the_most() -> None:
    names = [f"C{number:02}/USDT" for number in range(BOOKS_MAX + 1)]
    found = needs((account(), permitting(*names)))["binance spot"]
    assert found.books == tuple(names[:BOOKS_MAX])
    assert found.symbols == tuple(names)
