"""Operators at the routes that steer the gateway, in any order, with tokens that come and go: as a plain model says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pyotp
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from time_machine import Traveller

from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.core.access.tokens import ALL_ACCOUNTS, ROLE_SCOPES, TOKEN_RANDOM_BYTES, Role, Scope, new_token
from tests.support.api_gateway import event_of, pass_on
from tests.support.fixtures import start_anew
from tests.support.gateway import ACCOUNT, ACCOUNT_ID, BTC, NOON, VENUE, Answer, Gateway
from tests.support.hypothesis_profiles import examples
from tests.support.invariants import assert_invariants
from tests.support.wire import Wire

FLAGS = [("global", ""), ("account", ACCOUNT_ID), ("venue", VENUE), ("strategy", "trend"), ("symbol", BTC)]
RIGHTS: dict[str, dict[str, Any]] = {
    "operator": {"scopes": tuple(Scope), "accounts": (ALL_ACCOUNTS,)},
    "limited": {"scopes": tuple(Scope), "accounts": (ACCOUNT_ID,)},
    "bot": {"scopes": ROLE_SCOPES[Role.BOT], "accounts": (ACCOUNT_ID,)},
}
OTHERS = ("second", "third")
STEP, LOCK, TRIES = timedelta(seconds=30), timedelta(minutes=15), 5
PATH = f"/accounts/{ACCOUNT_ID}"
OK, UNAUTHORIZED, FORBIDDEN = (200, None), (401, "UNAUTHORIZED"), (403, "FORBIDDEN")

type Expected = tuple[int, str | None]

holders = st.sampled_from(["operator", "operator", "limited", "bot"])
codes = st.sampled_from(["fresh", "fresh", "fresh", "same step", "wrong", "none"])


@dataclass
class Codes:
    """What the gateway remembers of an operator's one-time codes, in the words of RFC 6238 and RFC 4226."""

    used: int = -1
    failed_at: list[datetime] = field(default_factory=list)
    locked_until: datetime = datetime.min.replace(tzinfo=NOON.tzinfo)

    def try_code(self, kind: str, now: datetime) -> Expected | None:
        """Return the refusal of a code, None where it is taken."""
        if kind == "none":
            return 401, "TOTP_REQUIRED"
        if now < self.locked_until:
            return 429, "TOTP_LOCKED"
        if kind == "wrong":
            if self.failed_at and now - self.failed_at[0] >= LOCK:
                self.failed_at.clear()
            self.failed_at.append(now)
            if len(self.failed_at) < TRIES:
                return 401, "TOTP_INVALID"
            self.failed_at.clear()
            self.locked_until = now + LOCK
            return 429, "TOTP_LOCKED"
        step = int(now.timestamp()) // int(STEP.total_seconds())
        if step <= self.used:
            return 401, "TOTP_REPLAYED"
        self.used = step
        self.failed_at.clear()
        return None


