"""Make a ccxt exchange that never sees a float, never logs, and is the only thing here that imports ccxt."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from importlib import import_module
from typing import Any

from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.adapters.exchange.errors import ccxt_errors
from riskgate.adapters.exchange.parse import to_decimal
from riskgate.adapters.exchange.rate_gate import gate_members
from riskgate.adapters.exchange.rows import guard_readers
from riskgate.adapters.exchange.venue_rule_fields import VenueRules
from riskgate.adapters.exchange.venue_rules import rules_of
from riskgate.core.errors import InvalidRequest, SecretUnreadable
from riskgate.core.instrument import MarketType

# ccxt reads whole numbers exactly, but fractions as floats, unless told otherwise; NaN stays a text and is refused.
_parse_json = partial(json.loads, parse_float=str, parse_constant=str)


#: Headers, in lower case, that say through which partner a customer came, who is paid a part of the fees.
_PARTNER_HEADERS = frozenset(
    {"x-channel-api-code", "source", "referer", "x-gate-channel-id", "kc-api-partner", "kc-api-partner-sign",
     "kc-api-partner-verify"}
)  # fmt: skip
#: An order that reaches its venue later than this is refused, where the venue takes such a time.
ORDER_EXPIRY_MS = 5_000
#: So long a token holds with which an order is placed at Coinbase, in seconds; ccxt makes it two minutes.
ORDER_TOKEN_SECONDS = 30
#: What ccxt signs for itself before an order, at Hyperliquid: a builder's fee to be approved, a referrer to be set.
_SIDE_ACTS = ("initialize_client", "handle_builder_fee_approval", "set_ref")


@dataclass(frozen=True, kw_only=True, slots=True)
class CallPolicy:
    """How long one request may take and how often a read is tried, with growing pauses between."""

    connect_seconds: float = 2.0
    read_seconds: float = 5.0
    attempts: int = 3
    pause_seconds: float = 0.25


def _read_level(
    exchange: Any, level: Any, price_key: Any = 0, quantity_key: Any = 1, _count_key: Any = 2
) -> list[Decimal]:
    return [
        to_decimal(exchange.safe_string(level, price_key), "price"),
        to_decimal(exchange.safe_string(level, quantity_key), "quantity"),
    ]


@cache
def exact_class(ccxt_id: str) -> Any:
    """Return a ccxt class whose numbers are texts as the venue wrote them.

    Only the one exchange is imported, so that a layer may hold no other.

    Raises InvalidRequest: there is no such class.
    """
    try:
        module = import_module(f"ccxt.{ccxt_id}") if re.fullmatch(r"[a-z][a-z0-9]*", ccxt_id) else None
        found = getattr(module, ccxt_id)
        found.describe  # noqa: B018 a package of ccxt's own has no such attribute
    except (ModuleNotFoundError, AttributeError):
        raise InvalidRequest("this exchange is not supported", code="VENUE_UNKNOWN") from None
    members: dict[str, Any] = {
        "fetch": _guard_wire(found.fetch, rules_of(ccxt_id)),
        "writes_left": 0,
        **guard_readers(found),
        "number": str,
        "on_json_response": staticmethod(_parse_json),
        # Order books alone are read through float, and sorted by it.
        "parse_order_book_bid_ask": _read_level,
        **gate_members(found),
    }
    by_address = getattr(found, "get_exceptions_by_url", None)
    if by_address is not None:
        # ccxt tells errors apart by the host: another endpoint's errors must mean what the real one's do.
        members["get_exceptions_by_url"] = lambda self, url, kind: by_address(self, _real_address(self, url), kind)
    members |= {name: _do_nothing for name in _SIDE_ACTS if hasattr(found, name)}
    if ccxt_id == "coinbase":
        members["create_auth_token"] = _with_short_token(found.create_auth_token)
        members["jwt"] = _write_token(found.jwt)
    if ccxt_id == "hyperliquid":
        members["is_unified_enabled"] = _require_separate
        members["create_orders_request"] = _with_deadline(found.create_orders_request)
    if hasattr(found, "load_unified_status"):
        members["load_unified_status"] = _require_classic
    if hasattr(found, "is_uta_enabled"):
        members |= {"is_uta_enabled": _require_classic_at_kucoin, "load_migration_status": _require_migrated}
    return type(ccxt_id, (found,), members)


def _do_nothing(_exchange: Any, *_arguments: Any) -> bool:
    return False


def _require_classic(exchange: Any, parameters: Any = None) -> bool:
    """Ask Gate once whose wallet it is: ccxt takes no answer for a no, and would read another wallet then.

    Raises InvalidRequest: it is a unified account, of which the futures' wallet tells a part.
    """
    if exchange.options.get("unifiedAccount") is None:
        key = exchange.privateAccountGetDetail(parameters or {}).get("key")
        if not isinstance(key, dict) or str(key.get("mode")) != "1":
            raise InvalidRequest("a unified account at Gate: trade with a classic one", code="WALLET_UNSUPPORTED")
        exchange.options["unifiedAccount"] = False
    return False


def _require_classic_at_kucoin(exchange: Any, _parameters: Any = None) -> bool:
    """Ask KuCoin once whose wallet it is. Raises InvalidRequest: it is a unified account."""
    if exchange.options.get("uta") is None:
        data = exchange.utaPrivateGetAccountMode().get("data")
        if not isinstance(data, dict) or data.get("selfAccountMode") != "CLASSIC":
            raise InvalidRequest("a unified account at KuCoin: trade with a classic one", code="WALLET_UNSUPPORTED")
        exchange.options["uta"] = False
    return False


def _require_migrated(exchange: Any, _force: bool = False) -> bool:
    """Ask KuCoin once which spot wallet it is. Raises InvalidRequest: it is the old one, of other routes."""
    if exchange.options.get("hf") is None:
        if exchange.privateGetHfAccountsOpened().get("data") is not True:
            raise InvalidRequest("KuCoin's old spot wallet is not served: upgrade it there", code="WALLET_UNSUPPORTED")
        exchange.options["hf"] = True
    return True


def _require_separate(exchange: Any, *_arguments: Any, **_named: Any) -> list[Any]:
    """Ask Hyperliquid once whose wallet it is: ccxt takes no answer for a no, and would read another wallet then.

    Raises InvalidRequest: spot and perpetuals share a wallet, of which no call tells the open profit and loss.
    """
    if exchange.options.get("separateWallets") is None:
        state = exchange.publicPostInfo({"type": "userAbstraction", "user": exchange.walletAddress})
        if state not in {"disabled", "default", "dexAbstraction"}:
            told = "a unified account at Hyperliquid: trade with one that keeps spot and perpetuals apart"
            raise InvalidRequest(told, code="WALLET_UNSUPPORTED")
        exchange.options["separateWallets"] = True
    return [False, {}]


def _with_deadline(write: Any) -> Any:
    """Return what writes Hyperliquid's orders so that a late one is refused: ccxt signs them without an end."""

    def written(self: Any, *arguments: Any, **named: Any) -> Any:
        request = write(self, *arguments, **named)
        ends = self.milliseconds() + ORDER_EXPIRY_MS
        signature = self.sign_l1_action(request["action"], request["nonce"], request.get("vaultAddress"), ends)
        return {**request, "signature": signature, "expiresAfter": ends}

    return written


