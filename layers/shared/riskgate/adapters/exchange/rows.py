"""Lists of which one row cannot be read: the others are used, and the row is told.

Of balances and positions, which are summed, the others come with an error: a sum that lacks a part is no sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from riskgate.adapters.exchange.row_repairs import REPAIRS
from riskgate.adapters.exchange.sieve import WALLET_READERS, sieve_markets, sieve_wallet
from riskgate.core.errors import RowsUnreadable
from riskgate.core.venues.model import UnreadableRow
from riskgate.observability import MetricUnit, add_venue_metric, logger

VENUE_ROW_UNREADABLE = "venue_row_unreadable"

#: Marks the place of a row in what ccxt returns.
_MARK = "riskgate_unreadable"
_DETAIL_LENGTH_MAX = 120
_FORM_UNKNOWN = "it has another form than the gateway knows"
#: What ccxt keeps beside the coins of a wallet.
_NO_COINS = frozenset({"info", "timestamp", "datetime", "free", "used", "total", "debt"})
_LATE_MS = 9_999_999_999_999
#: ccxt's readers of one row, and what they read.
READERS = {
    "parse_order": "order",
    "parse_trade": "trade",
    "parse_transaction": "transfer",
    "parse_transfer": "transfer",
    "parse_ledger_entry": "transfer",
    "parse_income": "funding",
    "parse_ticker": "quote",
    "parse_position": "position",
    "parse_position_risk": "position",
}
#: Where a row's id stands.
_IDS = (
    "orderId", "order_id", "ordId", "tradeId", "execId", "billId", "refid", "txid", "txId", "tranId",
)  # fmt: skip
#: Where a venue's own name of a market stands, in a row of its markets or of positions.
_MARKET_NAMES = ("symbol", "id", "instId", "name", "contract", "market", "pair", "product_id", "coin")


class Rows(list[Any]):
    """The readable rows of a list as the venue cut it; `unreadable` more came with them."""

    def __init__(self, rows: Iterable[Any], unreadable: int) -> None:
        super().__init__(rows)
        self.unreadable = unreadable


def guard_readers(known: type) -> dict[str, Any]:
    """Return ccxt's readers of single rows so that one that fails leaves a mark, and spoils no list."""
    repairs = REPAIRS.get(known.__name__, {})
    return {
        name: _guard(getattr(known, name), kind, repairs.get(name))
        for name, kind in READERS.items()
        if hasattr(known, name)
    } | {
        "parse_market": _guard_market(known.parse_market),  # type: ignore[attr-defined]
        "set_markets": _guard_markets(known.set_markets),  # type: ignore[attr-defined]
        "fetch_markets": sieve_markets(known.fetch_markets, _tell_market),  # type: ignore[attr-defined]
        "safe_balance": _guard_balances(known.safe_balance),  # type: ignore[attr-defined]
        **{
            name: sieve_wallet(getattr(known, name), place, _tell_balance)
            for name, place in WALLET_READERS.items()
            if hasattr(known, name)
        },
    }


class RowNotes:
    """The rows of one venue that could not be read: counted, told in the log, and kept until somebody takes them."""

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self._kept: list[UnreadableRow] = []
        #: How many so far.
        self.count = 0

    def note(self, rows: Iterable[UnreadableRow]) -> int:
        """Note rows, and return how many these are."""
        found = list(rows)
        for row in found:
            logger.warning(
                VENUE_ROW_UNREADABLE,
                venue=self._venue,
                kind=row.kind,
                row_id=row.row_id,
                symbol=row.symbol,
                detail=row.detail,
            )
        if found:
            add_venue_metric("VenueRowsUnreadable", MetricUnit.Count, len(found), self._venue)
        self._kept += found
        self.count += len(found)
        return len(found)

    def take(self) -> tuple[UnreadableRow, ...]:
        """Return the rows since this was last asked, each once."""
        found, self._kept = self._kept, []
        return tuple(dict.fromkeys(found))


def require_all[T](kind: str, found: Iterable[T], lost: int) -> tuple[T, ...]:
    """Return the rows of a list that is summed. Raises RowsUnreadable: it has more, which nobody can read."""
    readable = tuple(found)
    if lost:
        raise RowsUnreadable(f"{lost} of the exchange's {kind}s cannot be read", readable)
    return readable


