"""The daily statement as CSV (RFC 4180): orders, fills, profit and loss; and the list of their checksums."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple

from riskgate.core.account.stored import OrderRecord
from riskgate.core.money import plain
from riskgate.core.statements.statement import Statement

#: What a spreadsheet would take for a formula.
_FORMULA_STARTS = ("=", "+", "@", "\t", "\r")

ORDERS_FILE, FILLS_FILE, PNL_FILE, ACCOUNT_FILE = "orders.csv", "fills.csv", "pnl.csv", "account.csv"
CHECKSUMS_FILE = "SHA256SUMS"
_ORDER_COLUMNS = (
    "client_order_id", "order_id", "exchange_order_id", "strategy", "venue", "symbol", "side", "type", "status",
    "quantity", "price", "filled_quantity", "average_fill_price", "fees", "created_at", "updated_at", "reason",
)  # fmt: skip
_FILL_COLUMNS = (
    "booked_at", "executed_at", "client_order_id", "fill_id", "strategy", "venue", "symbol", "side",
    "quantity", "price", "fee", "fee_currency", "recorded_by", "other_fees",
)  # fmt: skip
_PNL_COLUMNS = (
    "strategy", "venue", "symbol", "currency", "fills", "realized_pnl", "fees", "fees_in_other_currencies", "funding",
    "net_realized", "closing_quantity", "average_price", "mark_price", "unrealized_pnl", "opening_quantity",
    "adopted_quantity",
)  # fmt: skip
_READ_COLUMNS = ("strategy", "venue", "symbol", "currency", "fills", "realized_pnl", "fees", "funding")
_ACCOUNT_COLUMNS = ("item", "at", "venue", "currency", "amount", "id")


class PnlRecord(NamedTuple):
    """One strategy in one market on one day, as its statement tells; amounts in `currency`."""

    strategy: str
    venue: str
    symbol: str
    currency: str
    fills: int
    realized: Decimal
    fees: Decimal
    funding: Decimal


def write_statement(statement: Statement, orders: Sequence[OrderRecord]) -> dict[str, bytes]:
    """Return the files of a statement by name; `SHA256SUMS` is as ``sha256sum --check`` reads it."""
    files = {
        ORDERS_FILE: _write(_ORDER_COLUMNS, (_order_row(record) for record in orders)),
        FILLS_FILE: _write(_FILL_COLUMNS, _fill_rows(statement)),
        PNL_FILE: _write(_PNL_COLUMNS, _pnl_rows(statement)),
        ACCOUNT_FILE: _write(_ACCOUNT_COLUMNS, _account_rows(statement)),
    }
    sums = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    return files | {CHECKSUMS_FILE: sums.encode()}


def read_pnl(data: bytes) -> list[PnlRecord]:
    """Return the lines of a statement's profit and loss. Raises ValueError: it is none."""
    rows = csv.DictReader(io.StringIO(data.decode()), strict=True)
    # Earlier statements have fewer columns.
    if not set(_READ_COLUMNS) <= set(rows.fieldnames or ()):
        raise ValueError("not a statement's profit and loss")
    return [
        PnlRecord(
            strategy=_uttered(row["strategy"]),
            venue=row["venue"],
            symbol=row["symbol"],
            currency=row["currency"],
            fills=int(row["fills"]),
            realized=Decimal(row["realized_pnl"]),
            fees=Decimal(row["fees"]),
            funding=Decimal(row["funding"]),
        )
        for row in rows
    ]


def _uttered(cell: str) -> str:
    """Return a text as it was before `_inert`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA_STARTS) else cell


def _write(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _inert(cell: str) -> str:
    """Keep a bot's own text from being run by a spreadsheet; an amount below zero is no formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _order_row(record: OrderRecord) -> Sequence[str]:
    order = record.order
    average = record.filled_notional / record.filled_quantity if record.filled_quantity else None
    return (
        order.client_order_id,
        record.order_id,
        record.exchange_order_id or "",
        order.strategy,
        order.venue,
        order.symbol,
        order.side.value,
        order.type.value,
        record.status.value,
        plain(record.quantity),
        _maybe(order.price),
        plain(record.filled_quantity),
        _short(average),
        _amounts(record.filled_fees),
        _at(record.created_at),
        _at(record.updated_at),
        record.reason,
    )


def _fill_rows(statement: Statement) -> Iterable[Sequence[str]]:
    for item in statement.fills:
        fill, instrument = item.fill, item.fill.market.instrument
        currency = fill.fee_currency or (instrument.settle_currency if instrument is not None else "")
        yield (
            _at(item.booked_at),
            _at(fill.executed_at),
            fill.order.client_order_id,
            fill.fill_id,
            fill.order.strategy,
            fill.order.venue,
            fill.order.symbol,
            fill.order.side.value,
            plain(fill.quantity),
            plain(fill.price),
            plain(fill.fee),
            currency if fill.fee else "",
            item.actor,
            _amounts({fee.currency or currency: fee.amount for fee in fill.other_fees if fee.amount}),
        )


def _pnl_rows(statement: Statement) -> Iterable[Sequence[str]]:
    for line in statement.lines:
        pnl = line.pnl
        yield (
            line.strategy,
            line.instrument.venue,
            line.instrument.symbol,
            line.instrument.settle_currency,
            str(pnl.executions),
            _short(pnl.realized),
            _short(pnl.fees),
            _amounts(pnl.unconverted_fees),
            _short(pnl.funding),
            _short(pnl.net_realized),
            plain(pnl.quantity),
            _short(pnl.average_price),
            _maybe(line.mark_price),
            _short(line.unrealized),
            plain(line.opening_quantity),
            plain(pnl.adopted),
        )


def _account_rows(statement: Statement) -> Iterable[Sequence[str]]:
    closing, base = statement.closing, statement.base_currency
    yield "opening_equity", "", "", base, _maybe(statement.opening_equity), ""
    for transfer in statement.transfers:
        yield "transfer", _at(transfer.executed_at), "", base, plain(transfer.amount), transfer.transfer_id
    yield "closing_equity", "", "", base, _maybe(closing.equity), ""
    read_at = _at(closing.read_at) if closing.read_at is not None else ""
    for venue, wallet in sorted(closing.wallets.items()):
        for asset, total in sorted(wallet.items()):
            yield "balance", read_at, venue, asset, plain(total), ""


def _maybe(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _short(value: Decimal | None) -> str:
    return "" if value is None else plain(value.quantize(Decimal("1e-8")))


def _amounts(amounts: Mapping[str, Decimal]) -> str:
    return " ".join(f"{plain(amount)} {currency}" for currency, amount in sorted(amounts.items()))


def _at(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
