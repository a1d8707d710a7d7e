"""Run the scheduled jobs once, at once: a new stack need not wait for their first ticks."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
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
#: What each function of the front door answers without doing anything.
FRONT_DOOR: Mapping[str, Mapping[str, Any]] = {
    "venue_api": {"rawPath": "/", "requestContext": {"http": {"method": "GET"}}},
    "venue_reader": {
        "account_id": "nobody",
        "venue": "sim-spot",
        "strategy": "none",
        "method": "GET",
        "path": "/api/v3/account",
        "parameters": {},
    },
    "order_worker": {
        "message": json.dumps(
            {
                "kind": "resolve",
                "account_id": "nobody",
                "client_order_id": "none",
                "sent_at": "2026-01-01T00:00:00Z",
                "actor": "job:first",
            }
        )
    },
}
BOTS_AT_ONCE = 2
READ_SECONDS = 120
#: Versions are published one by one: a small or busy machine takes minutes for all of them.
PUBLISHED_SECONDS = 600


def run_first(settings: Settings, functions: Mapping[str, str]) -> None:
    """Bring the simulated exchange's markets, closes and balances into the gateway, and what they risk."""
    for name, event in FIRST:
        run(settings, functions[name], event)


def warm_front_door(settings: Settings, functions: Mapping[str, str]) -> None:
    """Start what a bot's calls go through, as often as two bots need it at once: bots wait a few seconds, no more.

    On AWS a function starts from a snapshot; the emulator starts it as a new process, which a busy machine takes long
    for.
    """
    calls = [name for name in FRONT_DOOR for _ in range(BOTS_AT_ONCE)]
    with ThreadPoolExecutor(len(calls)) as pool:
        list(pool.map(lambda name: run(settings, functions[name], FRONT_DOOR[name]), calls))


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