def _with_short_token(create: Any) -> Any:
    """Return what makes Coinbase's tokens so that the one of an order ends early: a late order is refused then."""

    def created(self: Any, seconds: int, method: str | None = None, url: str | None = None, *more: Any) -> Any:
        places = method == "POST" and (url or "").partition("?")[0].endswith("/brokerage/orders")
        self.options["tokenSeconds"] = ORDER_TOKEN_SECONDS if places else None
        return create(self, seconds, method, url, *more)

    return created


def _write_token(write: Any) -> Any:
    def written(self: Any, request: dict[str, Any], *arguments: Any, **named: Any) -> Any:
        seconds = self.options.get("tokenSeconds")
        return write({**request, "exp": request["iat"] + seconds} if seconds else request, *arguments, **named)

    return written


def _guard_wire(fetch: Any, rules: VenueRules) -> Any:
    """Return ccxt's last step before the wire: it counts what may change something, and names no partner.

    An order carries the time after which it is refused, where the venue takes one as a header that is not signed.
    """

    def guarded(self: Any, url: str, method: str = "GET", headers: Any = None, *arguments: Any, **named: Any) -> Any:
        self.writes_left += method != "GET"
        kept = {name: value for name, value in (headers or {}).items() if name.lower() not in _PARTNER_HEADERS}
        if rules.deadline_header is not None and method == "POST" and headers is not None:
            name, endings = rules.deadline_header
            if url.partition("?")[0].endswith(endings):
                kept[name] = str(int(self.nonce()) + ORDER_EXPIRY_MS)
        return fetch(self, url, method, kept if headers is not None else None, *arguments, **named)

    return guarded


def _real_address(exchange: Any, url: str) -> str:
    """Return the address at the venue itself of a request to a configured endpoint."""
    real = exchange.describe()["urls"]["api"]
    for section, base in exchange.urls["api"].items():
        if isinstance(base, str) and url.startswith(base) and section in real:
            return str(real[section]) + url.removeprefix(base)
    return url


def build_exchange(
    ccxt_id: str, market_type: MarketType, credentials: VenueCredentials, policy: CallPolicy, session: Any = None
) -> Any:
    """Make a ccxt exchange.

    Raises InvalidRequest: there is no such exchange; SecretUnreadable: ccxt does not take the settings.
    """
    known = exact_class(ccxt_id)
    from riskgate.adapters.exchange.session import (  # noqa: PLC0415 comes with ccxt's layer
        SILENT_LOGGER,
        VenueSession,
        quiet_transport,
    )

    quiet_transport()
    swap, rules = market_type is MarketType.SWAP, rules_of(ccxt_id)
    settings: dict[str, Any] = {
        **credentials.keys,
        "enableRateLimit": True,
        "enableLastJsonResponse": True,
        "timeout": int(policy.read_seconds * 1000),
        "logger": SILENT_LOGGER,
        "session": session or VenueSession(policy.connect_seconds, policy.read_seconds),
        "options": {
            **rules.options,
            **({"fetchMarkets": rules.markets[market_type]} if market_type in rules.markets else {}),
            **credentials.options,
            "defaultType": market_type.value,
            **({"defaultSubType": "linear"} if swap else {}),
        },
    }
    if credentials.urls:
        settings["urls"] = dict(credentials.urls)
    try:
        exchange = known(settings)
        if credentials.sandbox:
            exchange.set_sandbox_mode(True)
    except ccxt_errors().NotSupported:
        raise SecretUnreadable("the exchange has no sandbox, which the secret asks for") from None
    except Exception:  # noqa: BLE001 ccxt's own error may show the settings
        raise SecretUnreadable("ccxt does not take the exchange's settings") from None
    # Asked for before the markets, with a key's rights, for networks and fees of transfers: not needed here.
    exchange.has["fetchCurrencies"] = False
    # Nobody is paid for what is sent; headers of a request are looked at as it leaves.
    for name in [name for name in exchange.headers if name.lower() in _PARTNER_HEADERS]:
        exchange.headers.pop(name)
    exchange.options.pop("partner", None)
    exchange.unreadable_rows, exchange.lost_markets = [], set()
    return exchange
