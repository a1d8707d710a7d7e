"""Local access: kill switch item, the operator's TOTP seed, a token for each role."""

import hashlib
import json
import re
import secrets
import string
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from infra.local import emulator
from infra.local.settings import LocalError, Settings

#: Trades through the gateway at the simulated exchange.
ACCOUNT_ID = "demo"
#: Trades through the gateway at two simulated exchanges that speak different protocols.
TWO_EXCHANGES_ACCOUNT_ID = "two-exchanges"
#: Trades by itself and reports what it did.
PAPER_ACCOUNT_ID = "paper"
ADMIN_OPERATOR = "admin"
TOKEN_LIFETIME = timedelta(days=30)
TOKEN_ID_LENGTH = 12
TOTP_SEED_BYTES = 20
TOKEN = re.compile(r"rg_[a-z0-9]{12}_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What one of the local tokens may do."""

    scopes: tuple[str, ...]
    accounts: tuple[str, ...]
    strategies: tuple[str, ...] = ("*",)


GRANTS: Mapping[str, Grant] = {
    "admin": Grant(
        scopes=(
            "orders:write",
            "snapshots:write",
            "transfers:write",
            "accounts:read",
            "market:write",
            "admin",
            "metrics:read",
        ),
        accounts=("*",),
    ),
    "bot": Grant(
        scopes=("orders:write", "accounts:read"), accounts=(ACCOUNT_ID, PAPER_ACCOUNT_ID, TWO_EXCHANGES_ACCOUNT_ID)
    ),
    "feeder": Grant(
        scopes=("snapshots:write", "transfers:write", "market:write", "accounts:read"), accounts=(PAPER_ACCOUNT_ID,)
    ),
    "reader": Grant(
        scopes=("accounts:read", "metrics:read"), accounts=(ACCOUNT_ID, PAPER_ACCOUNT_ID, TWO_EXCHANGES_ACCOUNT_ID)
    ),
}


def format_seconds(instant: datetime) -> str:
    """Return `instant` (UTC) in RFC 3339 with a ``Z``."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def ensure_kill_switch(settings: Settings, control_table: str, now: datetime) -> None:
    """Put the global kill switch, released, unless the item is there already."""
    try:
        emulator.client(settings, "dynamodb").put_item(
            TableName=control_table,
            Item={
                "pk": {"S": "KILL_SWITCH"},
                "sk": {"S": "GLOBAL"},
                "engaged": {"BOOL": False},
                "reason": {"S": "bootstrap"},
                "cancel_open_orders": {"BOOL": False},
                "updated_at": {"S": format_seconds(now)},
            },
            ConditionExpression="attribute_not_exists(pk)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def ensure_totp_secret(settings: Settings, secret_id: str, known: str | None) -> str:
    """Return the admin operator's TOTP seed; make and store one unless `known` still holds."""
    client = emulator.client(settings, "secretsmanager")
    try:
        seeds = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
    except (ClientError, KeyError, ValueError):
        seeds = {}  # the template makes the secret without a value
    if known is not None and seeds.get(ADMIN_OPERATOR) == known:
        return known
    seed = b32encode(secrets.token_bytes(TOTP_SEED_BYTES)).decode()
    client.put_secret_value(SecretId=secret_id, SecretString=json.dumps({**seeds, ADMIN_OPERATOR: seed}))
    return seed


def ensure_tokens(settings: Settings, control_table: str, known: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Return a working token for every grant, keeping those of `known` that still hold."""
    client = emulator.client(settings, "dynamodb")
    tokens = {}
    for name, grant in GRANTS.items():
        token = known.get(name, "")
        if not _holds(client, control_table, token, grant, now):
            token = _create_token(client, control_table, name, grant, now)
        tokens[name] = token
    return tokens


def adopt_token(settings: Settings, control_table: str, name: str, token: str, now: datetime) -> None:
    """Make a token that was made elsewhere one of a grant, and as lasting; LocalError if it is none."""
    if TOKEN.fullmatch(token) is None:
        raise LocalError(f"the token for {name} is not of the form rg_<12 letters and digits>_<43 letters and digits>")
    client = emulator.client(settings, "dynamodb")
    client.put_item(TableName=control_table, Item=_write_item(name, token, GRANTS[name], now))


def _holds(client: Any, control_table: str, token: str, grant: Grant, now: datetime) -> bool:
    _prefix, _, rest = token.partition("_")
    token_id, _, secret = rest.partition("_")
    if not token_id or not secret:
        return False
    key = {"pk": {"S": "TOKEN"}, "sk": {"S": token_id}}
    item = client.get_item(TableName=control_table, Key=key, ConsistentRead=True).get("Item")
    if item is None:
        return False
    same = item["token_hash"]["S"] == hashlib.sha256(token.encode()).hexdigest()
    same = same and {scope["S"] for scope in item["scopes"]["L"]} == set(grant.scopes)
    lasting = item["expires_at"]["S"] > format_seconds(now + timedelta(days=1))
    return same and lasting and not item["revoked"]["BOOL"]


def _create_token(
    client: Any,
    control_table: str,
    name: str,
    grant: Grant,
    now: datetime,
) -> str:
    alphabet = string.ascii_lowercase + string.digits
    token_id = "".join(secrets.choice(alphabet) for _ in range(TOKEN_ID_LENGTH))
    token = f"rg_{token_id}_{secrets.token_urlsafe(32)}"
    client.put_item(
        TableName=control_table,
        Item=_write_item(name, token, grant, now),
        ConditionExpression="attribute_not_exists(pk)",
    )
    return token


def _write_item(name: str, token: str, grant: Grant, now: datetime) -> dict[str, Any]:
    return {
        "pk": {"S": "TOKEN"},
        "sk": {"S": token.split("_")[1]},
        "token_hash": {"S": hashlib.sha256(token.encode()).hexdigest()},
        "scopes": {"L": [{"S": scope} for scope in grant.scopes]},
        "accounts": {"L": [{"S": account} for account in grant.accounts]},
        "operator": {"S": name},
        "expires_at": {"S": format_seconds(now + TOKEN_LIFETIME)},
        "revoked": {"BOOL": False},
        "cidrs": {"L": []},
        "strategies": {"L": [{"S": strategy} for strategy in grant.strategies]},
        "created_at": {"S": format_seconds(now)},
    }
