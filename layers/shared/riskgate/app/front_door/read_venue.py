"""Answer a bot's read: asked of the venue with the account's key, and cut to what the bot may see."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

from riskgate.app.front_door.fills_behind import list_behind
from riskgate.app.front_door.own_orders import Bot, KnownNames, OwnOrders
from riskgate.app.front_door.pending_orders import list_pending, may_be_there, show_pending
from riskgate.app.front_door.show_orders import show_orders, show_trades
from riskgate.app.ports.store import Store
from riskgate.app.ports.venue_reads import VenueReads, VenueReply
from riskgate.app.routing.secret_owners import require_own_secret
from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.stored import OrderRecord, ReadRequest, Snapshot
from riskgate.core.errors import GatewayError, InvalidRequest, NotFound, RateLimited, Transient, Unprocessable
from riskgate.core.front_door.budget import (
    Purse,
    purse_of,
    show_spot_account,
    show_swap_account,
    show_swap_balances,
)
from riskgate.core.front_door.calls import Call, CallClass, find_call
from riskgate.core.front_door.own_positions import own_share, show_income, show_positions
from riskgate.core.front_door.refusals import internal_error
from riskgate.core.front_door.views import ALL_LISTS, OPEN_ONE, PARAMETER_NAMES, OrderFields, View, fields_of, view_of
from riskgate.schemas.messages.venue_json import read_venue_json, write_venue_json
from riskgate.schemas.messages.venue_read import VenueRead, VenueReadAnswer

OK = 200
#: Code, text and cause of what a bot is told of an order that is not there, or is another's.
NO_SUCH_ORDER = (-2013, "Order does not exist.", "ORDER_NOT_FOUND")
_UNKNOWN_CODES = frozenset({-2011, -2013})
_NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_VALUE = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What reads are made with.

    `reads_of` gives a venue's own API; `secret_owners` whose each secret is, as far as that was asked for.
    `passes_public`: market data is passed on too, unsigned.
    """

    store: Store
    reads_of: Callable[[Venue], VenueReads]
    known: KnownNames
    secret_owners: MutableMapping[str, str] = field(default_factory=dict)
    passes_public: bool = False


def read_venue(request: VenueRead, reading: Reading) -> VenueReadAnswer:
    """Return what a bot is answered, in the venue's shape whatever happens."""
    try:
        return _read(request, reading)
    except (InvalidRequest, NotFound, Unprocessable) as error:
        # Nothing that asking again would change: the account, its key or the call.
        return refuse(401, -2015, "Invalid API-key, IP, or permissions for action.", error.code)
    except RateLimited as error:
        text = "Too much request weight used; the gateway's readers wait for their turn."
        refusal = refuse(429, -1003, text, error.code)
        return replace(refusal, headers={"Retry-After": str(error.retry_after_seconds or 1)})
    except GatewayError as error:
        again = internal_error(error.code)
        return refuse(again.status, again.code, again.message, again.cause)


def refuse(status: int, code: int, text: str, cause: str) -> VenueReadAnswer:
    """Return a refusal in the venue's shape."""
    return VenueReadAnswer(status=status, body=write_venue_json({"code": code, "msg": text}), cause=cause)


def _read(request: VenueRead, reading: Reading) -> VenueReadAnswer:
    call = find_call(request.method, request.path)
    offered = {CallClass.READ} | ({CallClass.PUBLIC} if reading.passes_public else set())
    if call.kind is CallClass.PUBLIC and not reading.passes_public:
        text = "Ask the exchange itself for market data: the risk gateway does not pass it on."
        return refuse(400, -1020, text, "NOT_OFFERED")
    if call.kind not in offered:
        raise InvalidRequest("only reads are made here", code="CALL_NOT_A_READ")
    if bad := sorted(name for name, text in request.parameters.items() if not _is_parameter(name, text)):
        return refuse(400, -1104, f"Not all sent parameters were read: '{bad[0][:64]}'.", "PARAMETER_UNKNOWN")
    name = request.parameters.get(fields_of(call.path).asked_by, "")
    # Of an order's name it is known before it is read whether one can have it.
    names = (name,) if view_of(call.path) is View.ORDER and _NAME.fullmatch(name) else ()
    snapshot = reading.store.read(ReadRequest(account_id=request.account_id, client_order_ids=names))
    state = snapshot.require_state()
    venue = _venue_of(state, request, call)
    assert venue.secret_name is not None  # noqa: S101 looked at with the venue
    require_own_secret(reading.store, state.account_id, venue.secret_name, reading.secret_owners)
    return _Asked(
        request=request, call=call, snapshot=snapshot, reads=reading.reads_of(venue), reading=reading
    ).answer()


def _is_parameter(name: str, text: str) -> bool:
    return name in PARAMETER_NAMES and _VALUE.fullmatch(text) is not None


