"""Make a deployed stack usable and describe it in ``stack.json``."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from infra.demo import accounts as demo_account
from infra.local import first_jobs as jobs
from infra.local import serve_exchange as venue
from infra.local import serve_telegram as messenger
from infra.local.seed import tokens
from infra.local.settings import REGION, LocalError, Settings

STACK_FILE_MODE = 0o600  # it holds tokens
#: Accounts with keys, and their wallets at the simulated exchanges.
ACCOUNTS: Mapping[str, Mapping[str, venue.Wallet]] = {
    tokens.ACCOUNT_ID: venue.WALLETS,
    tokens.TWO_EXCHANGES_ACCOUNT_ID: venue.TWO_EXCHANGES,
}


def bootstrap(settings: Settings, outputs: Mapping[str, str]) -> dict[str, Any]:
    """Fill the deployed stack with what a person needs to try it; return ``stack.json``.

    Safe to repeat: tokens and seed that still hold are kept. LocalError when the API lets a call without a token
    pass, or refuses the demo account.
    """
    known = _read_known(settings)
    now = datetime.now(UTC)
    api_url = settings.api_url(outputs["ApiId"])
    control_table = outputs["ControlTableName"]
    tokens.ensure_kill_switch(settings, control_table, now)
    seed = tokens.ensure_totp_secret(settings, outputs["TotpSecretArn"], known.get("totp_secret"))
    granted = tokens.ensure_tokens(settings, control_table, known.get("tokens", {}), now)
    _require_authorizer(api_url)
    demo_account.ensure_paper_account(api_url, granted["admin"], now)
    for account_id, wallets in ACCOUNTS.items():
        venues = venue.ensure_keys(settings, account_id, wallets)
        demo_account.ensure_keyed_account(api_url, granted["admin"], account_id, venues)
    messenger.ensure_bot(settings, outputs["TelegramSecretArn"], api_url)
    functions = _list_functions(outputs)
    if not known.get("functions"):
        jobs.run_first(settings, functions)
    stack = {
        "api_url": api_url,
        "front_door_url": settings.front_door_url(outputs["FrontDoorId"]),
        "region": REGION,
        "aws_endpoint_url": settings.endpoint_url,
        "tables": {
            "state": outputs["StateTableName"],
            "control": control_table,
            "audit": outputs["AuditTableName"],
        },
        "alert_topic_arn": outputs["AlertTopicArn"],
        "tokens": granted,
        "totp_secret": seed,
        "account_id": tokens.ACCOUNT_ID,
        "exchange_url": venue.url_of(settings),
        "bybit_url": venue.url_of(settings, "exchange-bybit"),
        "telegram_url": messenger.url_of(settings),
        "functions": functions,
    }
    settings.stack_file.touch(mode=STACK_FILE_MODE)
    settings.stack_file.write_text(json.dumps(stack, indent=2) + "\n", encoding="utf-8")
    return stack


def _list_functions(outputs: Mapping[str, str]) -> dict[str, str]:
    """Return each function's deployed name by its folder's: output ``OrderApiFunctionName`` is ``order_api``."""
    names = {key.removesuffix("FunctionName"): value for key, value in outputs.items() if key.endswith("FunctionName")}
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): value for name, value in sorted(names.items())}


def _require_authorizer(api_url: str) -> None:
    """Make sure that the API refuses a call without a token: the authorizer is really asked."""
    answer = httpx.get(f"{api_url}/kill-switch", timeout=demo_account.TIMEOUT_SECONDS)
    if answer.status_code != httpx.codes.UNAUTHORIZED:
        raise LocalError(f"a call without a token was answered {answer.status_code}, not 401")


def _read_known(settings: Settings) -> dict[str, Any]:
    try:
        known = json.loads(settings.stack_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
