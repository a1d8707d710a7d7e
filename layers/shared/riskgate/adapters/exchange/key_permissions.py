"""What an API key may do, asked in each venue's own way. A question that a venue does not answer is named.

Source: the venues' API documentation of the routes below, as ccxt names them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient
from riskgate.adapters.exchange.parse import to_optional_instant
from riskgate.core.instrument import MarketType
from riskgate.core.venues.model import KeyPermissions

_QUESTIONS = ("can_trade", "can_withdraw", "can_transfer", "ip_restricted")

type Probe = Callable[[Any, MarketType], dict[str, Any]]


def get_key_permissions(client: ExchangeClient) -> KeyPermissions:
    """Return what the client's key may do; see `Exchange.get_key_permissions`.

    A probe never guesses: a field that is missing or of another type leaves its question open.
    """
    probe = PROBES.get(client.ccxt_id)
    if probe is None:
        return KeyPermissions(unchecked=_QUESTIONS)
    found = client.read(
        CcxtCall("key_permissions", (), lambda ccxt: probe(ccxt, client.market_type)), needs_markets=False
    )
    known = {name: found.get(name) for name in _QUESTIONS}
    return KeyPermissions(
        **known,
        expires_at=found.get("expires_at"),
        unchecked=tuple(name for name, value in known.items() if value is None),
    )


def _binance(ccxt: Any, market_type: MarketType) -> dict[str, Any]:
    rights = ccxt.sapiGetAccountApiRestrictions()
    trades = "enableFutures" if market_type is MarketType.SWAP else "enableSpotAndMarginTrading"
    return {
        "can_trade": _flag(rights, trades),
        "can_withdraw": _flag(rights, "enableWithdrawals"),
        "can_transfer": _any(_flag(rights, "permitsUniversalTransfer"), _flag(rights, "enableInternalTransfer")),
        "ip_restricted": _flag(rights, "ipRestrict"),
        "expires_at": _instant(rights.get("tradingAuthorityExpirationTime")),
    }


def _bybit(ccxt: Any, market_type: MarketType) -> dict[str, Any]:
    result = _section(ccxt.privateGetV5UserQueryApi(), "result")
    rights = _section(result, "permissions")
    wallet = _words(rights.get("Wallet"))
    trades = _words(rights.get("ContractTrade" if market_type is MarketType.SWAP else "Spot"))
    read_only = {"0": False, "1": True}.get(str(result.get("readOnly")))
    addresses = _words(result.get("ips"))
    return {
        "can_trade": None if trades is None or read_only is None else bool(trades) and not read_only,
        "can_withdraw": None if wallet is None else "Withdraw" in wallet,
        "can_transfer": None if wallet is None else bool({"AccountTransfer", "SubMemberTransfer"} & wallet),
        "ip_restricted": None if addresses is None else bool(addresses) and "*" not in addresses,
    }


def _okx(ccxt: Any, _market_type: MarketType) -> dict[str, Any]:
    rows = ccxt.privateGetAccountConfig().get("data") or [{}]
    rights = _listed(rows[0].get("perm"))
    addresses = rows[0].get("ip")
    return {
        "can_trade": None if rights is None else "trade" in rights,
        "can_withdraw": None if rights is None else "withdraw" in rights,
        "ip_restricted": bool(addresses) if isinstance(addresses, str) else None,
    }


def _kraken(ccxt: Any, _market_type: MarketType) -> dict[str, Any]:
    result = _section(ccxt.privatePostGetApiKeyInfo(), "result")
    rights = _words(result.get("permissions"))
    addresses = _words(result.get("ip_allowlist"))
    return {
        "can_trade": None if rights is None else "modify-trades" in rights,
        "can_withdraw": None if rights is None else "withdraw-funds" in rights,
        "ip_restricted": None if addresses is None else bool(addresses),
    }


def _kucoin(ccxt: Any, market_type: MarketType) -> dict[str, Any]:
    data = _section(ccxt.privateGetUserApiKey(), "data")
    rights = _listed(data.get("permission"))
    addresses = data.get("ipWhitelist")
    trades = "Futures" if market_type is MarketType.SWAP else "Spot"
    return {
        "can_trade": None if rights is None else bool({trades, "Trade"} & rights),
        "can_withdraw": None if rights is None else bool({"Withdrawal", "Withdraw"} & rights),
        "can_transfer": None if rights is None else bool({"Transfer", "InnerTransfer"} & rights),
        "ip_restricted": bool(addresses) if isinstance(addresses, str) else None,
    }


def _coinbase(ccxt: Any, _market_type: MarketType) -> dict[str, Any]:
    rights = ccxt.v3PrivateGetBrokerageKeyPermissions()
    # One right covers moving money within the exchange and out of it.
    moves = _flag(rights, "can_transfer")
    return {"can_trade": _flag(rights, "can_trade"), "can_withdraw": moves, "can_transfer": moves}


def _bitget(ccxt: Any, _market_type: MarketType) -> dict[str, Any]:
    data = _section(ccxt.privateSpotGetV2SpotAccountInfo(), "data")
    rights, addresses = _words(data.get("authorities")), data.get("ips")
    return {
        "can_withdraw": None if rights is None else bool({"withdraw", "wtow"} & rights),
        "ip_restricted": bool(addresses) if isinstance(addresses, str) else None,
    }


def _gate(ccxt: Any, market_type: MarketType) -> dict[str, Any]:
    body = ccxt.privateAccountGetMainKeys()
    # The answer names no key: of several nobody knows which is ours.
    body = body[0] if isinstance(body, list) and len(body) == 1 else body
    key: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    perms, addresses = key.get("perms"), _words(key.get("ip_whitelist"))
    rights: dict[str, Any] | None = None
    if isinstance(perms, list) and all(isinstance(item, Mapping) for item in perms):
        rights = {str(item.get("name")): _flag(item, "read_only") for item in perms}
    wanted = "futures" if market_type is MarketType.SWAP else "spot"
    # One right covers withdrawals and moves between wallets.
    moves = None if rights is None else rights.get("wallet", True) is not True
    return {
        "can_trade": None if rights is None else rights.get(wanted, True) is False,
        "can_withdraw": moves,
        "can_transfer": moves,
        "ip_restricted": None if addresses is None else bool(addresses),
    }


def _hyperliquid(ccxt: Any, _market_type: MarketType) -> dict[str, Any]:
    """Ask whose the private key is: the account's own may do all, an agent's trades for it and withdraws nothing."""
    signer, account = str(ccxt.eth_get_address_from_private_key(ccxt.privateKey)).lower(), ccxt.walletAddress.lower()
    if signer == account:
        return {"can_trade": True, "can_withdraw": True, "can_transfer": True}
    told = ccxt.publicPostInfo({"type": "userRole", "user": signer})
    role = told.get("role") if isinstance(told, Mapping) else None
    acts_for = str(_section(told, "data").get("user")).lower() if role == "agent" else ""
    return {"can_trade": None if role is None else acts_for == account, "can_withdraw": False}


#: By ccxt class.
PROBES: dict[str, Probe] = {
    "binance": _binance,
    "binanceusdm": _binance,
    "bitget": _bitget,
    "bybit": _bybit,
    "coinbase": _coinbase,
    "gate": _gate,
    "hyperliquid": _hyperliquid,
    "kraken": _kraken,
    "kucoin": _kucoin,
    "kucoinfutures": _kucoin,
    "okx": _okx,
}


def _section(body: Any, name: str) -> Mapping[str, Any]:
    section = body.get(name) if isinstance(body, Mapping) else None
    return section if isinstance(section, Mapping) else {}


def _flag(body: Mapping[str, Any], name: str) -> bool | None:
    value = body.get(name)
    return value if isinstance(value, bool) else None


def _any(*answers: bool | None) -> bool | None:
    """Return True if one answer is, None if one is missing, else False."""
    if True in answers:
        return True
    return None if None in answers else False


def _words(value: object) -> set[str] | None:
    return set(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else None


def _listed(value: object) -> set[str] | None:
    return {word.strip() for word in value.split(",")} - {""} if isinstance(value, str) else None


def _instant(value: object) -> datetime | None:
    number = value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
    return to_optional_instant(int(number), "expiry") if number is not None else None