def _venue_of(state: AccountState, request: VenueRead, call: Call) -> Venue:
    """Return the account's venue that a call is for. Raises Unprocessable: it has none, or no key for it."""
    venue = next((venue for venue in state.venues if venue.venue == request.venue), None)
    # The wallet's API is one for all markets.
    is_wallet = call.path.startswith("/sapi/")
    if venue is not None and venue.paper_account is not None:
        raise Unprocessable("a paper venue answers the gateway's own API alone", code="PAPER_VENUE")
    if venue is None or venue.secret_name is None or (venue.market_type is not call.market_type and not is_wallet):
        raise Unprocessable("the account has no key for this venue", code="ROUTING_UNAVAILABLE")
    return venue


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """One read under way."""

    request: VenueRead
    call: Call
    snapshot: Snapshot
    reads: VenueReads
    reading: Reading

    @property
    def state(self) -> AccountState:
        return self.snapshot.require_state()

    @property
    def own(self) -> OwnOrders:
        request = self.request
        bot = Bot(state=self.state, venue=request.venue, strategy=request.strategy, shows_all=request.shows_all)
        return OwnOrders(bot=bot, reads=self.reads, known=self.reading.known)

    def answer(self) -> VenueReadAnswer:
        view, parameters = view_of(self.call.path), dict(self.request.parameters)
        fields = fields_of(self.call.path)
        record = self._named(fields)
        if record is not None:
            parameters[fields.asked_by] = self._venue_id(record)
        elif view is View.ORDER and parameters.get(fields.asked_by) and not self.request.shows_all:
            return refuse(400, *NO_SUCH_ORDER)
        reply = self.reads.ask(self.call, parameters)
        if reply.status != OK and record is not None and self._is_pending(record, reply):
            return VenueReadAnswer(status=OK, body=write_venue_json(show_pending(record, self.call.market_type)))
        if reply.status != OK or view is View.WHOLE:
            return VenueReadAnswer(status=reply.status, body=reply.body, headers=reply.headers)
        try:
            shown = self._show(view, read_venue_json(reply.body))
        except (AttributeError, KeyError, TypeError, ArithmeticError, ValueError) as error:
            raise Transient("the exchange's answer has another form", code="VENUE_ANSWER_INVALID") from error
        if shown is None:
            return refuse(400, *NO_SUCH_ORDER)
        body, behind = write_venue_json(shown), self._list_behind(view, shown)
        return VenueReadAnswer(status=reply.status, body=body, headers=reply.headers, behind=behind)

    def _list_behind(self, view: View, shown: Any) -> tuple[str, ...]:
        rows = {View.ORDER: [shown], View.ORDERS: shown}.get(view, [])
        return list_behind(rows, fields_of(self.call.path), self.state)

    def _named(self, fields: OrderFields) -> OrderRecord | None:
        """Return the order that the bot asks for by its own id, if it may see it."""
        record = self.snapshot.records.get(self.request.parameters.get(fields.asked_by, ""))
        return record if record is not None and self._may_see(record) else None

    def _is_pending(self, record: OrderRecord, reply: VenueReply) -> bool:
        """Tell whether the gateway knows of an order that the venue does not know."""
        code = read_venue_json(reply.body)
        is_unknown = isinstance(code, dict) and code.get("code") in _UNKNOWN_CODES
        may_be_final = self.call.path not in OPEN_ONE
        return is_unknown and may_be_there(record) and (may_be_final or not record.status.is_final)

    def _show(self, view: View, body: Any) -> Any:
        shows_all, shows_budget = self.request.shows_all, self.request.shows_budget
        match view:
            case View.ORDER:
                return next(iter(show_orders([body], fields_of(self.call.path), self.own, is_list=False)), None)
            case View.ORDERS:
                return self._with_pending(show_orders(body, fields_of(self.call.path), self.own))
            case View.TRADES:
                return show_trades(body, self.own, self._list_orders)
            case View.POSITIONS:
                return body if shows_all else show_positions(body, self._shares(body))
            case View.INCOME:
                return body if shows_all else show_income(body, self._shares(body))
            case View.SPOT_ACCOUNT:
                return show_spot_account(body, self._purse(), self.request.venue) if shows_budget else body
            case View.SWAP_BALANCE:
                return show_swap_balances(body, self._purse(), self.request.venue) if shows_budget else body
            case View.SWAP_ACCOUNT:
                return self._swap_account(body)
            case View.WHOLE:
                return body

    def _swap_account(self, body: Any) -> Any:
        shares = self._shares(body["positions"])
        if self.request.shows_budget:
            return show_swap_account(body, self._purse(), self.request.venue, shares)
        if self.request.shows_all:
            return body
        return {**body, "positions": show_positions(body["positions"], shares)}

    def _with_pending(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a list of orders with those on their way to the venue, unless it goes on from an earlier list."""
        fields, parameters = fields_of(self.call.path), self.request.parameters
        if {"orderId", "algoId", "endTime"} & parameters.keys():
            return rows
        shown = {str(row[fields.client_id]) for row in rows}
        return rows + list_pending(self.own.bot, fields, parameters, shown, self.reading.store)

    def _purse(self) -> Purse:
        limits = self.snapshot.limits
        if limits is None:
            raise Transient("the account has no limits", code="LIMITS_UNREADABLE")
        return purse_of(self.state, limits.limits, self.request.strategy)

    def _shares(self, rows: Any) -> dict[str, Any]:
        request = self.request
        symbols = {str(row.get("symbol")) for row in rows}
        return {symbol: own_share(self.state, request.venue, symbol, request.strategy) for symbol in symbols}

    def _list_orders(self, symbol: str, number: str) -> list[dict[str, Any]]:
        call = find_call("GET", ALL_LISTS[self.call.path])
        reply = self.reads.ask(call, {"symbol": symbol, "orderId": number, "limit": "1000"})
        if reply.status != OK:
            raise Transient("the exchange did not list the orders of trades", code="EXCHANGE_UNAVAILABLE")
        rows: list[dict[str, Any]] = read_venue_json(reply.body)
        return rows

    def _may_see(self, record: OrderRecord) -> bool:
        order, request = record.order, self.request
        return order.venue == request.venue and (request.shows_all or order.strategy == request.strategy)

    def _venue_id(self, record: OrderRecord) -> str:
        return record.venue_client_id or self.reads.client_order_id(record.order_id, record.revision)
