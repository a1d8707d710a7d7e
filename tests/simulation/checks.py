"""What must hold at every step: after each write of a table, each change of a venue's book, each answer.

The invariants of `tests/support/invariants.py` are fed entry by entry as the log grows; beside them stands what only
somebody who sees everything at once can tell.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from riskgate.adapters.dynamodb import items
from riskgate.app.audit.verify_audit import verify_chain
from riskgate.app.ports.store import AuditRow
from riskgate.core.account.document import AccountState, TradingState
from riskgate.core.account.exposure import compute_exposure
from riskgate.core.account.stored import GATEWAY_CHAIN, GENESIS_HASH
from riskgate.core.errors import GatewayError
from riskgate.core.kill_switch import item_name, list_scopes
from riskgate.core.limits import Limits
from riskgate.core.order import Order
from riskgate.core.orders.events import FillRecorded, OrderDecided, OrderModified
from riskgate.core.reconciliation.events import BreakResolved, ReconciliationRun
from riskgate.core.routing.events import OrderReplaced, OrderSubmitting
from riskgate.core.safeguards.events import BreakerReset, ExitRequested
from tests.simulation import hedge_checks
from tests.simulation.gateway import AUDIT_TABLE, CONTROL_TABLE, HIDDEN, STATE_TABLE
from tests.simulation.scheduler import Task
from tests.support.invariants import Decided, Fold, list_decisions, read_row

if TYPE_CHECKING:
    from tests.simulation.world import World

#: How much further ahead another instance's clock may be than an entry's.
SKEW_SECONDS = 4
#: What clears by itself, and when it may.
CLEARING = frozenset({"snapshot_recorded", "order_decided"})


class Violation(AssertionError):
    """An invariant does not hold; `code` is its name."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class _Fold(Fold):
    """The log of one account through the engine; what kill switches forbid is asked of the tables themselves."""

    def check_kill_switches(self, decision: Decided, at: datetime) -> Iterator[str]:
        del decision, at
        yield from ()


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One entry of an account's log, for who looks at more than the checks here do."""

    account: str
    row: AuditRow
    event: Any
    before: AccountState | None
    after: AccountState

    @property
    def where(self) -> str:
        """Name the entry."""
        return f"{self.account} entry {self.row.sequence} ({self.row.event})"


@dataclass(kw_only=True)
class Chain:
    """One account's log as far as it was written."""

    fold: _Fold
    rows: list[AuditRow] = field(default_factory=list)
    head: str = GENESIS_HASH
    ended: set[str] = field(default_factory=set)
    fills: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    exits: Counter[str] = field(default_factory=Counter)

    def copy(self) -> Chain:
        """Return a chain that goes on by itself."""
        fold = copy.copy(self.fold)
        fold.replay = copy.copy(fold.replay)
        fold.replay.engines = copy.deepcopy(fold.replay.engines)
        fold.replay.held = copy.deepcopy(fold.replay.held)
        fold.decided, fold.engaged = list(fold.decided), dict(fold.engaged)
        return replace(
            self,
            fold=fold,
            rows=list(self.rows),
            ended=set(self.ended),
            fills=Counter(self.fills),
            names=Counter(self.names),
            exits=Counter(self.exits),
        )


