"""Money in and out of one wallet of a venue: deposits, withdrawals, and moves between the venue's own wallets."""

from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.history import History
from riskgate.adapters.exchange.parse import Row, invalid, to_transfer
from riskgate.core.venues.model import TransferKind, TransferStatus, VenueTransfer

# Longest periods and pages of Binance's wallet routes.
_WALLET_SPAN_DAYS = 29
_LEDGER_SPAN_DAYS = 6
_LEDGER_LIMIT = 1000
_WALLET_LIMIT = 100


def list_transfers(client: ExchangeClient, start_ms: int, end_ms: int) -> tuple[VenueTransfer, ...]:
    """Return all transfers of a period by time; see `Exchange.list_transfers`.

    Some venues date transfers to the second, so the period starts with the second.
    """
    start_ms -= start_ms % 1000

    def read(method: str, span_days: int, limit: int, **parameters: str) -> list[Row]:
        history = History(
            fetch=lambda low, high: client.read(ccxt_call(method, None, low, limit, {"until": high, **parameters})),
            identity=_identity,
            limit=limit,
            span_days=span_days,
        )
        return history.read(start_ms, end_ms)

    if client.rules.ledger_transfers:
        rows = read("fetch_ledger", _LEDGER_SPAN_DAYS, _LEDGER_LIMIT, incomeType="TRANSFER")
        transfers = [_from_ledger(row) for row in rows if row.get("type") == "transfer"]
    else:
        bounds = client.rules.transfer_span_days, client.rules.transfer_limit
        transfers = [to_transfer(row, TransferKind.DEPOSIT) for row in read("fetch_deposits", *bounds)]
        transfers += [to_transfer(row, TransferKind.WITHDRAWAL) for row in read("fetch_withdrawals", *bounds)]
        for wallets in client.rules.wallet_transfers:
            kind = TransferKind.WITHDRAWAL if wallets.startswith("MAIN_") else TransferKind.DEPOSIT
            rows = read("fetch_transfers", _WALLET_SPAN_DAYS, _WALLET_LIMIT, type=wallets)
            transfers += [to_transfer(row, kind) for row in rows]
    return tuple(sorted(transfers, key=lambda item: (item.at, item.transfer_id)))


def _identity(row: Row) -> str:
    identity = row.get("id") or row.get("txid")
    if not identity:
        raise invalid("transfer id")
    return str(identity)


def _from_ledger(row: Row) -> VenueTransfer:
    kind = TransferKind.DEPOSIT if row.get("direction") == "in" else TransferKind.WITHDRAWAL
    return to_transfer(row, kind, TransferStatus.OK)
