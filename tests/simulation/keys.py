"""Who holds tokens and one-time codes: asks for tokens, revokes them, types codes that are wrong, old or used.

T1 a code counts once, and never while its operator is locked. T2 a token that was revoked opens nothing. T3 no token
leaves before the log names it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pyotp import TOTP

from riskgate.adapters.dynamodb.operators import DynamoOperatorStore
from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.app.access.authorize_request import authorize_request
from riskgate.app.access.manage_tokens import create_token, revoke_token
from riskgate.app.access.verify_totp import verify_totp
from riskgate.app.ledger.commit_event import Acting
from riskgate.core.access.tokens import TOKEN_RANDOM_BYTES
from riskgate.core.account.stored import GATEWAY_CHAIN
from riskgate.core.ledger.gateway_events import TokenChange
from riskgate.runtime.clock import utc_now
from riskgate.schemas.log.audit_entry import read_entry
from tests.simulation.actors import Actor, Outcome, call
from tests.simulation.database import SimDynamo
from tests.simulation.gateway import CONTROL_TABLE, _here
from tests.simulation.world import ROUTED, World

OPERATOR = "ada"
#: Nobody's seed.
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
#: How far the clock of whoever verifies may be from the true one, and stored instants are cut to seconds.
SKEW_SECONDS = 5


class _Seeds:
    """Secrets Manager's seeds."""

    def get_json(self, secret_id: str, *, refresh: bool = False) -> dict[str, str]:  # noqa: ARG002 the seam's
        return {OPERATOR: SEED}


def _client() -> SimDynamo:
    return SimDynamo(*_here())


