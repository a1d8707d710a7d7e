"""The stack's simulated exchange: start, readiness, and an account's money and keys there."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.local import emulator, processes
from infra.local.seed.tokens import ACCOUNT_ID
from infra.local.settings import HOST, STACK_NAME, LocalError, Settings
from infra.simulators.exchange.client import ControlClient, ControlFailure, ccxt_urls

NAME = "exchange"
#: Bitcoin stands at about 59,000 USDT, and stays near it for some days.
PATH_START = "2021-03-31"
KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Wallet:
    """A venue of the account: the ccxt class that speaks to it, its market type, and the USDT there at first."""

    exchange: str
    market_type: str
    usdt: str


#: Not under the exchanges' own names: what anybody puts as a quote of `binance` stays as it is.
WALLETS: Mapping[str, Wallet] = {
    "sim-spot": Wallet(exchange="binance", market_type="spot", usdt="55000"),
    "sim-swap": Wallet(exchange="binanceusdm", market_type="swap", usdt="45000"),
}
INITIAL_EQUITY = "100000"


def port_of(settings: Settings) -> int:
    """Return the port beside the emulator's."""
    return settings.port_base + 1


def url_of(settings: Settings) -> str:
    """Return the simulated exchange's address."""
    return f"http://{HOST}:{port_of(settings)}"


def is_ready(settings: Settings) -> bool:
    """Tell whether the exchange answers."""
    try:
        ControlClient(url_of(settings), timeout=2).get("health")
    except (OSError, ControlFailure, ValueError):
        return False
    return True


def ensure_running(settings: Settings) -> bool:
    """Start the exchange unless this stack's own already runs; return whether it was started."""
    return processes.ensure_simulator(
        settings, NAME, port_of(settings), lambda: is_ready(settings), "--path-start", PATH_START
    )


def ensure_keys(settings: Settings, account_id: str = ACCOUNT_ID) -> list[dict[str, Any]]:
    """Give an account money and a key at the exchange, and the gateway the secrets with it; return its venues.

    Safe to repeat: a key that still works is kept.
    """
    client = emulator.client(settings, "secretsmanager")
    control = ControlClient(url_of(settings))
    known = _read_secret(client, secret_name(account_id, next(iter(WALLETS))))
    accounts: Any = control.get("accounts")
    account = next((row for row in accounts if row["account"] == account_id), None)
    if known is None or account is None or known["apiKey"] not in account["keys"]:
        known = {"apiKey": secrets.token_hex(KEY_BYTES), "secret": secrets.token_hex(KEY_BYTES)}
        fields: dict[str, Any] = {"account": account_id, "key": known["apiKey"], "secret": known["secret"]}
        if account is None:
            fields["balances"] = {wallet.market_type: {"USDT": wallet.usdt} for wallet in WALLETS.values()}
        control.post("accounts", **fields)
    known_keys = {"apiKey": known["apiKey"], "secret": known["secret"]}
    for name, wallet in WALLETS.items():
        place = {"exchange": wallet.exchange, "urls": ccxt_urls(url_of(settings))}
        _put_secret(client, secret_name(account_id, name), place | known_keys)
        _put_secret(client, f"{STACK_NAME}/market/{name}", place)
    return [
        {"venue": name, "market_type": wallet.market_type, "secret_name": secret_name(account_id, name)}
        for name, wallet in WALLETS.items()
    ]


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
