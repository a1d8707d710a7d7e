"""Routed orders: which step may follow which, and what keeps an approved order from being sent."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from riskgate.core.account.document import AccountState, OrderStatus, TradingState, WorkingOrder
from riskgate.core.account.exposure import resplit_orders
from riskgate.core.account.hedges import lowers_delta
from riskgate.core.errors import Conflict
from riskgate.core.kill_switch import KillSwitch, list_scopes
from riskgate.core.orders.decide import with_market
from riskgate.core.orders.venue_side import keep_venue_side, name_at_venue
from riskgate.core.replacing import replace
from riskgate.core.routing.events import OrderAccepted, OrderOutcomeUnknown, OrderReplaced, OrderSubmitting
from riskgate.core.safeguards.breakers import is_covered, list_covering

#: Statuses in which nobody but the venue can say whether the order is there.
IN_DOUBT = frozenset({OrderStatus.SUBMITTING, OrderStatus.UNKNOWN})
#: Statuses of an order that the venue has.
AT_VENUE = frozenset({OrderStatus.SUBMITTED, OrderStatus.PARTIALLY_FILLED})
#: From where an order may leave for the venue: first, or again once the venue is known not to have it.
_MAY_LEAVE = frozenset({OrderStatus.APPROVED, *IN_DOUBT})

#: Orders that may have been decided while a flag was written are cancelled with those before it.
FLAG_MARGIN = timedelta(seconds=10)

#: Scope of what a tripped breaker covers, beside the scopes of kill switches; its key is the breaker's id.
BREAKER = "breaker"

type Step = OrderSubmitting | OrderAccepted | OrderOutcomeUnknown


def is_routed(order: WorkingOrder) -> bool:
    """Tell whether the gateway sends the order: such a reservation never ends by the clock."""
    return order.expires_at is None


def take_step(state: AccountState, event: Step) -> AccountState:
    """Move a working order one step on its way to the venue.

    Raises Conflict: the order no longer works, or the step cannot follow its status.
    """
    order = state.working_orders.get(event.client_order_id)
    if order is None:
        raise Conflict("the order is no longer working", code="ORDER_NOT_WORKING")
    if isinstance(event, OrderSubmitting):
        if order.status not in _MAY_LEAVE:
            raise Conflict(f"a {order.status.value} order cannot be sent again", code="ORDER_SENT_ALREADY")
        status = OrderStatus.SUBMITTING
    elif isinstance(event, OrderAccepted):
        status = OrderStatus.PARTIALLY_FILLED if order.filled_quantity else OrderStatus.SUBMITTED
        order = name_at_venue(order, event.exchange_order_id, event.rules)
    else:
        if order.status not in IN_DOUBT:
            raise Conflict(f"a {order.status.value} order is not in doubt", code="ORDER_NOT_IN_DOUBT")
        status = OrderStatus.UNKNOWN
    orders = {**state.working_orders, order.client_order_id: replace(order, status=status)}
    return replace(state, working_orders=orders)


def replace_terms(state: AccountState, event: OrderReplaced) -> AccountState:
    """Give a working order other terms; its reservation is theirs from now on.

    Raises Conflict: the order works no longer.
    """
    terms = event.terms
    if terms.client_order_id not in state.working_orders:
        raise Conflict("the order is no longer working", code="ORDER_NOT_WORKING")
    terms = keep_venue_side(state.working_orders[terms.client_order_id], terms, is_sent_anew=event.attempt > 0)
    orders = {**state.working_orders, terms.client_order_id: terms}
    after = resplit_orders(replace(state, working_orders=orders), terms.key, event.rules)
    return with_market(state, after, terms.key)


def find_refusal(state: AccountState, order: WorkingOrder, flags: Sequence[KillSwitch]) -> str:
    """Return why an approved order must not leave now, or an empty text; `state` is settled to now.

    `flags` are all kill switches that match the order; an unreadable one counts as engaged. None of them, nor HALTED,
    holds back an exit that a person vouched for.
    """
    if order.operator_exit and not order.increasing_quantity:
        return ""
    for flag in flags:
        if flag.is_engaged:
            named = f"{flag.scope} {flag.key}".strip()
            return f"kill switch engaged before it was sent: {named}"
    if state.trading_state is TradingState.HALTED:
        return "the account was halted before it was sent"
    increases = order.increasing_quantity > 0 and not lowers_delta(state, order)
    if state.trading_state is TradingState.REDUCING and increases:
        return "the account was limited to exits before it was sent"
    covering = list_covering(state, order.key, order.strategy) if increases else []
    if covering:
        return f"only exits were allowed before it was sent: {', '.join(covering)}"
    return ""


def list_covered(state: AccountState, scope: str, key: str, flag_at: datetime, venue: str = "") -> list[str]:
    """Return the routed working orders that are to be cancelled (at one venue) for a stop, each oldest first.

    A kill switch, set at `flag_at`, covers whatever was approved before it; a breaker that tripped then and has not
    been cleared since, what would increase exposure. A person's own exits stay. Orders in doubt come last: they take a
    look-up, for which no other order waits.
    """
    covered = [o for o in _covered(state, scope, key, flag_at) if is_routed(o) and venue in {"", o.venue}]
    return [order.client_order_id for order in sorted(covered, key=lambda order: order.status in IN_DOUBT)]


def list_left_to_cancel(state: AccountState, scope: str, key: str, flag_at: datetime) -> list[str]:
    """Return the orders beside those that whoever placed them has to cancel, oldest first."""
    return [order.client_order_id for order in _covered(state, scope, key, flag_at) if not is_routed(order)]


def _covered(state: AccountState, scope: str, key: str, flag_at: datetime) -> Iterator[WorkingOrder]:
    breaker = state.breakers.get(key) if scope == BREAKER else None
    if breaker is not None and breaker.tripped_at != flag_at:
        # Cleared meanwhile, and tripped anew: that is told by itself.
        return
    for order in sorted(state.working_orders.values(), key=lambda order: (order.approved_at, order.client_order_id)):
        if order.operator_exit:
            continue
        if breaker is not None:
            increases = order.increasing_quantity and not lowers_delta(state, order)
            if increases and is_covered(breaker, order.key, order.strategy):
                yield order
        elif _is_named(order, state.account_id, scope, key) and order.approved_at <= flag_at + FLAG_MARGIN:
            yield order


def _is_named(order: WorkingOrder, account_id: str, scope: str, key: str) -> bool:
    return (scope, key) in list_scopes(account_id, order.venue, order.strategy, order.symbol)


def is_too_old(decided_at: datetime, now: datetime, age_seconds_max: int) -> bool:
    """Tell whether an approval is too old to act on; one dated ahead of the clock is as well."""
    age = (now - decided_at).total_seconds()
    return not -age_seconds_max <= age <= age_seconds_max
