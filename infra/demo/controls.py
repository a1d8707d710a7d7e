"""What the demo's operator does: register, set limits, reset, flip the switch, inspect the audit log."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from infra.demo.prices import MARKETS, QUOTE_CURRENCY, VENUE
from infra.demo.trader import expect
from infra.riskctl.api import ApiClient, account_path
from infra.riskctl.audit import Inspection, iterate_rows, replay_account, verify_account
from infra.riskctl.aws import Aws
from infra.riskctl.one_time_codes import OneTimeCodes
from riskgate.app.access.manage_tokens import create_token, revoke_token
from riskgate.app.audit.verify_audit import verify_chain
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.safeguards.set_kill_switch import put_guards
from riskgate.core.access.tokens import ALL_STRATEGIES, TOKEN_RANDOM_BYTES, Scope
from riskgate.core.account.stored import GATEWAY_CHAIN

TOKEN_LIFETIME = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Controls:
    """The operator of one account, with an administrator's token and its one-time codes."""

    api: ApiClient
    aws: Aws
    codes: OneTimeCodes
    account_id: str

    def register(self, equity: Decimal) -> None:
        """Register the account and the markets' trading rules."""
        registration = {
            "base_currency": QUOTE_CURRENCY,
            "venues": [{"venue": VENUE, "market_type": "spot"}],
            "sectors": {market.asset: market.sector for market in MARKETS.values()},
            "initial_equity": equity,
        }
        self.api.call("PUT", account_path(self.account_id), registration)
        instruments = [market.to_request() for market in MARKETS.values()]
        self.api.call("PUT", "/market/instruments", {"instruments": instruments})

    def tighten_limits(self, limits: Mapping[str, Any]) -> None:
        """Tighten limits: that needs no second factor."""
        answer = self.api.call("PUT", account_path(self.account_id, "limits"), limits).body
        expect(that=answer["loosened"] == [], what=f"nothing was to be loosened, it is {answer['loosened']}")

    def loosen_limits(self, limits: Mapping[str, Any]) -> None:
        """Loosen limits: refused without a one-time code."""
        self.guarded("PUT", account_path(self.account_id, "limits"), limits)

    def reset_breaker(self, name: str, reason: str) -> None:
        """Reset a breaker: refused without a one-time code."""
        path = account_path(self.account_id, "breakers", name, "reset")
        answer = self.guarded("POST", path, {"reason": reason})
        expect(that=answer["trading_state"] == "ACTIVE", what=f"the account is still {answer['trading_state']}")

    @contextmanager
    def bot_token(self) -> Iterator[str]:
        """Issue the bot a token for this account alone; revoke it in the end."""
        now = datetime.now(UTC)
        token, text = create_token(
            Acting(deps=self.aws.deps, actor=self.aws.actor, now=now),
            random_bytes=secrets.token_bytes(TOKEN_RANDOM_BYTES),
            scopes=(Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ),
            accounts=(self.account_id,),
            operator="demo-bot",
            expires_at=now + TOKEN_LIFETIME,
            strategies=(ALL_STRATEGIES,),
            cidrs=(),
            tokens=self.aws.tokens,
        )
        try:
            yield text
        finally:
            revoke_token(
                Acting(deps=self.aws.deps, actor=self.aws.actor, now=datetime.now(UTC)),
                token.token_id,
                tokens=self.aws.tokens,
            )

    @contextmanager
    def flipped_kill_switch(self, reason: str) -> Iterator[None]:
        """Engage the global flag by editing its item, as a person would in the AWS console; release it in the end."""
        self.edit_flag(engaged=True, reason=reason)
        try:
            yield
        finally:
            self.edit_flag(engaged=False, reason="released")

    def inspect(self) -> list[tuple[str, Inspection]]:
        """Verify and replay the account's chain and the gateway's own."""
        store, chains = self.aws.store, (self.account_id, GATEWAY_CHAIN)
        return [
            (name, inspect(store, chain))
            for chain in chains
            for name, inspect in (("verify", verify_account), ("replay", replay_account))
        ]

    def inspect_forgery(self) -> str:
        """Turn one denial into an approval in a copy of the log; return what the verification says of it."""
        rows = list(iterate_rows(self.aws.store, self.account_id))
        denial = next(row for row in rows if row.decision == "denied")
        forged = replace(denial, entry=denial.entry.replace('"decision":"denied"', '"decision":"approved"'))
        findings = list(verify_chain(forged if row is denial else row for row in rows))
        expect(that=[found.sequence for found in findings] == [denial.sequence], what="a forged entry was not found")
        return f"entry {findings[0].sequence}: {findings[0].problem}"

    def guarded(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call that is refused without a one-time code, and passes with one."""
        refused = self.api.call(method, path, body, is_answer=lambda _: True)
        asked = refused.status == HTTPStatus.UNAUTHORIZED and refused.body.get("code") == "TOTP_REQUIRED"
        expect(that=asked, what=f"{method} {path} was to need a one-time code, it was answered {refused.status}")
        return self.codes.run(lambda code: self.api.call(method, path, body, totp=code)).body

    def edit_flag(self, *, engaged: bool, reason: str, key: str = "GLOBAL", cancels: bool = False) -> None:
        """Edit a flag's item, the global one or another; the guards follow what is released, as `riskctl` sees to."""
        self.aws.dynamodb.update_item(
            TableName=self.aws.tables.control,
            Key={"pk": {"S": "KILL_SWITCH"}, "sk": {"S": key}},
            UpdateExpression="SET engaged = :engaged, reason = :reason, cancel_open_orders = :cancels",
            ExpressionAttributeValues={
                ":engaged": {"BOOL": engaged},
                ":reason": {"S": reason},
                ":cancels": {"BOOL": cancels},
            },
        )
        if not engaged:
            # The table's stream would let them: seconds in which orders are denied.
            put_guards(self.aws.deps, self.aws.store.kill_switches.list_shards("global", ""))