class Checks:
    """Looks at every change."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._read = 0
        self.chains: dict[str, Chain] = {}
        self.found: list[Violation] = []
        self.evaluated: Counter[str] = Counter()
        self.started: dict[str, int] = {}
        #: Since when each flag that is engaged is so, and which of them the route has acknowledged.
        self.engaged_us: dict[str, int] = {}
        self.acknowledged: set[str] = set()
        #: What actors of their own modules look at each entry with.
        self.observers: list[Callable[[Seen], None]] = []
        self._flags_read = 0
        self._knows_us = 0
        self.hedges = hedge_checks.HedgeChecks(world)

    def start(self, chains: Mapping[str, Chain]) -> None:
        """Go on from logs that were looked at before."""
        self.chains = {account: chain.copy() for account, chain in chains.items()}
        self.started = {account: len(chain.rows) for account, chain in chains.items()}
        self._read = len(self._world.tables.tables[AUDIT_TABLE].records)
        self._flags_read = len(self._world.tables.tables[CONTROL_TABLE].records)

    def fail(self, code: str, text: str) -> None:
        """Take note of a violation: the history ends with this step."""
        self.found.append(Violation(code, text))

    def require(self, code: str, holds: object, text: str) -> None:
        """Count a check, and take note where it does not hold."""
        self.evaluated[code] += 1
        if not holds:
            self.fail(code, text)

    def raise_found(self) -> None:
        """End the history with what was found."""
        if self.found:
            raise self.found[0]

    def wrote(self, knows_us: int) -> None:
        """Look at what was written, by somebody who knows the kill switches as of an instant."""
        self._knows_us = knows_us
        self._look_at_flags()
        records = self._world.tables.tables[AUDIT_TABLE].records
        new, self._read = records[self._read :], len(records)
        for record in new:
            account = record["dynamodb"]["Keys"]["account_id"]["S"]
            self.require("I4", record["eventName"] == "INSERT", f"{account}: an entry was {record['eventName']}")
            if not self.found:
                self._take(account, read_row(record["dynamodb"]["NewImage"]))
        for account in {record["dynamodb"]["Keys"]["account_id"]["S"] for record in new}:
            self._check_place(account)

    def venue_changed(self) -> None:
        """Look at the venues' books: an order leaves once."""
        for venue in self._world.venues.values():
            ids = Counter(order.asked.client_order_id for order in venue.orders.values())
            twice = [name for name, times in ids.items() if times > 1]
            self.require("V1", not twice, f"sent twice: {twice}")
            for order in venue.orders.values():
                self.require("V2", order.filled <= order.asked.quantity, f"{order.exchange_order_id} overfilled")

    def note_failure(self, task: Task) -> None:
        """Look at how an invocation failed: only what the outside did to it is a reason."""
        if task.error is not None:
            self.note_error(task.error, task.name)

    def note_error(self, error: BaseException, where: str) -> None:
        """Look at an error: only what the outside did is a reason."""
        expected = isinstance(error, GatewayError | ClientError | BotoCoreError)
        self.require("E1", expected, f"{where}: {type(error).__name__}: {error}")

    def check_texts(self) -> None:
        """No secret is in the log, nor in what people were shown."""
        for chain in self.chains.values():
            for row in chain.rows:
                self.require("I14", not any(text in row.entry for text in HIDDEN), f"entry {row.sequence} has a secret")
        for shown in self._world.chats:
            self.require("I14", not any(text in shown.html for text in HIDDEN), "a message shows a secret")
        for published in self._world.published:
            text = str(published)
            self.require("I14", not any(hidden in text for hidden in HIDDEN), "the topic shows a secret")

    def _take(self, account: str, row: AuditRow) -> None:
        chain = self.chains.get(account)
        if chain is None:
            chain = self.chains[account] = Chain(fold=_Fold(account_id=account, switched=[]))
        findings = list(verify_chain([row], after=(len(chain.rows), chain.head)))
        self.require("I4", not findings, f"{account} entry {row.sequence}: {findings}")
        chain.rows.append(row)
        chain.head = row.hash
        before = chain.fold.replay.state
        limits = chain.fold.replay.limits
        lines = list(chain.fold.feed(row))
        self.evaluated["I1"] += 1
        self.evaluated["I5"] += 1
        for line in lines:
            self.fail(line[:2], f"{account}: {line}")
        if account == GATEWAY_CHAIN or lines:
            return
        after = chain.fold.replay.state
        assert after is not None
        self.require("I6", compute_exposure(after) == after.exposure, f"{account} entry {row.sequence}: exposure")
        self._check_event(account, chain, row, before, after, limits)

    def _check_event(
        self,
        account: str,
        chain: Chain,
        row: AuditRow,
        before: AccountState | None,
        after: AccountState,
        limits: Limits,
    ) -> None:
        entry, event = chain.fold.last_of(row)
        self._world.counters["inputs_named"] += len(entry.named or ())
        where = f"{account} entry {row.sequence} ({row.event})"
        self.hedges.look(account, event, entry.answer, row.at, before)
        for decision in list_decisions(entry, event):
            self.hedges.look_at(account, decision, row.at)
            if not isinstance(event, OrderModified):
                chain.names[decision.client_order_id] += 1
                once = chain.names[decision.client_order_id] == 1
                self.require("I2", once, f"{where}: {decision.client_order_id} is decided again")
            if decision.approved:
                self._check_flags(decision.order, where)
                self._check_reduces(decision, before, after, where)
        if isinstance(event, OrderDecided | OrderModified) and row.decision == "approved":
            working = after.working_orders.get(event.order.client_order_id)
            if working is not None and working.increasing_quantity:
                self._check_inputs(event, limits, row.at, where)
        if isinstance(event, OrderSubmitting | OrderReplaced):
            name = event.client_order_id if isinstance(event, OrderSubmitting) else event.terms.client_order_id
            if isinstance(event, OrderSubmitting) or event.attempt:
                self._check_flags(self._order(account, name), where)
        if isinstance(event, FillRecorded):
            self._check_fill(chain, event, where)
        if isinstance(event, ExitRequested):
            chain.exits[event.exit_id] += 1
            self.require("X1", chain.exits[event.exit_id] == 1, f"{where}: {event.exit_id} is demanded again")
        self._check_ends(chain, before, after, where)
        self._check_latches(event, before, after, row.at, where)
        for look in self.observers:
            look(Seen(account=account, row=row, event=event, before=before, after=after))

    def _look_at_flags(self) -> None:
        records = self._world.tables.tables[CONTROL_TABLE].records
        new, self._flags_read = records[self._flags_read :], len(records)
        for record in new:
            keys = record["dynamodb"]["Keys"]
            if keys["pk"]["S"] != "KILL_SWITCH":
                continue
            image, name = record["dynamodb"].get("NewImage"), keys["sk"]["S"]
            is_engaged = image.get("engaged") != {"BOOL": False} if image is not None else name == "GLOBAL"
            if not is_engaged:
                self.engaged_us.pop(name, None)
                self.acknowledged.discard(name)
            else:
                self.engaged_us.setdefault(name, self._world.scheduler.now_us)

    def _check_flags(self, order: Order, where: str) -> None:
        """Nothing is approved, nor leaves, under a flag that was acknowledged, or was engaged before it was looked at."""
        if order.operator_exit:
            return
        for scope, key in list_scopes(order.account_id, order.venue, order.strategy, order.symbol):
            name = item_name(scope, key)
            since = self.engaged_us.get(name)
            ignored = since is not None and (name in self.acknowledged or since < self._knows_us)
            self.require("I3", not ignored, f"{where}: {order.client_order_id} though {scope} {key} is engaged")

    def _order(self, account: str, name: str) -> Order:
        item = self._world.tables.tables[STATE_TABLE].get((f"ACCOUNT#{account}", f"ORDER#{name}"))
        assert item is not None
        return items.parse_order(item).order

    def _check_reduces(self, decision: Decided, before: AccountState | None, after: AccountState, where: str) -> None:
        """Where entries are stopped, what passes shrinks a position, and all of it together no more than there is."""
        working = after.working_orders.get(decision.client_order_id)
        if before is None or working is None:
            return
        state = before.trading_state
        is_exit = working.operator_exit or not working.increasing_quantity
        # Of changed terms the document keeps the wider of both, until the venue has the new ones.
        shrinks = hedge_checks.only_reduces(after, decision.order, working)
        passes = is_exit or (state is TradingState.REDUCING and (shrinks or hedge_checks.takes_away(after, working)))
        self.require("I10", state is TradingState.ACTIVE or passes, f"{where}: an entry while {state.value}")
        halted = state is TradingState.HALTED and not working.operator_exit
        self.require("I10", not halted, f"{where}: an order while HALTED")
        if not working.reduce_only:
            return
        position = after.positions.get(working.key)
        held = abs(position.quantity) if position is not None else Decimal(0)
        self.require("I10", working.quantity <= held, f"{where}: an exit of {working.quantity} of {held}")

    def _check_inputs(self, event: OrderDecided | OrderModified, limits: Limits, at: datetime, where: str) -> None:
        """Nothing adds exposure on a price that is missing, old, or no price; an exit is never held back by one."""
        quote = event.market.quote
        age_max = limits.quote_max_age_seconds or 10**9
        ok = quote is not None and (at - quote.at).total_seconds() <= age_max + SKEW_SECONDS
        self.require("I8", ok, f"{where}: approved on {quote}")
        if quote is None:
            return
        prices = [price for price in (quote.bid, quote.ask, quote.last) if price is not None]
        good = bool(prices) and all(price.is_finite() and price > 0 for price in prices)
        self.require("I8", good, f"{where}: approved on {quote}")

    def _check_fill(self, chain: Chain, event: FillRecorded, where: str) -> None:
        name = event.order.client_order_id
        chain.fills[f"{name}#{event.fill_id}"] += 1
        once = chain.fills[f"{name}#{event.fill_id}"] == 1
        self.require("I11", once, f"{where}: fill {event.fill_id} of {name} counts again")

    def _check_ends(self, chain: Chain, before: AccountState | None, after: AccountState, where: str) -> None:
        known = before.working_orders.keys() if before is not None else set()
        back = chain.ended & after.working_orders.keys()
        self.require("I11", not back, f"{where}: {sorted(back)} reserve again after their end")
        chain.ended |= known - after.working_orders.keys()

    def _check_latches(
        self, event: Any, before: AccountState | None, after: AccountState, at: datetime, where: str
    ) -> None:
        if before is None:
            return
        for name, breaker in before.breakers.items():
            gone = name not in after.breakers
            over = breaker.clears_on is not None and breaker.clears_on <= at.date()
            reset = isinstance(event, BreakerReset)
            # What a disagreement of the books tripped is over with it, as the run or the person says who closes it.
            agreed = name.startswith("RECONCILIATION_BREAK") and isinstance(event, ReconciliationRun | BreakResolved)
            self.require("I13", not gone or over or reset or agreed, f"{where}: breaker {name} is gone")

    def _check_place(self, account: str) -> None:
        """The document names the last entry of its log, and as many commits as there are entries."""
        chain = self.chains[account]
        item = self._world.tables.tables[STATE_TABLE].get((f"ACCOUNT#{account}", "STATE"))
        if item is None:
            self.fail("I4", f"{account}: the log has entries, the account no document")
            return
        head, sequence = item["audit_head"]["S"], int(item["audit_sequence"]["N"])
        self.require("I4", (head, sequence) == (chain.head, len(chain.rows)), f"{account}: the head is another")
        self.require("I6", int(item["version"]["N"]) == len(chain.rows), f"{account}: version {item['version']}")
