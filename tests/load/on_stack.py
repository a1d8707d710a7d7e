"""Drills on the deployed gateway: the route of the admin API, and bots over HTTP."""

from __future__ import annotations

import json
import secrets
import time
from base64 import b32encode
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

import httpx

from infra.local import emulator
from infra.local.seed.tokens import GRANTS, TOTP_SEED_BYTES
from riskgate.app.access.manage_tokens import create_token
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.core.access.tokens import TOKEN_RANDOM_BYTES
from riskgate.core.kill_switch import KillSwitch
from riskgate.schemas.log.audit_entry import read_entry
from tests.bench.stack import ORDER
from tests.concurrency.instances import retry
from tests.load.heads import read_heads
from tests.load.judge import APPROVED, DENIED, UNDECIDED, UNWRITTEN
from tests.load.place import MARKET, Place, fresh_quotes, running_place
from tests.support.invariants import Tables, list_decisions
from tests.support.second_factor import with_code

#: A code is good once, and there is a new one each half minute: many operators hold the drills by turns.
OPERATORS, ACCOUNTS = 30, 6
BUDGET_SPENT = "DENIAL_BUDGET_SPENT"
#: How often an operator asks for a switch without any answer.
TRIES_MAX = 5


@dataclass
class StackGround:
    """Accounts of the local stack and a connection for each; `people` are tokens with their seeds, by turns."""

    place: Place
    accounts: Sequence[str]
    clients: Sequence[httpx.Client]
    people: Iterator[tuple[str, str]]
    venue: str = ORDER["venue"]
    symbol: str = ORDER["symbol"]

    def submit(self, client: int, account_id: str, strategy: str, client_order_id: str) -> str:
        body = ORDER | {"client_order_id": client_order_id, "strategy": strategy, "quantity": "0.001"}
        try:
            answer = self.clients[client].post(f"/accounts/{account_id}/orders", json=body)
        except httpx.TransportError:
            return UNDECIDED
        if answer.is_success:
            return APPROVED
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            return DENIED
        return UNWRITTEN if answer.json().get("code") == BUDGET_SPENT else UNDECIDED

    def cancel(self, client: int, account_id: str, client_order_id: str) -> None:
        # Whether it came through says nothing of the switch: the account has room for what stays.
        try:
            self.clients[client].post(f"/accounts/{account_id}/orders/{client_order_id}/cancel")
        except httpx.TransportError:
            return

    def switch(self, scope: str, key: str, *, engaged: bool) -> list[float]:
        took = list[float]()
        if not engaged:
            # No code is spent on what is not drilled.
            flag = KillSwitch(scope=scope, key=key, engaged=False, reason="drill")
            # One instant for every try: the first that writes the flag releases it, whichever of them writes the entry.
            acting = self.place.acting()
            retry(lambda: set_kill_switch(acting, flag, cancel_open_orders=False))
            return took
        token, seed = next(self.people)
        body = {"scope": scope, "engaged": True, "reason": "drill"} | ({"key": key} if key else {})
        with self.place.client(token) as client:

            def ask(code: dict[str, str]) -> httpx.Response:
                return client.put("/kill-switch", json=body, headers=code)

            while True:
                sent = time.monotonic()
                try:
                    answer = with_code(seed, ask)
                except httpx.TransportError:
                    # Nobody knows whether it was engaged: an operator asks again, though not of a stack that is gone.
                    took.append(time.monotonic() - sent)
                    if len(took) >= TRIES_MAX:
                        raise
                    continue
                took.append(answer.elapsed.total_seconds())
                if answer.is_success:
                    return took
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    raise RuntimeError(answer.text)

    def read_heads(self) -> dict[str, int]:
        return read_heads(self.place.aws.dynamodb, self.place.stack["tables"]["state"], self.accounts)

    def list_approvals(self) -> dict[str, dict[str, int]]:
        tables = Tables.load(self.place.tables, **self.place.stack["tables"])
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for name in self.accounts:
            for row in tables.chains[name]:
                entry = read_entry(row.entry)
                for decision in list_decisions(entry, entry.typed_inputs()):
                    if decision.approved:
                        found[name][decision.client_order_id] = decision.sequence
        return found


@contextmanager
def stack_ground() -> Iterator[StackGround]:
    """Give accounts of a running stack with fresh quotes; in the end the invariants of all that is stored must hold."""
    with running_place() as place, ExitStack() as opened, fresh_quotes(place, MARKET):
        admin = opened.enter_context(place.client())
        accounts = place.open_accounts(admin, "drill", ACCOUNTS)
        clients = [opened.enter_context(place.client()) for _ in accounts]
        yield StackGround(place, accounts, clients, cycle(_enrol(place)))
        # Whether a switch held is judged by the order of the log (see `judge`): an approval is dated by when its request
        # came, and one that lost races while a flag was released is decided after that, though dated before.
        found = [line for line in place.find_violations() if " I3 " not in line]
        if found:
            raise RuntimeError("\n".join(found))


def _enrol(place: Place) -> list[tuple[str, str]]:
    """Return tokens of operators with the seeds of their one-time codes."""
    client = emulator.client(place.settings, "secretsmanager")
    [secret_id] = [s["ARN"] for s in client.list_secrets(MaxResults=100)["SecretList"] if "totp" in s["Name"].lower()]
    people, seeds, run, grant = (
        [],
        json.loads(place.aws.read_secret(secret_id) or "{}"),
        secrets.token_hex(3),
        GRANTS["admin"],
    )
    for number in range(OPERATORS):
        acting, operator = place.acting(), f"drill-{run}-{number}"
        _, token = create_token(
            acting,
            random_bytes=secrets.token_bytes(TOKEN_RANDOM_BYTES),
            scopes=grant.scopes,
            accounts=grant.accounts,
            operator=operator,
            expires_at=acting.now + timedelta(days=1),
            strategies=grant.strategies,
            cidrs=(),
            tokens=place.aws.tokens,
        )
        seeds[operator] = b32encode(secrets.token_bytes(TOTP_SEED_BYTES)).decode()
        people.append((token, seeds[operator]))
    place.aws.write_secret(secret_id, json.dumps(seeds))
    return people
