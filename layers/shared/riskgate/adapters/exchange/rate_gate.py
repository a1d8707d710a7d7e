"""The gate that every request to a venue passes: what is left of the venue's limits, shared with all other processes.

Readings book their time before they ask, in slices. What belongs to an order asks at once, as long as the venue takes
requests at all, and is booked afterwards: a database that is away, or other people's readings, never hold it up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.adapters.exchange.errors import Reply, is_rate_limit, venue_code
from riskgate.adapters.exchange.rate_limits import find_used_us, is_public, limits_of, name_apart, name_limits
from riskgate.app.ports.venue_budgets import VenueBudgets
from riskgate.core.errors import GatewayError, RateLimited, Transient
from riskgate.core.venues.budget import SECOND, WAIT_US_MAX, Booking, Lane, Limit, Purse, span_of
from riskgate.observability import MetricUnit, add_venue_metric, logger

VENUE_HOLDS = "venue_holds"
BUDGET_UNREACHABLE = "venue_budget_unreachable"
#: What an order cannot be placed without.
_FOR_ORDERS = frozenset({"load_markets", "load_time_difference"})
_MINUTE_US = 60 * SECOND
#: What venues answer an address that went on asking.
_BANS = frozenset({403, 418})
_NONE: Mapping[str, Any] = MappingProxyType({})


def _now_us() -> int:
    return time.time_ns() // 1000


@dataclass(kw_only=True, slots=True)
class SharedBudgets:
    """What one process shares with all others: the bookings, and its own part of each.

    `address` names where the deployment's requests leave from; `percent` of each limit are the deployment's. Nobody
    waits beyond `leave_by_us`: the invocation ends soon after.
    """

    bookings: VenueBudgets
    address: str
    percent: int = 100
    now_us: Callable[[], int] = _now_us
    sleep: Callable[[float], None] = time.sleep
    leave_by_us: int | None = None
    purses: dict[str, Purse] = field(default_factory=dict)
    #: Calls of orders since somebody took the count, after orders had used a limit up.
    over: int = 0

    def take_over(self) -> int:
        """Return how many calls of orders went beyond a limit since this was last asked."""
        over, self.over = self.over, 0
        return over

    def purse(self, limit: Limit) -> Purse:
        """Return this process's part of a limit."""
        purse = self.purses.get(limit.name)
        if purse is None:
            purse = self.purses[limit.name] = Purse(limit)
        return purse

    def cut_wait(self, wait_us: int, now_us: int) -> int:
        """Return how much of a wait there is time for."""
        left_us = WAIT_US_MAX if self.leave_by_us is None else self.leave_by_us - now_us
        return max(0, min(wait_us, WAIT_US_MAX, left_us))

    def watch(self, purse: Purse) -> None:
        """Have the next read of an account tell of a limit too: an order is sent after one."""
        self.bookings.watch(purse.limit.name, lambda booking: purse.see(booking, self.now_us()))


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetUse:
    """How a job uses the shared budgets: whether its calls belong to orders, and how long a reading of it may wait."""

    shared: SharedBudgets
    for_orders: bool = False
    wait_seconds: float = 0


