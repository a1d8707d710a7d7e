"""Run the scheduled jobs once, at once: a new stack need not wait for their first ticks."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local import emulator
from infra.local.seed.tokens import ACCOUNT_ID, PAPER_ACCOUNT_ID, TWO_EXCHANGES_ACCOUNT_ID
from infra.local.settings import LocalError, Settings

#: In the order in which one needs the other: what is traded, at which price, what it did before, what the account has
#: of it, and its risk.
FIRST: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("market_data", {"task": "instruments", "at_once": True}),
    ("market_data", {"task": "quotes", "at_once": True}),
    ("market_data", {"task": "closes", "at_once": True}),
    *(("monitor", {"account_id": account}) for account in (ACCOUNT_ID, TWO_EXCHANGES_ACCOUNT_ID)),
    *((job, {"account_id": account}) for account in (ACCOUNT_ID, PAPER_ACCOUNT_ID) for job in ("var", "stress")),
)
READ_SECONDS = 120
#: Versions are published one by one: a small or busy machine takes minutes for all of them.
PUBLISHED_SECONDS = 600


def run_first(settings: Settings, functions: Mapping[str, str]) -> None:
    """Bring the simulated exchange's markets, closes and balances into the gateway, and what they risk."""
    for name, event in FIRST:
        run(settings, functions[name], event)


def run(settings: Settings, function: str, event: Mapping[str, Any]) -> Any:
    """Run one function and return its answer; LocalError when it fails, or cannot be called."""
    client = emulator.client(settings, "lambda", Config(read_timeout=READ_SECONDS, retries={"total_max_attempts": 1}))
    try:
        # A version that is being published cannot be called yet.
        waiter = client.get_waiter("published_version_active")
        waiter.wait(
            FunctionName=function, Qualifier="live", WaiterConfig={"Delay": 1, "MaxAttempts": PUBLISHED_SECONDS}
        )
        answer = client.invoke(FunctionName=function, Qualifier="live", Payload=json.dumps(event))
        text = answer["Payload"].read().decode()
    except (BotoCoreError, ClientError) as error:
        raise LocalError(f"{function} could not be called: {error}") from error
    if "FunctionError" in answer:
        raise LocalError(f"{function} failed: {text[:300]}")
    return json.loads(text)
