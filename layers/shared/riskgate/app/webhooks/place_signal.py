"""Turn a signal into an order before the gate, or into cancels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from riskgate.app.ledger.commit_event import Acting, limits_in_force
from riskgate.app.orders.exit_legs import closable
from riskgate.app.orders.permits import PermitSource
from riskgate.app.orders.request_cancel import request_cancel
from riskgate.app.orders.submit_order import OrderAnswer, submit_order, submitted_event
from riskgate.app.ports.queue import Queue
from riskgate.app.webhooks.read_signal import Signal
from riskgate.core.account.document import AccountState
from riskgate.core.account.legs import orders_of
from riskgate.core.account.stop_risk import list_protecting
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import Conflict, Forbidden, Unprocessable
from riskgate.core.instrument import market_key
from riskgate.core.money import plain
from riskgate.core.order import Order
from riskgate.core.webhooks.definition import SizeBy, Webhook, WebhookAction
from riskgate.core.webhooks.sizing import find_part, place_stop, size_entry, to_lot
from riskgate.core.webhooks.symbols import choose, list_candidates
from riskgate.schemas.http.answers.orders import CancelAnswer
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.orders import OrderRequest

#: Most orders that one delivery cancels; a repetition goes on.
CANCELS_MAX = 20
_SIDES = {WebhookAction.BUY: "buy", WebhookAction.SELL: "sell"}


def place_signal(acting: Acting, webhook: Webhook, signal: Signal, *, permits: PermitSource) -> OrderAnswer:
    """Size an order by what is known now, and decide on it as on one that a bot posts with `route`.

    A repetition gets the first answer, though equity and prices have moved since: the stored order is asked for again.

    Raises NotFound: unknown account; Unprocessable: SYMBOL_UNKNOWN, QUOTE_MISSING, STOP_MISSING, SIZE_TOO_SMALL,
    NOTHING_TO_CLOSE; Conflict: the id was used for something else; as `submit_order`.
    """
    order = _order_of(acting, webhook, signal)
    try:
        return submit_order(acting, order, permits=permits)
    except Conflict as error:
        # The same delivery came twice at once, and the other one was sized a moment earlier.
        again = _order_of(acting, webhook, signal)
        if error.code != "CLIENT_ORDER_ID_REUSED" or again == order:
            raise
        return submit_order(acting, again, permits=permits)


def cancel_signal(
    acting: Acting, webhook: Webhook, signal: Signal, *, queue: Callable[[], Queue]
) -> tuple[list[CancelAnswer], bool]:
    """Cancel the order a signal names, or without one all of the strategy's in the market; tell whether all are done.

    Without a name those rest on that protect the strategy's position as stops. What the gateway itself placed, a stop
    it keeps or an exit, no signal cancels.

    Raises NotFound: no such order; Forbidden: it is another strategy's, or the gateway's; Unprocessable:
    SYMBOL_UNKNOWN.
    """
    names = [_find_own(acting, webhook, signal.order)] if signal.order else _list_working(acting, webhook, signal)
    done = [
        request_cancel(
            acting,
            webhook.account_id,
            name,
            f"cancelled by the webhook {webhook.name}",
            queue=queue,
        )
        for name in names[:CANCELS_MAX]
    ]
    return [answer for answer, _ in done], all(is_done for _, is_done in done) and len(names) <= CANCELS_MAX


def _order_of(acting: Acting, webhook: Webhook, signal: Signal) -> Order:
    snapshot, state, candidates = _read(acting, webhook, signal)
    tags = (f"webhook:{webhook.name}"[:64], f"signal:{signal.digest}")
    record = snapshot.records.get(signal.client_order_id)
    if record is not None and record.order.tags == tags:
        if signal.sent_at - record.created_at > timedelta(seconds=webhook.age_seconds_max):
            detail = "this client_ref was another signal's: nothing repeats one after so long"
            raise Conflict(detail, code="CLIENT_ORDER_ID_REUSED")
        return record.order
    symbol = choose(signal.symbol, candidates, (instrument.symbol for instrument in snapshot.instruments.values()))
    asked: dict[str, Any] = {
        "client_order_id": signal.client_order_id,
        "symbol": symbol,
        "venue": webhook.venue,
        "strategy": webhook.strategy,
        "route": True,
        "tags": list(tags),
    }
    if signal.action is WebhookAction.CLOSE:
        return _closing(asked, webhook, snapshot, state)
    return _entering(asked, webhook, signal, snapshot, state, acting.now)


def _closing(asked: dict[str, Any], webhook: Webhook, snapshot: Snapshot, state: AccountState) -> Order:
    key = market_key(webhook.venue, asked["symbol"])
    part = find_part(state, key, webhook.strategy)
    if not part:
        raise Unprocessable("the strategy holds nothing in this market", code="NOTHING_TO_CLOSE")
    most = min(abs(part), closable(state.positions[key], state))
    asked |= {"side": "sell" if part > 0 else "buy", "type": "market", "reduce_only": True}
    order = _parse(asked | {"quantity": plain(most)}, webhook)
    quantity = to_lot(most, order, snapshot.instruments.get(key))
    # Less than a lot is left for the gate to deny by name.
    return replace(order, quantity=quantity or most)


def _entering(
    asked: dict[str, Any], webhook: Webhook, signal: Signal, snapshot: Snapshot, state: AccountState, now: datetime
) -> Order:
    size = webhook.size
    sized = {"quantity": "1"} if size.by in {SizeBy.EQUITY_FRACTION, SizeBy.RISK_FRACTION} else {}
    if size.by in {SizeBy.QUANTITY, SizeBy.QUOTE_QUANTITY}:
        sized = {size.by.value: plain(size.value or Decimal(0))}
    figures = dict(signal.figures)
    if signal.type == "market":
        # Chart services send the price of the bar beside any order.
        figures.pop("price", None)
    order = _parse(asked | figures | sized | {"side": _SIDES[signal.action], "type": signal.type}, webhook)
    market = snapshot.market(order.key)
    order = place_stop(order, market, webhook.stop_fraction)
    if size.by is SizeBy.SENDER and order.quantity is not None:
        # Scripts compute sizes that lie on no grid.
        return replace(order, quantity=to_lot(order.quantity, order, market.instrument) or order.quantity)
    if size.by not in {SizeBy.EQUITY_FRACTION, SizeBy.RISK_FRACTION}:
        return order
    limits, _ = limits_in_force(snapshot, submitted_event(order, snapshot))
    return size_entry(order, size, state, limits, market, now)


def _parse(asked: dict[str, Any], webhook: Webhook) -> Order:
    return parse_request(OrderRequest, asked).to_order(webhook.account_id)


def _read(acting: Acting, webhook: Webhook, signal: Signal) -> tuple[Snapshot, AccountState, tuple[str, ...]]:
    """Read the account, the order's record, and the markets that the symbol may name."""
    known = acting.deps.store.read(ReadRequest(account_id=webhook.account_id)).require_state()
    venue = next((venue for venue in known.venues if venue.venue == webhook.venue), None)
    if venue is None:
        raise Unprocessable("the account has no such venue any more", code="VENUE_UNKNOWN")
    candidates = list_candidates(signal.symbol, webhook.symbols, venue.market_type)
    snapshot = acting.deps.store.read(
        ReadRequest(
            account_id=webhook.account_id,
            client_order_ids=(signal.client_order_id,),
            markets=tuple((webhook.venue, symbol) for symbol in candidates),
        )
    )
    return snapshot, snapshot.require_state(), candidates


def _find_own(acting: Acting, webhook: Webhook, name: str) -> str:
    """Return the id of an order that a signal may cancel; one that is not there is found missing by the cancel."""
    request = ReadRequest(account_id=webhook.account_id, client_order_ids=(name,))
    record = acting.deps.store.read(request).records.get(name)
    if record is not None and record.order.operator_exit:
        raise Forbidden("the gateway itself placed this order: no webhook cancels it", code="ORDER_OF_THE_GATEWAY")
    return name


def _list_working(acting: Acting, webhook: Webhook, signal: Signal) -> list[str]:
    snapshot, state, candidates = _read(acting, webhook, signal)
    symbol = choose(signal.symbol, candidates, (instrument.symbol for instrument in snapshot.instruments.values()))
    key = market_key(webhook.venue, symbol)
    orders, position = orders_of(state, key), state.positions.get(key)
    stops = list_protecting(position, orders) if position is not None else ()
    return sorted(
        order.client_order_id
        for order in orders
        if order.strategy == webhook.strategy and not order.operator_exit and order not in stops
    )