@dataclass(kw_only=True)
class Keyholder(Actor):
    """Somebody with a phone that shows codes, and a list of tokens."""

    texts: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    accepted: list[int] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    read: int = 0

    def run(self) -> None:
        """Take all steps."""
        self.read = len(self.world.tables.tables[CONTROL_TABLE].records)
        super().run()

    def step(self) -> None:
        """Do one thing."""
        weights = {self.create: 2, self.revoke: 2, self.use: 2, self.prove: 3, self.mistype: 2, self.guess: 1}
        self.chance.choices([*weights], [*weights.values()])[0]()

    def create(self) -> None:
        """Ask for a token: once it is shown, the log names it."""
        random_bytes = self.chance.randbytes(TOKEN_RANDOM_BYTES)

        def use_case(acting: Acting) -> Any:
            return create_token(
                acting,
                random_bytes=random_bytes,
                scopes=["orders:write"],
                accounts=[ROUTED],
                operator=OPERATOR,
                expires_at=acting.now + timedelta(days=1),
                strategies=["*"],
                cidrs=[],
                tokens=DynamoTokenStore(_client(), CONTROL_TABLE),  # type: ignore[arg-type]
            )

        outcome = call(self.world, self.name, use_case)
        if outcome.answer is not None:
            token, text = outcome.answer
            self.texts[token.token_id] = text
            self.require_named(token.token_id, TokenChange.CREATED)

    def require_named(self, token_id: str, change: TokenChange) -> None:
        """Look for a change of a token in the gateway's log."""
        entries = [read_entry(row.entry) for row in self.world.checks.chains[GATEWAY_CHAIN].rows]
        named = any(
            (entry.inputs.get("token_id"), entry.inputs.get("change")) == (token_id, change.value)
            for entry in entries
            if entry.event == "token_changed"
        )
        self.world.checks.require("T3", named, f"{token_id} is {change.value}, and the log does not know")

    def revoke(self) -> None:
        """Revoke a token, some twice, some that nobody knows."""
        token_id = self.chance.choice([*sorted(self.texts), "abcdefghijkl"])

        def use_case(acting: Acting) -> Any:
            return revoke_token(acting, token_id, tokens=DynamoTokenStore(_client(), CONTROL_TABLE))  # type: ignore[arg-type]

        for _ in range(self.chance.choice([1, 2])):
            if call(self.world, self.name, use_case).status == 200:
                self.revoked.add(token_id)
                self.require_named(token_id, TokenChange.REVOKED)

    def use(self) -> None:
        """Come with a token."""
        for token_id in sorted(self.texts):
            was_revoked = token_id in self.revoked
            outcome = self.authorize(self.texts[token_id])
            self.world.checks.require("T2", outcome.status != 200 or not was_revoked, f"{token_id} was revoked")

    def authorize(self, text: str) -> Outcome:
        """Have a request with a token looked at."""

        def use_case(acting: Acting) -> Any:
            return authorize_request(
                headers={"Authorization": f"Bearer {text}"},
                multi_value_headers=None,
                source_ip="192.0.2.1",
                now=acting.now,
                tokens=DynamoTokenStore(_client(), CONTROL_TABLE),  # type: ignore[arg-type]
            )

        return call(self.world, self.name, use_case)

    def prove(self) -> None:
        """Give the code that the phone shows: from two windows at once, and once more a little later."""
        code = TOTP(SEED).at(self.world.scheduler.now)
        self.codes.append(code)
        tasks = [self.world.functions["api"].invoke(lambda _context: self._verify(code)) for _ in range(2)]
        for task in tasks:
            if self.world.scheduler.wait(task, 4) and not task.crashed and task.error is None:
                self.take(task.result)
        self.world.scheduler.pause(self.chance.choice([0, 2]))
        self.give(code)

    def mistype(self) -> None:
        """Give a wrong code, or one that was used."""
        self.give(self.chance.choice(["000000", "12345", *self.codes]))

    def guess(self) -> None:
        """Give wrong codes until one is locked, then the right one."""
        for _ in range(6):
            self.give("000000")
        self.give(TOTP(SEED).at(self.world.scheduler.now))

    def give(self, code: str) -> None:
        """Give one code."""
        outcome = call(self.world, self.name, lambda _acting: self._verify(code))
        self.world.counters[f"code {outcome.code or 'accepted'}"] += 1
        if outcome.status == 200:
            self.take(outcome.answer)

    def take(self, step: int) -> None:
        """Take note of a code that counted."""
        self.world.checks.require("T1", step not in self.accepted, f"the code of {step} counted again")
        self.accepted.append(step)

    def _verify(self, code: str) -> int:
        return verify_totp(
            operator=OPERATOR,
            code=code,
            now=utc_now(),
            operators=DynamoOperatorStore(_client(), CONTROL_TABLE),  # type: ignore[arg-type]
            secrets=_Seeds(),
            secret_id="totp",
        )

    def ask_again(self) -> None:
        """Look at each write of the operator's item: what counted, counted in order, and under no lock."""
        require = self.world.checks.require
        for record in self.world.tables.tables[CONTROL_TABLE].records[self.read :]:
            change = record["dynamodb"]
            if change["Keys"]["pk"] != {"S": "OPERATOR"}:
                continue
            old, new = change.get("OldImage", {}), change.get("NewImage", {})
            before, after = (int(image.get("last_used_step", {"N": "0"})["N"]) for image in (old, new))
            require("T1", before <= after, f"step {before} became {after}")
            until = old.get("locked_until", {}).get("S")
            if until is not None and after > before:
                at = float(change["ApproximateCreationDateTime"]) + SKEW_SECONDS
                require("T1", at >= datetime.fromisoformat(until).timestamp(), f"{after} counted before {until}")
        self.use()


def keyholder_of(world: World) -> Keyholder:
    """Return who holds keys, in some histories."""
    dice = random.Random(f"{world.plan.seed}/keyholder/steps")  # noqa: S311 a simulation's dice
    return Keyholder(world=world, name="keyholder", steps=dice.choice([0, 0, 0, 3, 6]), pauses=(0.05, 0.5, 2, 6))
