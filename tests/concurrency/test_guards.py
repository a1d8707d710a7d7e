"""Kill switches over accounts of many shards, set and released by two at once while orders come: nothing after an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Event, Lock
from typing import Self

import pytest

from riskgate.adapters.dynamodb import guards
from riskgate.app.account.change_limits import change_limits
from riskgate.app.account.register_account import register_account
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.app.safeguards.set_kill_switch import put_guards, set_kill_switch
from riskgate.core.kill_switch import KillSwitch
from riskgate.schemas.http.requests.accounts import AccountRequest
from riskgate.schemas.http.requests.base import parse_request
from tests.concurrency.instances import CLIENTS, NOW, UNLIMITED, VENUE, Gateway, order, retry

ROUNDS = 3
ACCOUNTS = [f"account-{number}" for number in range(CLIENTS - 2)]
#: Two that are set at the same time; both cover every order.
PAIRS = [
    (("global", ""), ("venue", VENUE)),
    (("venue", VENUE), ("strategy", "trend")),
    (("symbol", "BTC/USDT"), ("account", ACCOUNTS[0])),
]


@pytest.fixture
def accounts(gateway: Gateway) -> Sequence[str]:
    """Register accounts that nothing limits."""
    wide = replace(
        UNLIMITED,
        position_size_fraction_max=None,
        asset_fraction_max=None,
        sector_fraction_max=None,
        strategy_fraction_max=None,
    )
    body = {"base_currency": "USDT", "venues": [{"venue": VENUE, "market_type": "spot"}], "initial_equity": "100000"}
    # A bot in a loop is denied here for as long as the test wants.
    gateway.instances = [replace(deps, denials=DenialBudget(burst=1e9)) for deps in gateway.instances]
    acting = Acting(deps=gateway.deps, actor="test", now=NOW)
    for account in ACCOUNTS:
        register_account(acting, account, parse_request(AccountRequest, body))
        change_limits(acting, account, wide, expected_version=1)
    return ACCOUNTS


class Bots:
    """Each sends orders for its account, one after the other, until it is told to stop."""

    def __init__(self, gateway: Gateway, accounts: Sequence[str]) -> None:
        self._gateway, self._accounts, self._stop = gateway, accounts, Event()
        self._lock, self._decided = Lock(), 0
        self._pool = ThreadPoolExecutor(len(accounts))

    def __enter__(self) -> Self:
        self._running = [self._pool.submit(self._trade, n, account) for n, account in enumerate(self._accounts)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for bot in self._running:
            bot.result()
        self._pool.shutdown()

    def _trade(self, instance: int, account: str) -> None:
        for number in count():
            if self._stop.is_set():
                return
            self._gateway.submit(order(f"o-{number}", "0.001", account_id=account), instance)
            with self._lock:
                self._decided += 1

    def wait(self, orders: int) -> None:
        """Wait until so many more were decided."""
        until = self._decided + orders
        while self._decided < until:
            assert not any(bot.done() for bot in self._running)
            self._stop.wait(0.005)


def switch(gateway: Gateway, instance: int, flag: tuple[str, str], *, engaged: bool) -> None:
    acting = Acting(deps=gateway.instances[instance], actor="test", now=NOW)
    named = KillSwitch(scope=flag[0], key=flag[1], engaged=engaged, reason="drill")
    retry(lambda: set_kill_switch(acting, named, cancel_open_orders=False))


def sequences(gateway: Gateway, accounts: Sequence[str]) -> dict[str, int]:
    chains = {account: gateway.deps.store.read_chain(account) for account in accounts}
    return {account: chain.audit_sequence for account, chain in chains.items() if chain is not None}


def decisions(gateway: Gateway, account: str, after: int, until: int) -> Iterator[str]:
    for row in gateway.deps.store.list_audit(account, after=after, limit=1_000):
        if row.sequence <= until and row.event == "order_decided":
            yield row.decision


def test_switches_when_two_are_set_and_released_at_once_under_load_then_nothing_is_approved_after_an_answer(
    gateway: Gateway, accounts: Sequence[str]
) -> None:
    held: list[tuple[Sequence[str], dict[str, int], dict[str, int]]] = []
    with Bots(gateway, accounts) as bots, ThreadPoolExecutor(2) as people:
        for turn in range(ROUNDS):
            bots.wait(len(accounts))
            pair = PAIRS[turn % len(PAIRS)]
            # Set at once: every guard must name both, whoever writes it last. Then one goes while the other is set anew.
            for first in (True, False):
                calls = [people.submit(switch, gateway, 6, pair[0], engaged=first)]
                calls.append(people.submit(switch, gateway, 7, pair[1], engaged=True))
                for call in calls:
                    call.result()
            stopped: Sequence[str] = [a for a in accounts if pair[1][0] != "account" or a == pair[1][1]]
            since = sequences(gateway, stopped)
            bots.wait(2 * len(accounts))
            held.append((stopped, since, sequences(gateway, stopped)))
            switch(gateway, 6, pair[1], engaged=False)
        bots.wait(2 * len(accounts))
    denied = 0
    for stopped, since, until in held:
        for account in stopped:
            found = list(decisions(gateway, account, since[account], until[account]))
            assert "approved" not in found
            denied += len(found)
    assert denied
    for account in accounts:
        assert "approved" in decisions(gateway, account, until.get(account, 0), 1_000_000)


def test_guards_when_repaired_and_switched_at_once_then_they_say_what_the_flags_say(gateway: Gateway) -> None:
    every = list(range(guards.SHARDS))

    def write(instance: int) -> None:
        for turn in range(4):
            switch(gateway, instance, ("strategy", f"s{instance}"), engaged=(turn + instance) % 2 == 0)
            retry(lambda: put_guards(gateway.instances[instance], every, stale_alone=True))

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(write, range(CLIENTS)))
    engaged = {f"s{n}" for n in range(CLIENTS) if n % 2}
    found = guards.read_guards(gateway.clients[0], gateway.tables["control"], every)
    for item in found.values():
        guard = guards.parse_guard(item)
        assert guard is not None
        assert {flag.key for flag in guard.flags} == engaged