class ControlMachine(RuleBasedStateMachine):
    """The handlers on one side, on the other a few variables."""

    def __init__(self, gateway: Gateway, wire: Wire, traveller: Traveller) -> None:
        super().__init__()
        start_anew(gateway, wire, traveller)
        self.gateway = gateway
        self.store = DynamoTokenStore(gateway.aws.dynamodb, gateway.aws.control_table)
        self.seeds = count(1)
        self.texts: dict[str, str] = {}
        self.live: dict[str, str | None] = {}
        for who in RIGHTS:
            self.issue(who)
        self.codes = Codes()
        self.engaged: set[tuple[str, str]] = set()
        self.limits: dict[str, Any] = {"position_size_fraction_max": Decimal("0.10"), "daily_trades_max": 20}
        self.accounts = {ACCOUNT_ID}
        self.equity = self.day_started_at = Decimal(100_000)
        self.tripped = False

    def issue(self, who: str) -> None:
        seed = next(self.seeds).to_bytes(2, "big")
        token, text = new_token(
            random_bytes=seed * (TOKEN_RANDOM_BYTES // 2),
            operator="alice",
            created_at=self.gateway.now,
            expires_at=self.gateway.now + timedelta(days=30),
            **RIGHTS[who],
        )
        self.store.put_token(token)
        self.texts[who], self.live[who] = text, token.token_id

    def ask(self, who: str, method: str, path: str, body: Any = None, code: str = "none") -> Answer:
        headers = [("Authorization", f"Bearer {self.texts[who]}"), ("Content-Type", "application/json")]
        if code != "none":
            totp = pyotp.TOTP(self.gateway.aws.totp_seed)
            near = {totp.at(self.gateway.now + steps * STEP) for steps in (-1, 0, 1)}
            wrong = next(text for text in ("000000", "111111", "222222", "333333") if text not in near)
            headers.append(("X-TOTP", wrong if code == "wrong" else totp.at(self.gateway.now)))
        sent = json.dumps(body) if body is not None else ""
        return pass_on(self.gateway, event_of(method, path, headers=headers, body=sent))

    def await_step(self, code: str) -> None:
        if code == "fresh":
            self.gateway.advance(seconds=30)

    def expect(self, answer: Answer, expected: Expected) -> bool:
        """Hold an answer against the model's; tell whether it was a success."""
        found = (answer.status, answer.body.get("code") if answer.status >= 400 else None)
        assert found == expected, answer.text[:500]
        return answer.status < 400

    def refused_as(self, who: str, *, admin: bool = True, everywhere: bool = False) -> Expected | None:
        """Return how a caller is refused before any code is looked at."""
        if self.live[who] is None:
            return UNAUTHORIZED
        if who == "bot" and admin:
            return FORBIDDEN
        return (403, "ACCOUNT_NOT_PERMITTED") if everywhere and who == "limited" else None

    @rule(who=holders, flag=st.sampled_from(FLAGS), engaged=st.booleans(), code=codes)
    def switch(self, who: str, flag: tuple[str, str], engaged: bool, code: str) -> None:
        self.await_step(code)
        scope, key = flag
        body = {"scope": scope, "engaged": engaged, "reason": "drill"} | ({"key": key} if key else {})
        answer = self.ask(who, "PUT", "/kill-switch", body, code)
        refused = self.refused_as(who, everywhere=scope != "account")
        refused = refused or self.codes.try_code(code, self.gateway.now)
        if self.expect(answer, refused or OK):
            (self.engaged.add if engaged else self.engaged.discard)(flag)

    @rule(
        who=holders,
        change=st.one_of(
            st.sampled_from(["0.04", "0.10", "0.2", None]).map(lambda to: {"position_size_fraction_max": to}),
            st.sampled_from([5, 20, 30, None]).map(lambda to: {"daily_trades_max": to}),
        ),
        code=codes,
    )
    def set_limit(self, who: str, change: dict[str, Any], code: str) -> None:
        self.await_step(code)
        answer = self.ask(who, "PUT", f"{PATH}/limits", change, code)
        ((name, told),) = change.items()
        wanted, present = (None if told is None else Decimal(told)), self.limits[name]
        is_loosened = present is not None and (wanted is None or wanted > present)
        refused = self.refused_as(who)
        if refused is None and is_loosened:
            refused = self.codes.try_code(code, self.gateway.now)
        if self.expect(answer, refused or OK):
            self.limits[name] = wanted

    @rule(to=st.sampled_from(["100000", "99000", "98000", "96900", "96000"]))
    def report_equity(self, to: str) -> None:
        self.report(to)

    def report(self, to: str) -> None:
        self.gateway.lose(to)
        self.equity = Decimal(to)
        self.tripped = self.tripped or 1 - self.equity / self.day_started_at >= Decimal("0.03")

    @rule(who=holders, code=codes)
    def reset(self, who: str, code: str) -> None:
        self.await_step(code)
        answer = self.ask(who, "POST", f"{PATH}/breakers/DAILY_LOSS/reset", {"reason": "reviewed"}, code)
        refused = self.refused_as(who) or self.codes.try_code(code, self.gateway.now)
        if refused is None and not self.tripped:
            refused = (404, "BREAKER_NOT_TRIPPED")
        if self.expect(answer, refused or OK):
            self.tripped, self.day_started_at = False, self.equity

    @rule(who=holders, account=st.sampled_from(OTHERS))
    def register(self, who: str, account: str) -> None:
        answer = self.ask(who, "PUT", f"/accounts/{account}", dict(ACCOUNT))
        refused = UNAUTHORIZED if self.live[who] is None else FORBIDDEN if who != "operator" else None
        if self.expect(answer, refused or (200 if account in self.accounts else 201, None)):
            self.accounts.add(account)

    @rule(who=st.sampled_from(sorted(RIGHTS)))
    def revoke(self, who: str) -> None:
        token_id = self.live[who]
        if token_id is not None:
            self.store.revoke_token(token_id)
            self.live[who] = None

    @rule(who=st.sampled_from(sorted(RIGHTS)))
    def give_a_new_token(self, who: str) -> None:
        self.issue(who)

    @rule(minutes=st.sampled_from([1, 5, 16]))
    def wait(self, minutes: int) -> None:
        self.gateway.advance(minutes=minutes)

    @rule(who=holders)
    def look(self, who: str) -> None:
        """What is told is what the model has, to whom it may be told."""
        refused = UNAUTHORIZED if self.live[who] is None else OK
        listed = self.ask(who, "GET", "/accounts")
        if self.expect(listed, refused):
            seen = self.accounts if who == "operator" else {ACCOUNT_ID}
            assert {row["account_id"] for row in listed.body["accounts"]} == seen
        other = self.ask(who, "GET", "/accounts/second")
        if refused == OK and who != "operator":
            refused = FORBIDDEN
        elif refused == OK and "second" not in self.accounts:
            refused = (404, "ACCOUNT_UNKNOWN")
        self.expect(other, refused)

    @rule()
    def check_an_order(self) -> None:
        # What is asked long after the last report would be denied for that.
        self.report(str(self.equity))
        self.gateway.refresh_quotes()
        told = self.gateway.check().body
        size = Decimal("0.1") * 50_000 / self.equity
        limit = self.limits["position_size_fraction_max"]
        expected: str | None
        if self.engaged:
            expected = "KILL_SWITCH_ENGAGED"
        elif self.tripped:
            expected = "TRADING_REDUCING"
        else:
            expected = "POSITION_SIZE" if limit is not None and size > limit else None
        assert told["code"] == expected, told

    @invariant()
    def state_is_the_models(self) -> None:
        switches = self.gateway.call("GET", "/kill-switch").body["kill_switches"]
        assert {(row["scope"], row["key"] or "") for row in switches if row["engaged"]} == self.engaged
        account = self.gateway.account()
        assert account["trading_state"] == ("HALTED" if self.is_halted() else "REDUCING" if self.tripped else "ACTIVE")
        limits = self.gateway.call("GET", f"{PATH}/limits").body["limits"]
        for name, value in self.limits.items():
            assert (None if limits[name] is None else Decimal(str(limits[name]))) == value

    def is_halted(self) -> bool:
        """Tell whether a switch stops the whole account."""
        return bool(self.engaged & {("global", ""), ("account", ACCOUNT_ID)})

    def teardown(self) -> None:
        """Hold everything that is stored against the invariants."""
        aws = self.gateway.aws
        assert_invariants(aws.dynamodb, state=aws.state_table, control=aws.control_table, audit=aws.audit_table)


def test_operators_when_they_steer_in_any_order_then_the_gateway_is_as_a_plain_model_says(
    gateway: Gateway, wire: Wire, traveller: Traveller, views: str
) -> None:
    """Tokens, one-time codes, switches, limits, breakers, accounts: each answer, and what is told after each step."""
    assert views
    run_state_machine_as_test(
        lambda: ControlMachine(gateway, wire, traveller),
        settings=examples(60, stateful_step_count=20, phases=(Phase.generate,)),
    )


def test_model_when_the_gateway_would_not_lock_then_it_says_so(gateway: Gateway) -> None:
    """The model is no echo: it refuses the fifth wrong code whatever the gateway does."""
    codes = Codes()
    told = [codes.try_code("wrong", gateway.now) for _ in range(5)]
    assert told == [(401, "TOTP_INVALID")] * 4 + [(429, "TOTP_LOCKED")]
    assert codes.try_code("fresh", gateway.now) == (429, "TOTP_LOCKED")
    assert codes.try_code("fresh", gateway.now + LOCK) is None
    assert codes.try_code("fresh", gateway.now + LOCK) == (401, "TOTP_REPLAYED")
