"""What is held."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.core.errors import (
    HedgeModeUnsupported,
)
from riskgate.core.venues.model import TransferKind, TransferStatus
from tests.exchanges.book import Movement, Payment, Position, Wallet
from tests.exchanges.cases.registry import TWO_HOURS_AGO, call
from tests.exchanges.desk import HOUR_MS, Desk
from tests.exchanges.wire import SWAP

D = Decimal


@call("what is held, free and in orders", "trade")
def balances(desk: Desk) -> None:
    coin = desk.venue.markets[0].settle or desk.venue.markets[0].quote
    desk.venue.book.wallets |= {coin: Wallet(total=D("1539.30"), used=D("39.30"))}
    (seen,) = [item for item in desk.exchange.list_balances() if item.asset == coin]
    assert (seen.total, seen.free, seen.used) == (D("1539.30"), D(1500), D("39.30"))


@call("the margin balance, open profit and loss in it, in every settle coin", "trade", spot=False)
def margin_balance(desk: Desk) -> None:
    coins = {market.settle for market in desk.venue.markets}
    desk.venue.book.wallets |= {coin: Wallet(total=D("1539.30"), unrealized=D("-186.95")) for coin in coins}
    seen = {item.asset: item.total for item in desk.exchange.list_balances()}
    assert {coin: seen.get(coin) for coin in coins} == dict.fromkeys(coins, D("1352.35"))


@call("positions of all settle coins", "trade", spot=False)
def positions(desk: Desk) -> None:
    wanted = {market.symbol: D((number + 1) * (-1) ** number) * 2 for number, market in enumerate(desk.venue.markets)}
    desk.venue.book.positions = [
        Position(symbol=symbol, quantity=quantity, entry=D(49_000), unrealized=D(20))
        for symbol, quantity in wanted.items()
    ]
    seen = desk.exchange.list_positions()
    assert {item.symbol: item.quantity for item in seen} == wanted
    assert {item.entry_price for item in seen} == {D(49_000)}


@call("hedge mode is noticed and refused", "trade", spot=False)
def hedge_mode(desk: Desk) -> None:
    assert desk.exchange.get_account_setup().is_hedged in {False, None}
    if desk.venue.one_way_only:
        return
    desk.venue.hedged = True
    assert desk.exchange.get_account_setup().is_hedged in {True, None}
    desk.venue.book.positions = [
        Position(symbol=desk.symbol, quantity=D(2), leg="long"),
        Position(symbol=desk.symbol, quantity=D(-1), leg="short"),
    ]
    with pytest.raises(HedgeModeUnsupported):
        desk.exchange.list_positions()


@call("deposits, withdrawals and moves between wallets", "trade")
def transfers(desk: Desk) -> None:
    kinds = ("in", "out") if desk.kind.market_type is SWAP else ("deposit", "withdrawal")
    coin = desk.kind.moved_asset
    desk.venue.book.movements = [
        Movement(number=501, kind=kinds[0], asset=coin, amount=D(900), at_ms=desk.venue.book.now_ms - HOUR_MS),
        Movement(number=502, kind=kinds[1], asset=coin, amount=D(200), at_ms=desk.venue.book.now_ms - 60_000),
    ]
    seen = desk.exchange.list_transfers(TWO_HOURS_AGO)
    assert [(item.kind, item.asset, item.amount, item.status) for item in seen] == [
        (TransferKind.DEPOSIT, coin, D(900), TransferStatus.OK),
        (TransferKind.WITHDRAWAL, coin, D(200), TransferStatus.OK),
    ]


@call("funding payments of all markets", spot=False)
def funding(desk: Desk) -> None:
    at = desk.venue.book.now_ms - HOUR_MS
    # Some venues list payments by market alone: those of which something is held, or was.
    desk.venue.book.positions = [Position(symbol=market.symbol, quantity=D(2)) for market in desk.venue.markets[1:]]
    order = desk.venue.book.place(desk.client_id(0), desk.symbol, "buy", desk.lots(3), type="limit", price=D(40_000))
    desk.venue.book.fill(order, desk.lots(3), at_ms=at + 1000)
    desk.venue.book.payments = [
        Payment(number=601 + n, symbol=market.symbol, asset=market.settle, amount=D(n) - D("1.5"), at_ms=at)
        for n, market in enumerate(desk.venue.markets)
    ]
    seen = {item.symbol: (item.asset, item.amount) for item in desk.exchange.list_funding(TWO_HOURS_AGO)}
    assert seen == {item.symbol: (item.asset, item.amount) for item in desk.venue.book.payments}


@call("the next funding rate", spot=False)
def funding_rates(desk: Desk) -> None:
    assert desk.exchange.list_funding_rates([desk.symbol]) == {desk.symbol: D("0.0001")}


@call("what the key may do")
def key_permissions(desk: Desk) -> None:
    rights = desk.exchange.get_key_permissions()
    assert (rights.can_trade, rights.can_withdraw) == (True, False)
