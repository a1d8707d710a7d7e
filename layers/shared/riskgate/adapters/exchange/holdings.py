"""What a wallet holds: balances and positions. They are summed, so what nobody can read is an error, with the rest."""

from collections.abc import Mapping
from typing import Any

from riskgate.adapters.exchange.account_setup import to_positions
from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.kucoin_books import OWN_BALANCES
from riskgate.adapters.exchange.margin_balances import MARGIN_BALANCES
from riskgate.adapters.exchange.paging import list_settles, read_whole
from riskgate.adapters.exchange.parse import Row, invalid, to_balance, to_position
from riskgate.adapters.exchange.rows import names_market, require_all, tell_row
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.venues.model import UnreadableRow, VenueBalance, VenuePosition


def list_balances(client: ExchangeClient) -> tuple[VenueBalance, ...]:
    """Return all assets that are held; see `Exchange.list_balances`."""
    held: dict[str, VenueBalance] = {}
    unreadable = 0
    for wallet in list_settles(client, "fetchBalance"):
        found, lost = _read_balances(client, wallet)
        unreadable += lost
        for item in found:
            if item.asset in held:
                raise invalid("balances: an asset is in two wallets")
            held[item.asset] = item
    return require_all("balance", [held[asset] for asset in sorted(held)], unreadable)


def _read_balances(client: ExchangeClient, wallet: Mapping[str, str]) -> tuple[list[VenueBalance], int]:
    """Return what is held in one wallet, and how many of its assets could not be read."""
    own = OWN_BALANCES.get(client.ccxt_id)
    body: dict[str, Any] = own(client) if own is not None else client.read(ccxt_call("fetch_balance", dict(wallet)))
    lost = client.last_unreadable
    if client.ccxt_id in MARGIN_BALANCES:
        body = MARGIN_BALANCES[client.ccxt_id](body)
    totals = body.get("total")
    if not isinstance(totals, dict):
        raise invalid("balances")
    # Of what ccxt could not read, some is read from the venue's own answer.
    lost = [row for row in lost if row.symbol not in totals]
    found = []
    for asset in sorted(totals):
        try:
            found.append(to_balance(asset, body[asset]))
        except VenueAnswerInvalid as error:
            lost = [*lost, tell_row("balance", {"symbol": asset}, error)]
    return [item for item in found if item.total or item.free or item.used], client.rows.note(lost)


def list_positions(client: ExchangeClient) -> tuple[VenuePosition, ...]:
    """Return all open swap positions; see `Exchange.list_positions`."""
    asked = client.rules.parameters_of(client.market_type, "fetchPositions")
    rows = read_whole(
        client,
        "fetchPositions",
        "position",
        # ccxt may ask for another page length by itself.
        lambda _limit, more: ccxt_call("fetch_positions", None, {**asked, **more}),
        to_position,
    )
    markets = client.load_markets()
    hidden = [row for row in rows if row.get("symbol") not in markets and names_market(row, client.lost_markets)]
    lost = client.rows.note(_tell_hidden(row) for row in hidden)
    found = to_positions(client, (row for row in rows if row.get("symbol") in markets))
    return require_all("position", found, rows.unreadable + lost)


def _tell_hidden(row: Row) -> UnreadableRow:
    """Return what is told of a position in a market whose own row could not be read."""
    return UnreadableRow(kind="position", symbol=str(row.get("symbol")), detail="the market's rules cannot be read")