def names_market(row: Any, names: Iterable[str]) -> bool:
    """Tell whether a row of ccxt's is about one of some markets, by the venue's own names of them."""
    info = row.get("info")
    return not market_names(row | (info if isinstance(info, dict) else {})).isdisjoint(names)


def market_names(row: Any) -> set[str]:
    """Return what a venue's row may call its market."""
    return {row[name] for name in _MARKET_NAMES if isinstance(row.get(name), str)} if isinstance(row, dict) else set()


def is_readable(row: Any) -> bool:
    """Tell whether ccxt could read a row."""
    return not (isinstance(row, dict) and _MARK in row)


def tell_row(kind: str, row: Any, error: Exception) -> UnreadableRow:
    """Return what is told of a row that nobody can read: its id and market where they stand in it."""
    raw = row if isinstance(row, dict) else {}
    told = {name: str(raw[name])[:_DETAIL_LENGTH_MAX] for name in ("id", "symbol") if raw.get(name) is not None}
    return UnreadableRow(
        kind=kind,
        row_id=told.get("id", _first(raw, *_IDS)),
        symbol=told.get("symbol", _first(raw, "product_id", "instId", "contract", "currency_pair", "coin")),
        detail=str(getattr(error, "detail", _FORM_UNKNOWN))[:_DETAIL_LENGTH_MAX],
    )


def _first(row: dict[str, Any], *names: str) -> str:
    found = (row[name] for name in names if isinstance(row.get(name), str | int))
    return str(next(found, ""))[:_DETAIL_LENGTH_MAX]


def _guard(
    read: Callable[..., Any], kind: str, repair: Callable[[Any, dict[str, Any]], dict[str, Any]] | None
) -> Callable[..., Any]:
    def guarded(self: Any, row: Any, *arguments: Any, **named: Any) -> Any:
        try:
            told = row if repair is None else repair(self, row)
            return read(self, told, *arguments, **named)
        except Exception as error:  # noqa: BLE001 whatever is wrong with the row, it is told
            self.unreadable_rows.append(tell_row(kind, row, error))
            # ccxt sorts and filters by time and id: these pass.
            return {_MARK: True, "info": row, "id": "", "symbol": None, "timestamp": _LATE_MS, "currency": None}

    return guarded


def _guard_balances(read: Callable[..., Any]) -> Callable[..., Any]:
    """Return ccxt's last step of reading balances so that a coin it cannot add up spoils no other."""

    def guarded(self: Any, balances: dict[str, Any]) -> Any:
        coins = {name: row for name, row in balances.items() if name not in _NO_COINS}
        for name, row in coins.items():
            try:
                read(self, {name: dict(row)})
            except Exception as error:  # noqa: BLE001 as above
                self.unreadable_rows.append(tell_row("balance", {"symbol": name}, error))
                del balances[name]
        return read(self, balances)

    return guarded


def _tell_market(exchange: Any, row: Any, error: Exception) -> None:
    exchange.unreadable_rows.append(tell_row("market", row, error))
    exchange.lost_markets |= market_names(row)


def _tell_balance(exchange: Any, row: Any, error: Exception) -> None:
    exchange.unreadable_rows.append(tell_row("balance", row, error))


def _guard_market(read: Callable[..., Any]) -> Callable[..., Any]:
    guarded = _guard(read, "market", None)

    def noting(self: Any, row: Any, *arguments: Any, **named: Any) -> Any:
        market = guarded(self, row, *arguments, **named)
        if not is_readable(market):
            self.lost_markets |= market_names(row)
        return market

    return noting


def _guard_markets(keep: Callable[..., Any]) -> Callable[..., Any]:
    """Return ccxt's step that keeps markets so that those which nobody can read are left out: they are not traded."""

    def guarded(self: Any, markets: Any, *arguments: Any, **named: Any) -> Any:
        rows = markets.values() if isinstance(markets, dict) else markets
        return keep(self, [row for row in rows if row is not None and is_readable(row)], *arguments, **named)

    return guarded
