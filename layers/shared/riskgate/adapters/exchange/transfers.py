"""Money in and out of one wallet of a venue: deposits, withdrawals, and moves between the venue's own wallets."""

from itertools import product

from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.gate_books import list_moves
from riskgate.adapters.exchange.history import History
from riskgate.adapters.exchange.own_transfers import list_own_transfers
from riskgate.adapters.exchange.paging import list_settles
from riskgate.adapters.exchange.parse import Row, invalid, to_decimal, to_transfer
from riskgate.adapters.exchange.venue_rule_fields import Ledger
from riskgate.core.instrument import MarketType
from riskgate.core.money import ZERO
from riskgate.core.venues.model import TransferKind, TransferStatus, VenueTransfer

# Longest periods and pages of Binance's wallet routes.
_WALLET_SPAN_DAYS = 29
_LEDGER_SPAN_DAYS = 6
_WALLET_LIMIT = 100


def list_transfers(client: ExchangeClient, start_ms: int, end_ms: int) -> tuple[VenueTransfer, ...]:
    """Return all transfers of a period by time; see `Exchange.list_transfers`.

    Some venues date transfers to the second, so the period starts with the second.
    """
    start_ms -= start_ms % 1000

    def read(
        method: str, kind: TransferKind, span_days: int, limit: int, until: str = "until", **more: str
    ) -> list[Row]:
        history = History(
            fetch=lambda low, high: client.read_list(
                "transfer",
                ccxt_call(method, None, low, limit, {until: high, **more}),
                lambda row: (_identity(row), to_transfer(row, kind)),
            ),
            identity=_identity,
            limit=limit,
            span_days=span_days,
        )
        return history.read(start_ms, end_ms)

    ledger = client.rules.ledger_of(client.market_type)
    own = list_own_transfers(client, start_ms, end_ms)
    if own is not None:
        transfers = own
    elif client.ccxt_id == "gate" and client.market_type is MarketType.SWAP:
        transfers = list_moves(client, start_ms, end_ms)
    elif ledger is not None:
        transfers = []
        for wallet, word in product(list_settles(client, "fetchLedger"), ledger.words):
            # The kind is that of each row; here it only stands in for what rows of a ledger do not name.
            more = {ledger.field: word, **wallet}
            rows = read(ledger.method, TransferKind.DEPOSIT, _LEDGER_SPAN_DAYS, ledger.limit, ledger.until, **more)
            transfers += [
                _from_ledger(row, ledger) for row in rows if (row.get("info") or {}).get(ledger.field) == word
            ]
    else:
        transfers = []
        for method, kind in (("fetch_deposits", TransferKind.DEPOSIT), ("fetch_withdrawals", TransferKind.WITHDRAWAL)):
            bounds = client.rules.transfer_span_days, client.rules.transfer_limit
            transfers += [to_transfer(row, kind) for row in read(method, kind, *bounds)]
        for wallets in client.rules.wallet_transfers:
            kind = TransferKind.WITHDRAWAL if wallets.startswith("MAIN_") else TransferKind.DEPOSIT
            rows = read("fetch_transfers", kind, _WALLET_SPAN_DAYS, _WALLET_LIMIT, type=wallets)
            transfers += [to_transfer(row, kind) for row in rows]
        if client.ccxt_id == "gate":
            transfers += list_moves(client, start_ms, end_ms)
    return tuple(sorted(transfers, key=lambda item: (item.at, item.transfer_id)))


def _identity(row: Row) -> str:
    identity = row.get("id") or row.get("txid")
    if not identity:
        raise invalid("transfer id")
    return str(identity)


def _from_ledger(row: Row, ledger: Ledger) -> VenueTransfer:
    goes_in = row.get("direction") == "in"
    if ledger.signed is not None:
        goes_in = to_decimal((row.get("info") or {}).get(ledger.signed), "amount") > ZERO
    kind = TransferKind.DEPOSIT if goes_in else TransferKind.WITHDRAWAL
    return to_transfer(row, kind, TransferStatus.OK)
