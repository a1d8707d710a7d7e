"""How an account is set up at its venue: one position per market, and whose wallet its money is in.

The gateway counts one position per market. In hedge mode a venue keeps a long and a short leg of each, and an order
names the leg: such an account is refused, with the setting to change.

Source: the venues' API documentation of the settings below, as ccxt names their routes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.parse import Row, invalid, to_position
from riskgate.adapters.exchange.parse_market import is_offered
from riskgate.core.errors import HedgeModeUnsupported, MarginModeUnsupported
from riskgate.core.instrument import MarketType
from riskgate.core.venues.model import AccountSetup, VenuePosition

#: What to change at each exchange, by ccxt class. No position and no order may be open while it is changed.
ONE_WAY_SETTINGS: Mapping[str, str] = {
    "binanceusdm": "Futures, Preferences, Position Mode: One-way Mode (POST /fapi/v1/positionSide/dual, "
    "dualSidePosition=false)",
    "bitget": "Futures, Settings, Position mode: One-way (POST /api/v2/mix/account/set-position-mode, "
    "posMode=one_way_mode)",
    "bybit": "Derivatives, Preferences, Position Mode: One-Way, for each market (POST /v5/position/switch-mode, "
    "coin=USDT, mode=0)",
    "gate": "Futures, Settings, Position Mode: Single (POST /futures/usdt/dual_mode, dual_mode=false)",
    "kucoinfutures": "Futures, Settings, Position Mode: One-Way (POST /api/v2/position/switchPositionMode, "
    "positionMode=0)",
    "mexc": "Futures, Preferences, Position Mode: One-way (POST /api/v1/private/position/change_position_mode, "
    "positionMode=2)",
    "okx": "Trade, Settings, Position mode: Net (POST /api/v5/account/set-position-mode, posMode=net_mode)",
}
#: Classes with one wallet for every type of market: which call tells whose it is, and where in its answer.
ONE_WALLET: Mapping[str, tuple[str, ...]] = {
    "bybit": ("privateGetV5UserQueryApi", "result", "userID"),
    "okx": ("privateGetAccountConfig", "data", "uid"),
}
_ANYWHERE = "its setting of position mode: one-way, also called net or single"
#: Exchanges that have no other mode.
_ONE_WAY_ONLY = frozenset({"coinbase", "hyperliquid", "krakenfutures"})
#: Raw words for a leg, where ccxt leaves them in the row: Gate's mode, Binance's and KuCoin's side.
_LEG_WORDS = frozenset({"dual_long", "dual_short", "LONG", "SHORT"})


def get_account_setup(client: ExchangeClient) -> AccountSetup:
    """Return how the account of the client's key is set up; see `Exchange.get_account_setup`."""
    return AccountSetup(
        is_hedged=_ask_mode(client) if client.market_type is MarketType.SWAP else False,
        one_way_setting=_setting(client),
        wallet_id=_ask_wallet(client),
    )


def to_positions(client: ExchangeClient, rows: Iterable[Row]) -> tuple[VenuePosition, ...]:
    """Read positions, one for each market.

    Raises HedgeModeUnsupported: two of them are of one market, or one is a leg; MarginModeUnsupported: one is in
    isolated margin where orders are in cross margin; VenueAnswerInvalid.
    """
    found: dict[str, VenuePosition] = {}
    apart: list[str] = []
    for row in rows:
        position = to_position(row)
        if position is None:
            continue
        if position.symbol in found or _is_leg(row):
            text = f"{position.symbol} has a long and a short leg"
            raise HedgeModeUnsupported(f"{text}: change at {client.venue} {_setting(client)}")
        found[position.symbol] = position
        if client.rules.cross_alone and row.get("marginMode") != "cross":
            apart.append(position.symbol)
    if apart:
        text = f"{', '.join(apart)} is not in cross margin, and no order of the gateway reaches it"
        raise MarginModeUnsupported(f"{text}: close it at {client.venue}, and trade in cross margin")
    return tuple(found.values())


def _is_leg(row: Row) -> bool:
    info = row.get("info")
    raw = info if isinstance(info, Mapping) else {}
    return row.get("hedged") is True or bool({raw.get("mode"), raw.get("positionSide")} & _LEG_WORDS)


def _setting(client: ExchangeClient) -> str:
    return ONE_WAY_SETTINGS.get(client.ccxt_id, _ANYWHERE)


def _ask_mode(client: ExchangeClient) -> bool | None:
    """Tell whether the account is in hedge mode; None where nothing says so."""
    if client.ccxt_id in _ONE_WAY_ONLY:
        return False
    if client.ccxt_id == "gate":
        found = client.read(ccxt_call("privateFuturesGetSettleAccounts", {"settle": "usdt"}), needs_markets=False)
        # Besides two legs a market may have positions of many kinds there.
        split = found.get("position_mode") in {"dual", "dual_plus"} if isinstance(found, Mapping) else False
        return True if split else _flag(found, "in_dual_mode")
    if client.ccxt_id == "bitget":
        return _ask_bitget_mode(client)
    if not client.has("fetchPositionMode"):
        return None
    return _flag(client.read(ccxt_call("fetch_position_mode")), "hedged")


def _ask_bitget_mode(client: ExchangeClient) -> bool | None:
    """Tell whether one of the accounts of its settle coins is in hedge mode: the mode is of a whole product type."""
    markets = client.load_markets().values()
    offered = [market for market in markets if is_offered(market, client.market_type, client.rules.settle_coins)]
    firsts = {market["settle"]: market for market in offered}
    found = []
    for coin, market in sorted(firsts.items()):
        asked = {"symbol": market["id"], "productType": f"{coin}-FUTURES", "marginCoin": coin}
        data = client.read(ccxt_call("privateMixGetV2MixAccountAccount", asked)).get("data")
        mode = data.get("posMode") if isinstance(data, Mapping) else None
        found.append({"hedge_mode": True, "one_way_mode": False}.get(str(mode)))
    return True if True in found else None if None in found else False


def _ask_wallet(client: ExchangeClient) -> str | None:
    """Return whose wallet it is at exchanges that have one wallet for every type of market.

    Raises VenueAnswerInvalid: such an exchange does not say; two venues of one wallet would count it twice.
    """
    if client.ccxt_id not in ONE_WALLET:
        return None
    method, *path = ONE_WALLET[client.ccxt_id]
    found: Any = client.read(ccxt_call(method), needs_markets=False)
    for name in path:
        row = found[0] if isinstance(found, list) and found else found
        found = row.get(name) if isinstance(row, Mapping) else None
    is_told = isinstance(found, str | int) and not isinstance(found, bool) and str(found) not in {"", "0"}
    if not is_told:
        raise invalid("owner of the wallet")
    return f"{client.ccxt_id}:{found}"


def _flag(body: Any, name: str) -> bool | None:
    value = body.get(name) if isinstance(body, Mapping) else None
    return value if isinstance(value, bool) else None