class RateGate:
    """The gate in front of one exchange account. It is told when a call begins, of each request, and of the answer."""

    def __init__(self, use: BudgetUse, venue: str, ccxt_id: str, credentials: VenueCredentials) -> None:
        self._use, self._shared, self._venue = use, use.shared, venue
        self._known = limits_of(ccxt_id)
        public, signed = name_limits(ccxt_id, credentials, use.shared.address)
        self._public, self._signed = self._shared.purse(public), self._shared.purse(signed)
        self._purses = [self._signed] if public == signed else [self._signed, self._public]
        self._apart = {name: self._shared.purse(limit) for name, limit in name_apart(ccxt_id, signed).items()}
        self._lane = Lane.READING
        self._wait_us = 0
        self._asked: Purse | None = None
        self._used_percent: int | None = None

    def begin(self, method: str, *, sends: bool) -> None:
        """Let a call of ccxt begin; `sends` where it changes something at the venue.

        Raises RateLimited: the venue takes no requests, or orders alone use up its limit and this call only looks.
        """
        self._lane = self._lane_of(method, sends=sends)
        self._wait_us, self._asked = int(self._use.wait_seconds * SECOND), None
        for purse in self._purses:
            self._shared.watch(purse)
            if self._lane is not Lane.READING:
                self._look(purse)
            self._require_open(purse)
        if self._lane is not Lane.READING and not self._signed.has_room_for_lookups(self._shared.now_us()):
            self._shared.over += 1
            add_venue_metric("VenueOverBudget", MetricUnit.Count, 1, self._venue)
            if self._lane is Lane.LOOKUP:
                raise _limited("orders use up the venue's limit", self._signed.limit.life_us)

    def admit(self, section: Any, cost: float, rate_limit_ms: float) -> bool:
        """Let a request of a section of ccxt's API pass, of ccxt's cost; tell whether ccxt is to pace it as well.

        Raises RateLimited: a reading whose turn does not come in time; Transient: the bookings cannot be reached.
        """
        name = section if isinstance(section, str) else str(section[0])
        if name in self._apart:
            return self._admit_apart(name, cost)
        known, purse = self._known, self._public if is_public(section) else self._signed
        self._asked = purse
        self._take(purse, cost * (known.unit_ms if known.unit_ms is not None else rate_limit_ms))
        if purse is not self._public and known.request_ms:
            self._take(self._public, known.request_ms)
        return self._lane is Lane.READING

    def _admit_apart(self, section: str, cost: float) -> bool:
        """Let a request pass that a pool of its own counts: what is used up there holds nothing else."""
        purse = self._apart[section]
        self._shared.watch(purse)
        self._look(purse)
        self._require_open(purse)
        self._asked = purse
        self._take(purse, cost * self._known.apart[section][1])
        return self._lane is Lane.READING

    def end(self, headers: Mapping[str, str], error: Exception | None, reply: Reply) -> None:
        """Take over what the answer tells of limits, and book what orders took. It never fails: the answer is there."""
        purse = self._asked
        if purse is None:
            return
        try:
            if error is not None and is_rate_limit(error):
                if venue_code(reply.body) not in self._known.order_codes:
                    # A ban is for the address, whoever asked.
                    self._hold(self._public if reply.status in _BANS else purse, reply)
            elif (used_us := find_used_us(headers, self._known)) is not None:
                self._correct(purse, used_us)
            for owing in (*self._purses, *self._apart.values()):
                self._settle(owing)
        except GatewayError as failure:
            logger.warning(BUDGET_UNREACHABLE, venue=self._venue, code=failure.code, detail=failure.detail)

    def _take(self, purse: Purse, cost_ms: float) -> None:
        now_us, span_us = self._shared.now_us(), span_of(cost_ms * 1000, self._lane, self._shared.percent)
        if self._lane is not Lane.READING:
            purse.owe(span_us, now_us)
        elif not purse.pay(span_us, now_us):
            self._book(purse, span_us)

    def _lane_of(self, method: str, *, sends: bool) -> Lane:
        if sends or (self._use.for_orders and method in _FOR_ORDERS):
            return Lane.ORDER
        return Lane.LOOKUP if self._use.for_orders else Lane.READING

    def _require_open(self, purse: Purse) -> None:
        """Ask nothing of a venue that wants nothing. Raises RateLimited."""
        held_us = purse.held_us(self._shared.now_us())
        if held_us:
            raise _limited("the venue takes no requests for now", held_us)

    def _look(self, purse: Purse) -> None:
        """Make sure that the booking was seen a moment ago; an order does not wait for a database that is away."""
        if purse.is_known(self._shared.now_us()):
            return
        try:
            purse.see(self._shared.bookings.look(purse.limit.name), self._shared.now_us())
        except Transient as failure:
            logger.warning(BUDGET_UNREACHABLE, venue=self._venue, code=failure.code, detail=failure.detail)

    def _book(self, purse: Purse, span_us: int) -> None:
        """Book a slice, or what is needed alone, and wait until its time has come. Raises RateLimited, Transient."""
        limit, now_us = purse.limit, self._shared.now_us()
        latest_us = now_us + limit.ahead_us + self._shared.cut_wait(self._wait_us, now_us)
        for size_us in dict.fromkeys((max(span_us, limit.slice_us), span_us)):
            done, booking = self._shared.bookings.book(
                limit.name, size_us, now_us=now_us, latest_us=latest_us + span_us
            )
            purse.see(booking, now_us)
            if done:
                start_us = purse.start_us(size_us, now_us)
                self._publish(purse, now_us)
                self._wait(purse, start_us - now_us)
                purse.fill(size_us - span_us, start_us)
                return
        add_venue_metric("VenueReadingsHeld", MetricUnit.Count, 1, self._venue)
        self._require_open(purse)
        raise _limited("too many readings wait for this venue", purse.booking.until_us - latest_us)

    def _wait(self, purse: Purse, span_us: int) -> None:
        """Wait for the time that is booked. Raises RateLimited: somebody was told meanwhile that nobody is to ask."""
        if span_us <= 0:
            return
        self._wait_us -= span_us
        add_venue_metric("VenueBudgetWait", MetricUnit.Milliseconds, span_us // 1000, self._venue)
        self._shared.sleep(span_us / SECOND)
        self._look(purse)
        self._require_open(purse)

    def _hold(self, purse: Purse, reply: Reply) -> None:
        """Tell everybody that the venue wants nothing."""
        bookings, limit, now_us = self._shared.bookings, purse.limit, self._shared.now_us()
        told = reply.retry_after_seconds
        # Where it does not say, orders try again soon, and readings once it has forgotten all that was asked.
        until_us = now_us + (told * SECOND if told is not None else limit.window_us // 6)
        line_us = now_us + limit.window_us if told is None else purse.booking.until_us
        purse.see(Booking(max(purse.booking.until_us, line_us), until_us), now_us)
        purse.left_us = 0
        add_venue_metric("VenueRateLimited", MetricUnit.Count, 1, self._venue)
        if reply.status in _BANS:
            add_venue_metric("VenueBans", MetricUnit.Count, 1, self._venue)
        logger.error(VENUE_HOLDS, venue=self._venue, limit=limit.name, seconds=(until_us - now_us) // SECOND)
        bookings.hold(limit.name, until_us)
        if told is None:
            bookings.correct(limit.name, line_us)

    def _correct(self, purse: Purse, used_us: int) -> None:
        """Book what the venue counts beyond what is booked: by others behind the address, or dearer than thought."""
        now_us, limit = self._shared.now_us(), purse.limit
        self._used_percent = used_us * 100 // _MINUTE_US
        # When its minute ends, it has forgotten all of it.
        spent_us = min(span_of(used_us, Lane.READING, self._shared.percent), _MINUTE_US + limit.ahead_us)
        line_us = now_us - now_us % _MINUTE_US + spent_us
        if line_us > max(purse.booking.until_us, now_us) + limit.slice_us:
            self._shared.bookings.correct(limit.name, line_us)
            purse.see(Booking(line_us, purse.booking.not_before_us), now_us)

    def _settle(self, purse: Purse) -> None:
        """Book what orders took, once it is worth a write."""
        now_us = self._shared.now_us()
        if due_us := purse.due_us:
            purse.owed_us = 0
            purse.see(self._shared.bookings.charge(purse.limit.name, due_us, now_us=now_us), now_us)

    def _publish(self, purse: Purse, now_us: int) -> None:
        """Publish how far ahead the venue's time is booked (from 100 on readings wait), and what the venue counts."""
        used = max(0, purse.booking.until_us - now_us) * 100 // purse.limit.ahead_us
        add_venue_metric("VenueBudgetUsed", MetricUnit.Percent, used, self._venue)
        if self._used_percent is not None:
            add_venue_metric("VenueWeightUsed", MetricUnit.Percent, self._used_percent, self._venue)


def gate_members(found: Any) -> dict[str, Any]:
    """Return what a ccxt class needs for a gate: every request passes `fetch2`, every answer `on_rest_response`."""

    def fetch2(
        exchange: Any, path: str, api: Any = "public", method: str = "GET", params: Any = _NONE, config: Any = _NONE
    ) -> Any:
        if exchange.gate is not None:
            cost = exchange.calculate_rate_limiter_cost(api, method, path, params, config)
            exchange.enableRateLimit = exchange.gate.admit(api, cost, exchange.rateLimit)
        return found.fetch2(exchange, path, api, method, params, config)

    def on_rest_response(exchange: Any, code: int, *rest: Any) -> Any:
        exchange.last_status = code
        return found.on_rest_response(exchange, code, *rest)

    return {"gate": None, "last_status": None, "fetch2": fetch2, "on_rest_response": on_rest_response}


def _limited(detail: str, span_us: int) -> RateLimited:
    return RateLimited(detail, retry_after_seconds=max(1, -(-span_us // SECOND)))
