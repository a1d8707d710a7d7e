"""Accounts of every size, and the stored items a decision on them reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.core.account.document import AccountState, DaySession, Position, WeekSession
from riskgate.core.account.exposure import hold_coins
from riskgate.core.account.results import begin_results
from riskgate.core.account.stored import GENESIS_HASH
from riskgate.core.limits import Limits
from riskgate.core.money import with_risk_context
from riskgate.core.order import OrderType
from riskgate.core.orders.evaluate import Inputs
from riskgate.core.side import Side
from riskgate.schemas.codec import encode, sha256_hex
from tests.bench.gate_figures import GateFigures
from tests.support.builders import (
    ACCOUNT_ID,
    DAY,
    SPOT,
    VENUE,
    build_account,
    build_inputs,
    build_instrument,
    build_matrix,
    build_order,
    build_position,
    build_quote,
    build_row,
    build_working,
    dec,
)

STATE_TABLE, CONTROL_TABLE, AUDIT_TABLE = "state", "control", "audit"
EQUITY = 1_000_000
#: Versions of an account that decisions find by turns: no two in a row read the same document.
VERSIONS = 4
#: Markets beside the order's own over which open orders and positions spread.
MARKETS = tuple(f"ASSET{number}/USDT" for number in range(199))
#: Prices of inputs age while a bench runs; nothing here is about their age.
AGE_MAX_SECONDS = 86_400

#: The default limits with every check that is off by default switched on.
LIMITS = replace(
    Limits(),
    state_max_age_seconds=AGE_MAX_SECONDS,
    quote_max_age_seconds=AGE_MAX_SECONDS,
    order_notional_min=Decimal(10),
    order_notional_max=Decimal(100_000),
    open_positions_max=1000,
    order_rate_max=1000,
    daily_trades_max=1000,
    venue_equity_fraction_max=None,
    # Real coins move together: how far is measured, and does not stop the order.
    correlation_max=Decimal(1),
)
#: A small limit order with a stop, as a bot sends it.
ORDER_BODY = {
    "client_order_id": "order-1",
    "symbol": SPOT,
    "venue": VENUE,
    "strategy": "trend",
    "side": "buy",
    "type": "limit",
    "quantity": "5",
    "price": "100",
    "stop_loss_price": "98",
}


def build_book(
    now: datetime,
    *,
    open_orders: int = 0,
    positions: int = 0,
    in_one_market: bool = False,
    marked_at: datetime | None = None,
) -> AccountState:
    """Return an account with so many open orders and positions, all far below its limits.

    Parameters
    ----------
    in_one_market : bool, whether all open orders stand in the market of the order that is decided.
    marked_at : datetime, when the positions were marked last; `now` by default.
    """
    working = [
        build_working(
            "0.01",
            SPOT if in_one_market else MARKETS[number % len(MARKETS)],
            client_order_id=f"open-{number}",
            approved_at=now,
            expires_at=now + DAY,
        )
        for number in range(open_orders)
    ]
    held = [build_position("0.1", MARKETS[number], marked_at=marked_at or now) for number in range(positions)]
    account = build_account(
        EQUITY,
        positions=held,
        working=working,
        day=DaySession(day=now.date(), baseline=dec(EQUITY)),
        week=WeekSession(monday=now.date() - DAY * now.weekday(), peak=dec(EQUITY)),
        equity_at=now,
        updated_at=now,
        limits_hash=sha256_hex(encode(LIMITS)),
    )
    # As after its first decision, which moves an account of before over once, and begins its results.
    account = with_risk_context(hold_coins)(account)
    return replace(account, results=begin_results(account))


def build_order_inputs(now: datetime, book: AccountState, figures: GateFigures | None = None) -> Inputs:
    """Return the order of `ORDER_BODY` with what is read for it; no check lacks an input.

    Without figures every asset of the book correlates with the order's a little, and there is no report.
    """
    order = build_order(5, 100, type=OrderType.LIMIT, side=Side.BUY, stop_loss_price=98, client_order_id="order-1")
    row = figures.row if figures is not None else _row(now)
    correlations = figures.correlations if figures is not None else build_matrix(row)
    return build_inputs(
        order,
        limits=LIMITS,
        now=now,
        quote=build_quote(at=now),
        correlation=row.for_book(book.exposure.net_by_asset, correlations),
        report=figures.report if figures is not None else None,
    )


def _row(now: datetime) -> Any:
    return build_row("BTC", {market.partition("/")[0]: "0.1" for market in MARKETS}, as_of=now)


@dataclass(frozen=True, kw_only=True)
class StoredItems:
    """What the batch reads of the order in `ORDER_BODY` find, by table."""

    state: list[items.Item]
    control: list[items.Item]

    @property
    def responses(self) -> dict[str, Any]:
        """Return the answer of BatchGetItem."""
        return {"Responses": {STATE_TABLE: self.state, CONTROL_TABLE: self.control}, "UnprocessedKeys": {}}


def build_items(book: AccountState, now: datetime, figures: GateFigures | None = None) -> StoredItems:
    """Return the items as the store writes them, the account in several versions: each decision reads another one."""
    market = f"{VENUE}:{SPOT}"
    row = figures.row if figures is not None else _row(now)
    correlations = figures.correlations if figures is not None else build_matrix(row)
    report = [items.report_key(ACCOUNT_ID) | documents.write_document(figures.report)] if figures is not None else []
    return StoredItems(
        state=[
            *(_account(replace(book, version=version)) for version in range(1, VERSIONS + 1)),
            *report,
            items.quote_key(market)
            | documents.write_document(build_quote(at=now))
            | {"at": {"S": format_microseconds(now)}},
            items.instrument_key(market) | documents.write_document(build_instrument()),
            items.correlation_key("BTC") | documents.write_document(replace(row, book=None)),
            items.correlations_key() | documents.pack_document(correlations.pack()),
            *(_held_quote(position, now) for key, position in book.positions.items() if key != market),
        ],
        control=[
            items.limits_item(ACCOUNT_ID, LIMITS, book.limits_version, now, "bench", items.limits_key(ACCOUNT_ID)),
            items.kill_switch_key("global", "") | {"engaged": {"BOOL": False}, "reason": {"S": ""}},
        ],
    )


def _account(book: AccountState) -> items.Item:
    return items.account_item(
        ACCOUNT_ID, book, encode(book).decode(), version=book.version, sequence=book.version, head=GENESIS_HASH
    )


def _held_quote(position: Position, now: datetime) -> items.Item:
    quote = build_quote(symbol=position.symbol, at=now)
    return items.quote_key(position.key) | documents.write_document(quote) | {"at": {"S": format_microseconds(now)}}
