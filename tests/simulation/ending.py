"""What must hold once everything has healed: the books agree, everybody was told, and everything can be replayed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb import items
from riskgate.app.alerts.announce_entry import alerts_of
from riskgate.core.account.breaks import BreakKind
from riskgate.core.account.document import AccountState, OrderStatus, TradingState
from riskgate.core.account.stored import GATEWAY_CHAIN, OrderRecord
from riskgate.core.alerts.alerts import AlertKind
from riskgate.schemas.log.audit_entry import read_entry
from tests.simulation.gateway import AUDIT_TABLE, CONTROL_TABLE, STATE_TABLE
from tests.simulation.perp_account import COINS_KEY, MARGIN_KEY, PERP
from tests.simulation.scheduler import SECOND
from tests.simulation.swap_venue import USDT, SwapVenue
from tests.simulation.venue import SimVenue
from tests.simulation.world import ROUTED
from tests.support.invariants import check_fold, check_orders, find_violations

if TYPE_CHECKING:
    from tests.simulation.actors import Actor, Bot
    from tests.simulation.world import World

#: The books behind each account whose orders the gateway sends.
BOOKS = {ROUTED: ("key",), PERP: (MARGIN_KEY, COINS_KEY)}
ZERO = Decimal(0)
#: Every so manieth history is replayed whole at its end; all are run through the engine as they are written.
WHOLE_EVERY = 8
#: Faults after which an alert may be shown a second time: somebody died, or was not told that it was shown.
EXCUSES = ("process.crash", "chat.", "db.", "queue.", "process.late")


class _Direct:
    """The tables without a network."""

    def __init__(self, world: World) -> None:
        self._world = world

    def get_paginator(self, name: str) -> _Direct:
        assert name == "scan"
        return self

    def paginate(self, **request: Any) -> Iterator[Any]:
        while True:
            page = self._world.tables.call("Scan", request)
            yield page
            if (last := page.get("LastEvaluatedKey")) is None:
                return
            request = request | {"ExclusiveStartKey": last}


def check_end(world: World, bots: list[Bot], others: list[Actor]) -> None:
    """Hold everything against everything; raises the first violation."""
    _ask_again(world, bots, others)
    _check_log(world)
    for account in list_traded(world):
        _check_venue(world, account)
        _check_twice(world, account)
    if PERP in list_traded(world):
        world.checks.hedges.check_payments()
    _check_alerts(world)
    world.checks.check_texts()
    _check_letters(world)
    world.checks.raise_found()


def _ask_again(world: World, bots: list[Bot], others: list[Actor]) -> None:
    """What nobody knew the outcome of can be found out by asking again with the same id."""

    def ask() -> None:
        for bot in bots:
            for name, order in sorted(bot.unsure.items()):
                outcome = bot.submit(order)
                definite = outcome.is_known and outcome.status != 429
                world.checks.require("I7", definite, f"{name} cannot be found out: {outcome.code}")
        for other in others:
            other.ask_again()

    task = world.scheduler.spawn("ask again", ask, world.people)
    world.scheduler.run(world.scheduler.now_us + 120 * SECOND)
    if PERP in list_traded(world):
        # What was placed just now moves a wallet of margin by more than fills tell: the next reading does.
        world.run_job("monitor", PERP)
        world.scheduler.run(world.scheduler.now_us + 60 * SECOND)
    # What that brought about is told at the latest by the next tick.
    world.functions["notifier"].invoke({})
    world.scheduler.run(world.scheduler.now_us + 60 * SECOND)
    if task.error is not None:
        raise task.error
    world.checks.raise_found()


def _check_log(world: World) -> None:
    found: Iterable[str] = _replay(world) if world.plan.seed % WHOLE_EVERY == 0 else _compare(world)
    for line in found:
        # The checker knows flags by their log alone; here each write was held against the flags themselves.
        code = line.split()[1]
        if code != "I3":
            world.checks.fail(code, line)
    for code in ("I2", "I4", "I5", "I6", "I7", "I11"):
        world.checks.evaluated[code] += 1
    world.checks.raise_found()


def _replay(world: World) -> Iterator[str]:
    """Run the whole log through the engine once more, from its first entry."""
    client: Any = _Direct(world)
    yield from find_violations(client, state=STATE_TABLE, control=CONTROL_TABLE, audit=AUDIT_TABLE)
    world.checks.evaluated["I5 whole"] += 1


def _compare(world: World) -> Iterator[str]:
    """Hold what is stored against the log as it was run through the engine entry by entry."""
    control = world.tables.tables[CONTROL_TABLE]
    for account, chain in world.checks.chains.items():
        state = _state(world, account)
        if account != GATEWAY_CHAIN and state is not None:
            records = {record.order.client_order_id: record for record in _records(world, account)}
            yield from (
                f"{account}: {line}"
                for line in check_fold(chain.fold, state, control.get(("LIMITS", f"ACCOUNT#{account}")))
            )
            yield from (f"{account}: {line}" for line in check_orders(chain.fold, state, records))


def list_traded(world: World) -> list[str]:
    """Return the accounts with keys on which something was ordered, here or at a venue: of others nothing can differ."""
    found = []
    for account, names in BOOKS.items():
        books = [world.venues[name] for name in names if name in world.venues]
        chain = world.checks.chains.get(account)
        if (chain is not None and chain.names) or any(book.orders for book in books):
            found.append(account)
    return found


def _check_venue(world: World, account: str) -> None:
    """The gateway's book is the venues', or the account is stopped and a person was told."""
    state = _state(world, account)
    if state is None:
        return
    differences = list_differences(world, account)
    stopped = state.trading_state is not TradingState.ACTIVE and bool(state.reconciliation.open)
    told = bool(state.reconciliation.open)
    world.checks.require("V3", not differences or (told or stopped), f"the books differ: {differences}")
    if differences:
        world.counters["ended_with_breaks"] += 1


def list_differences(world: World, account: str) -> list[str]:
    """Return in what the gateway's book of an account is not its venues'."""
    state = _state(world, account)
    if state is None:
        return []
    books = [world.venues[name] for name in BOOKS[account]]
    found = _compare_orders(world, account, books)
    for book in books:
        if isinstance(book, SwapVenue):
            found += _compare_positions(state, book)
        else:
            found += _compare_balances(state, book.name, book.balances)
    return found


def _compare_orders(world: World, account: str, books: list[SimVenue]) -> list[str]:
    found: list[str] = []
    by_id: dict[str, list[Any]] = {}
    for order in (order for book in books for order in book.orders.values()):
        by_id.setdefault(order.asked.client_order_id, []).append(order)
    # Both venues write ids in the same form.
    names = books[0].connect(world.people)
    seen: set[int] = set()
    for record in _records(world, account):
        ids = [names.client_order_id(record.order_id, revision) for revision in range(record.revision + 1)]
        theirs = [order for client_id in ids for order in by_id.get(client_id, [])]
        seen |= {id(order) for order in theirs}
        filled = sum((order.filled for order in theirs), ZERO)
        name = record.order.client_order_id
        if filled != record.filled_quantity:
            found.append(f"{name} filled {filled}, ours says {record.filled_quantity}")
        is_open = any(order.is_open for order in theirs)
        if is_open and record.status.is_final:
            found.append(f"{name} rests, ours says {record.status.value}")
        if not is_open and not record.status.is_final and record.status is not OrderStatus.APPROVED:
            found.append(f"{name} has ended, ours says {record.status.value}")
        if record.status is OrderStatus.DENIED and theirs:
            found.append(f"{name} was denied and sent")
    orders = ((book.name, order) for book in books for order in book.orders.values())
    found += [f"{order.exchange_order_id} at {name} is nobody's" for name, order in orders if id(order) not in seen]
    return found


def _compare_positions(state: AccountState, book: SwapVenue) -> list[str]:
    """Compare contracts with their sign; what a reading took over without a fill that explains it is a difference."""
    ours = {p.symbol: p.quantity for p in state.positions.values() if p.venue == book.name}
    theirs = {symbol: held.quantity for symbol, held in book.positions.items()}
    found = [
        f"{symbol}: {theirs.get(symbol, ZERO)} contracts, ours says {ours.get(symbol, ZERO)}"
        for symbol in sorted({*ours, *theirs})
        if ours.get(symbol, ZERO) != theirs.get(symbol, ZERO)
    ]
    adopted = state.reconciliation.adopted.items()
    found += [f"{key}: {amount} contracts that no fill explains" for key, amount in adopted if amount]
    return found + _compare_balances(state, book.name, {USDT: book.equity})


def _compare_balances(state: AccountState, venue: str, theirs: dict[str, Decimal]) -> list[str]:
    ours = {asset: balance.total for asset, balance in state.balances.get(venue, {}).items()}
    return [
        f"{asset}: {theirs.get(asset, ZERO)}, ours says {ours.get(asset, ZERO)}"
        for asset in sorted({*ours, *theirs})
        if abs(ours.get(asset, ZERO) - theirs.get(asset, ZERO)) > Decimal("1e-7")
    ]


def _check_twice(world: World, account: str) -> None:
    """A second reconciliation of the same books finds what the first one found, and repairs nothing."""
    before = _state(world, account)
    if before is None:
        return
    start = len(world.checks.chains[account].rows)
    world.run_job("reconcile", account)
    world.scheduler.run(world.scheduler.now_us + 200 * SECOND)
    after = _state(world, account)
    assert after is not None
    found = [_list_breaks(state) for state in (before, after)]
    world.checks.require("I15", found[0] == found[1], f"{found[0]} became {found[1]}")
    events = [row.event for row in world.checks.chains[account].rows[start:]]
    extra = [event for event in events if event in {"fill_recorded", "order_closed"}]
    world.checks.require("I15", not extra, f"a second run wrote {extra}")


def _list_breaks(state: AccountState) -> list[str]:
    """Return the open breaks, but for orders that have only grown old between two runs."""
    breaks = state.reconciliation.open.items()
    return sorted(name for name, found in breaks if found.finding.kind is not BreakKind.STALE_ORDER)


def _check_alerts(world: World) -> None:
    """Each alert of the log was shown in its chats; a second time only where something went wrong on its way."""
    shown = Counter(alert for message in world.chats for alert in message.alerts)
    excused = any(name.startswith(EXCUSES) for name in world.faults.injected)
    for account, chain in world.checks.chains.items():
        for row in chain.rows[world.checks.started.get(account, 0) :]:
            for alert in alerts_of(read_entry(row.entry)):
                if alert.kind is AlertKind.PROBE:
                    continue
                times = shown[alert.id]
                world.checks.require("I12", times, f"{alert.id} ({alert.kind.value}) was never shown")
                world.checks.require("I12", times <= 1 or excused, f"{alert.id} was shown {times} times")


def _check_letters(world: World) -> None:
    """Nothing was put aside as unreadable, and nothing given up that would not be found out otherwise."""
    letters = world.queues["https://sqs.invalid/letters"].messages
    world.checks.require("E2", not letters, f"put aside: {[message.body[:300] for message in letters]}")


def _state(world: World, account: str) -> AccountState | None:
    item = world.tables.tables[STATE_TABLE].get((f"ACCOUNT#{account}", "STATE"))
    return items.parse_account(item).state if item is not None else None


def _records(world: World, account: str) -> list[OrderRecord]:
    partition = world.tables.tables[STATE_TABLE].partitions.get(f"ACCOUNT#{account}")
    assert partition is not None
    return [items.parse_order(partition.items[key]) for key in partition.order if str(key).startswith("ORDER#")]


__all__ = ["GATEWAY_CHAIN", "check_end"]
