"""An account with two venues: swaps with leverage at one, coins at the other. What it has, and how it is registered."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.app.account.change_limits import change_limits
from riskgate.app.account.register_account import register_account
from riskgate.app.ledger.commit_event import Acting
from riskgate.core.account.stored import ReadRequest
from riskgate.core.instrument import Instrument, MarketType
from riskgate.schemas.http.requests.accounts import AccountRequest
from riskgate.schemas.http.requests.base import parse_request
from tests.simulation.gateway import STATE_TABLE
from tests.simulation.swap_venue import LEVERAGE, USDT, SwapVenue, quote_of
from tests.simulation.swarm import draw_swarm
from tests.simulation.venue import SimVenue

if TYPE_CHECKING:
    from tests.simulation.world import Plan, World

PERP = "perp"
SWAPS, COINS = "okx", "binance"
#: The secrets that name its books.
MARGIN_KEY, COINS_KEY = "margin", "coins"
BTC_SWAP, ETH_SWAP, BTC = "BTC/USDT:USDT", "ETH/USDT:USDT", "BTC/USDT"
SIZES = {BTC_SWAP: Decimal("0.01"), ETH_SWAP: Decimal("0.1")}
PRICES = {BTC_SWAP: Decimal(50_000), ETH_SWAP: Decimal(3_000)}
#: Little beside what is traded: a mark that leaps takes it away.
MARGIN, FUNDS = Decimal(3_000), Decimal(50_000)
#: Held from the start: there is something to hedge.
COIN = Decimal("0.08")
#: In so many histories this account takes part.
SHARE = 0.5
#: Who brings about something to look at, for whom the others are there.
TRADERS = frozenset({"perp0", "perp1"})


def takes_part(plan: Plan) -> bool:
    """Tell whether the account is there in a history: where nobody would touch it, it costs nothing."""
    if plan.without >= TRADERS or not any(draw_swarm(plan.seed).has(name) for name in (*TRADERS, "hedger")):
        return False
    return random.Random(f"{plan.seed}/perps").random() < SHARE  # noqa: S311 a simulation's dice


def make_books(world: World) -> dict[str, SimVenue]:
    """Return the account's books by the names of their secrets."""
    dice = random.Random(f"{world.plan.seed}/perps/books")  # noqa: S311 a simulation's dice
    skew = world.venues["key"].skew
    fees = [dice.choice([Decimal(0), Decimal("0.0005")]) for _ in range(2)]
    # Coins are those of the other account's exchange: one price for both.
    prices = world.venues["key"].prices
    return {
        MARGIN_KEY: SwapVenue(
            world=world,
            name=SWAPS,
            prices=dict(PRICES),
            balances={USDT: MARGIN},
            fee_fraction=fees[0],
            skew=skew,
            sizes=SIZES,
            rates={symbol: Decimal(dice.choice(["0.0001", "-0.0002", "0.002"])) for symbol in SIZES},
        ),
        COINS_KEY: SimVenue(
            world=world, name=COINS, prices=prices, balances={USDT: FUNDS, "BTC": COIN}, fee_fraction=fees[1], skew=skew
        ),
    }


def swap_instrument(symbol: str) -> Instrument:
    """Return the trading rules of a swap."""
    return Instrument(
        venue=SWAPS,
        symbol=symbol,
        market_type=MarketType.SWAP,
        base_currency=symbol.partition("/")[0],
        quote_currency=USDT,
        settle_currency=USDT,
        tick_size=Decimal("0.01"),
        step_size=Decimal("0.1"),
        quantity_min=Decimal("0.1"),
        contract_size=SIZES[symbol],
        stop_orders=True,
    )


def register_perps(acting: Acting, world: World) -> None:
    """Register the account, as it is before each history it takes part in."""
    store = acting.deps.store
    store.put_instruments([swap_instrument(symbol) for symbol in SIZES])
    store.put_quotes([quote_of(world.venues[MARGIN_KEY], symbol, world.scheduler.now) for symbol in SIZES])
    venues = [
        {"venue": SWAPS, "market_type": "swap", "secret_name": MARGIN_KEY},
        {"venue": COINS, "market_type": "spot", "secret_name": COINS_KEY},
    ]
    body = {"base_currency": USDT, "venues": venues, "initial_equity": str(MARGIN + FUNDS + COIN * 50_000)}
    register_account(acting, PERP, parse_request(AccountRequest, body))
    found = store.read(ReadRequest(account_id=PERP))
    assert found.limits is not None
    limits = replace(
        found.limits.limits,
        order_rate_max=1000,
        daily_trades_max=1000,
        duplicate_window_seconds=None,
        correlation_max=None,
        state_max_age_seconds=900,
        leverage_max=LEVERAGE,
        venue_equity_fraction_max=None,
    )
    change_limits(acting, PERP, limits, expected_version=found.require_state().limits_version)


def refresh_swap_quotes(world: World) -> None:
    """Let the swaps' quotes be those of now, as a feeder that is in time would."""
    for symbol in SIZES:
        quote = quote_of(world.venues[MARGIN_KEY], symbol, world.scheduler.now)
        item = items.quote_key(f"{SWAPS}:{symbol}") | documents.write_document(quote)
        at = {"at": {"S": format_microseconds(world.scheduler.now)}}
        world.tables.call("PutItem", {"TableName": STATE_TABLE, "Item": item | at})


def swaps_of(world: World) -> SwapVenue:
    """Return the book of swaps."""
    book = world.venues[MARGIN_KEY]
    assert isinstance(book, SwapVenue)
    return book
