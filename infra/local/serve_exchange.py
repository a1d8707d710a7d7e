"""The stack's simulated exchanges: start, readiness, and accounts' money and keys there."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from infra.local import emulator, processes
from infra.local.seed.tokens import ACCOUNT_ID
from infra.local.settings import HOST, STACK_NAME, LocalError, Settings
from infra.simulators.exchange.client import ControlClient, ControlFailure, bybit_urls, ccxt_urls

MODULE = "exchange"
#: Bitcoin stands at about 59,000 USDT, and stays near it for some days.
PATH_START = "2021-03-31"
KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Server:
    """One simulated exchange: how far its port is from the emulator's, and which protocol it speaks."""

    offset: int
    urls: Callable[[str], dict[str, object]]
    arguments: tuple[str, ...] = ()


#: By process name. Bots ask the first for prices, and have addresses of their own. Bybit's accepts an order a moment
#: before it lists it.
SERVERS: Mapping[str, Server] = {
    "exchange": Server(offset=1, urls=ccxt_urls, arguments=("--programs-apart",)),
    "exchange-bybit": Server(offset=3, urls=bybit_urls, arguments=("--protocol", "bybit", "--listing-lag-ms", "200")),
}


@dataclass(frozen=True, kw_only=True)
class Wallet:
    """A venue of an account: the ccxt class that speaks to it, its market type, the USDT there at first, its server."""

    exchange: str
    market_type: str
    usdt: str
    server: str = "exchange"


#: Not under the exchanges' own names: what anybody puts as a quote of `binance` stays as it is.
WALLETS: Mapping[str, Wallet] = {
    "sim-spot": Wallet(exchange="binance", market_type="spot", usdt="55000"),
    "sim-swap": Wallet(exchange="binanceusdm", market_type="swap", usdt="45000"),
}
#: Of an account at two exchanges.
TWO_EXCHANGES: Mapping[str, Wallet] = {
    "sim-spot": Wallet(exchange="binance", market_type="spot", usdt="60000"),
    "sim-bybit": Wallet(exchange="bybit", market_type="swap", usdt="40000", server="exchange-bybit"),
}
INITIAL_EQUITY = "100000"


def url_of(settings: Settings, name: str = "exchange") -> str:
    """Return a simulated exchange's address, by default of the one that speaks Binance's protocol."""
    return f"http://{HOST}:{settings.port_base + SERVERS[name].offset}"


def is_ready(settings: Settings, name: str) -> bool:
    """Tell whether an exchange answers."""
    try:
        ControlClient(url_of(settings, name), timeout=2).get("health")
    except (OSError, ControlFailure, ValueError):
        return False
    return True


def ensure_running(settings: Settings) -> bool:
    """Start the exchanges unless this stack's own already run; return whether one was started."""
    started = [
        processes.ensure_simulator(
            settings,
            name,
            settings.port_base + server.offset,
            partial(is_ready, settings, name),
            "--path-start",
            PATH_START,
            *server.arguments,
            module=MODULE,
        )
        for name, server in SERVERS.items()
    ]
    return any(started)


def ensure_keys(
    settings: Settings, account_id: str = ACCOUNT_ID, wallets: Mapping[str, Wallet] = WALLETS
) -> list[dict[str, Any]]:
    """Give an account money and a key at its exchanges, and the gateway the secrets with it; return its venues.

    Safe to repeat: a key that still works is kept.
    """
    client = emulator.client(settings, "secretsmanager")
    keys = {
        server: _ensure_key(settings, client, account_id, server, wallets)
        for server in dict.fromkeys(wallet.server for wallet in wallets.values())
    }
    for name, wallet in wallets.items():
        urls = SERVERS[wallet.server].urls(url_of(settings, wallet.server))
        place = {"exchange": wallet.exchange, "urls": urls}
        _put_secret(client, secret_name(account_id, name), place | keys[wallet.server])
        _put_secret(client, f"{STACK_NAME}/market/{name}", place)
    return [
        {"venue": name, "market_type": wallet.market_type, "secret_name": secret_name(account_id, name)}
        for name, wallet in wallets.items()
    ]


def _ensure_key(
    settings: Settings, client: Any, account_id: str, server: str, wallets: Mapping[str, Wallet]
) -> dict[str, str]:
    """Return an account's key at one of the exchanges, where it is opened with its money if need be."""
    here = {name: wallet for name, wallet in wallets.items() if wallet.server == server}
    control = ControlClient(url_of(settings, server))
    known = _read_secret(client, secret_name(account_id, next(iter(here))))
    accounts: Any = control.get("accounts")
    account = next((row for row in accounts if row["account"] == account_id), None)
    if known is None or account is None or known["apiKey"] not in account["keys"]:
        known = {"apiKey": secrets.token_hex(KEY_BYTES), "secret": secrets.token_hex(KEY_BYTES)}
        fields: dict[str, Any] = {"account": account_id, "key": known["apiKey"], "secret": known["secret"]}
        if account is None:
            fields["balances"] = {wallet.market_type: {"USDT": wallet.usdt} for wallet in here.values()}
        control.post("accounts", **fields)
    return {"apiKey": known["apiKey"], "secret": known["secret"]}


def secret_name(account_id: str, venue: str) -> str:
    """Return the name of the secret with an account's key at a venue."""
    return f"{STACK_NAME}/exchange/{account_id}-{venue}"


def _read_secret(client: Any, name: str) -> dict[str, str] | None:
    try:
        value = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    except (ClientError, KeyError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _put_secret(client: Any, name: str, value: dict[str, Any]) -> None:
    text = json.dumps(value)
    try:
        client.create_secret(Name=name, SecretString=text)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceExistsException":
            raise LocalError(f"the secret {name} could not be made: {error}") from error
        client.put_secret_value(SecretId=name, SecretString=text)
