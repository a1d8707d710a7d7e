"""Gate's books of a wallet: moves between wallets, and funding, as the venue writes them.

ccxt sends milliseconds where these routes take seconds, and cannot read the futures' times.

Source: Gate's API documentation, "Query spot account transaction history", "Query futures account change history".
"""

from collections.abc import Callable, Mapping
from typing import Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient
from riskgate.adapters.exchange.history import DAY_MS
from riskgate.adapters.exchange.paging import Pages, by_number, by_offset, read_whole
from riskgate.adapters.exchange.parse import Row, to_decimal, to_transfer
from riskgate.core.instrument import MarketType
from riskgate.core.money import ZERO
from riskgate.core.venues.model import TransferKind, TransferStatus, VenueTransfer

_PAGE = 100
_SPAN_MS = 29 * DAY_MS
#: Moves between the spot wallet and the venue's others; deposits and withdrawals have lists of their own.
_SPOT_WORDS = (
    "sub_account_transfer", "margin_in", "margin_out", "cross_margin_in", "cross_margin_out", "futures_in",
    "futures_out", "delivery_in", "delivery_out", "copy_trading_in", "copy_trading_out", "quant_in", "quant_out",
)  # fmt: skip


def list_moves(client: ExchangeClient, start_ms: int, end_ms: int) -> list[VenueTransfer]:
    """Return what moved between this wallet and the venue's others in a period."""
    words = _SPOT_WORDS if client.market_type is MarketType.SPOT else ("dnw",)
    rows = [row for word in words for row in read_book(client, word, start_ms, end_ms)]
    return [_to_move(row) for row in rows]


def check_move(row: Row) -> None:
    """Require what a move needs. Raises VenueAnswerInvalid."""
    _to_move(row)


def read_book(
    client: ExchangeClient, word: str, start_ms: int, end_ms: int, check: Callable[[Row], object] = check_move
) -> list[Row]:
    """Return one kind of rows of a period: `id`, `timestamp`, `amount` (with its sign), `currency`, raw in `info`.

    Rows that `check` cannot read are left out, and told.
    """
    spot = client.market_type is MarketType.SPOT
    pages = by_number("page", _PAGE) if spot else by_offset("offset", _PAGE)
    found: dict[str, Row] = {}
    for low in range(start_ms, end_ms + 1, _SPAN_MS):
        high = min(low + _SPAN_MS, end_ms)
        found |= {str(row["id"]): row for row in _read_span(client, word, (low, high), pages, check)}
    return [row for row in found.values() if start_ms <= int(row["timestamp"]) <= end_ms]


def _read_span(
    client: ExchangeClient, word: str, span: tuple[int, int], pages: Pages, check: Callable[[Row], object]
) -> list[Row]:
    spot = client.market_type is MarketType.SPOT
    asked: dict[str, Any] = {"from": span[0] // 1000, "to": span[1] // 1000 + 1, "type": word, "limit": _PAGE}
    if not spot:
        asked["settle"] = "usdt"
    name = "privateSpotGetAccountBook" if spot else "privateFuturesGetSettleAccountBook"

    def ask(_limit: int | None, page: Mapping[str, Any]) -> CcxtCall[Any]:
        parameters = {**asked, **page}
        return CcxtCall(name, (), lambda ccxt: [_to_row(row, spot=spot) for row in getattr(ccxt, name)(parameters)])

    kind = "funding" if word == "fund" else "transfer"
    return list(read_whole(client, name, kind, ask, check, every_settle=False, pages=pages))


def _to_row(raw: Any, *, spot: bool) -> Row:
    """Return a row as venue lists are read: spot's times are milliseconds, the futures' seconds and a fraction."""
    body: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    time = str(body.get("time", ""))
    whole, _, part = time.partition(".")
    at = f"{whole}{part[:3]:0<3}" if not spot else whole
    # Rows of 2023 and before have no id.
    name = body.get("id") or "/".join(str(body.get(field)) for field in ("time", "type", "change", "balance", "text"))
    return {
        "id": str(name),
        "timestamp": int(at) if at.isascii() and at.isdigit() else None,
        "amount": body.get("change"),
        "currency": body.get("currency") if spot else "USDT",
        "info": body,
    }


def _to_move(row: Row) -> VenueTransfer:
    goes_in = to_decimal(row.get("amount"), "amount") > ZERO
    return to_transfer(row, TransferKind.DEPOSIT if goes_in else TransferKind.WITHDRAWAL, TransferStatus.OK)
