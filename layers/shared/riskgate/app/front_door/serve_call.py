"""Serve one call of a bot: prove who it is, find out what the call is, and have it done, passed on or refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from riskgate.app.front_door.authenticate import KeyReader, SignedRequest, authenticate, identify
from riskgate.app.front_door.book_fills import book_fills
from riskgate.app.front_door.door import Door
from riskgate.app.front_door.note_call import CallNotes
from riskgate.app.front_door.order_call import OrderCall
from riskgate.app.front_door.order_calls import ORDER_CALLS, refuse_kind
from riskgate.app.front_door.setting_calls import serve_setting
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.orders.permits import PermitSource
from riskgate.app.ports.queue import Queue
from riskgate.app.ports.venue_reader import VenueReader
from riskgate.app.ports.venue_reads import OrderNames
from riskgate.app.ports.worker import OrderWorker
from riskgate.core.access.keys import ExchangeKey
from riskgate.core.access.tokens import Scope
from riskgate.core.errors import DocumentTooNew, GatewayError, OutcomeUnknown, StateCorrupt, Transient
from riskgate.core.front_door.calls import Call, CallClass, find_call
from riskgate.core.front_door.denials import refuse_error
from riskgate.core.front_door.refusals import Refusal, invalid_key, never, not_offered
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.front_door.parameters import Parameters
from riskgate.schemas.messages.venue_read import VenueRead

STATE_CORRUPT = "state_corrupt"
DOCUMENT_TOO_NEW = "document_too_new"
CALL_REFUSED = "front_door_call_refused"
_PATH = re.compile(r"/venues/([a-z0-9][a-z0-9_-]{0,31})(/(?:api|fapi|sapi|futures)/.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """What serves the calls."""

    deps: Deps
    keys: KeyReader
    master: Callable[[bool], str]
    permits: PermitSource
    worker: Callable[[], OrderWorker]
    reader: Callable[[], VenueReader]
    queue: Callable[[], Queue]
    names: OrderNames
    notes: CallNotes


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueAnswer:
    """What a bot gets: `text` is JSON, `kind` the class of its call, `cause` the gateway's own code of a refusal."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    cause: str = ""


def serve_call(request: SignedRequest, services: Services, *, now: datetime, trace_id: str = "") -> VenueAnswer:
    """Return the answer to one call, whatever happens, in the venue's shape."""
    try:
        return _serve(request, services, now, trace_id)
    except Refusal as refusal:
        return refuse(refusal)
    except GatewayError as error:
        _count(error)
        return refuse(refuse_error(error))


def _serve(request: SignedRequest, services: Services, now: datetime, trace_id: str) -> VenueAnswer:
    started, found = services.deps.monotonic(), _PATH.fullmatch(request.path)
    path = found[2] if found is not None else request.path
    call = find_call(request.method, path)
    if call.kind is CallClass.PUBLIC:
        key, parameters = identify(request, now=now, keys=services.keys)
    else:
        key, parameters = authenticate(request, now=now, keys=services.keys, master=services.master)
    logger.append_keys(account_id=key.account_id, strategy=key.strategy, key_id=key.key_id)
    deps = replace(services.deps, trace_id=trace_id)
    acting = Acting(deps=deps, actor=f"key:{key.key_id}", now=now, strategies=key.grant.strategies)
    if found is None or call.kind is CallClass.NEVER:
        services.notes.note_refused(acting, key, request.method, path)
        raise never(request.method, path)
    if found[1] not in key.venues.values():
        raise invalid_key("VENUE_NOT_PERMITTED")
    # The wallet's API is one for all markets.
    venue = found[1] if path.startswith("/sapi/") else key.venues.get(call.market_type.value)
    if venue is None:
        raise invalid_key("VENUE_NOT_PERMITTED")
    door = Door(
        acting=acting,
        key=key,
        permits=services.permits,
        worker=services.worker,
        queue=services.queue,
        names=services.names,
        fingerprint=request.fingerprint,
        started=started,
    )
    order_call = OrderCall(door=door, venue=venue, market_type=call.market_type, parameters=Parameters(parameters))
    return _by_kind(call, order_call, services)


def _by_kind(call: Call, order_call: OrderCall, services: Services) -> VenueAnswer:
    key, kind = order_call.door.key, call.kind
    if kind is CallClass.ORDER:
        _require(key, Scope.ORDERS_WRITE)
        serve = ORDER_CALLS.get((call.method, call.path), refuse_kind)
        return VenueAnswer(status=HTTPStatus.OK, text=write_json(serve(order_call)), kind=kind.value)
    if kind is CallClass.READ:
        _require(key, Scope.ACCOUNTS_READ)
        services.notes.beat(order_call.door)
        return ask_venue(call, order_call, services.reader())
    if kind is CallClass.SETTING:
        _require(key, Scope.ORDERS_WRITE)

        def ask(path: str, parameters: dict[str, str]) -> Any:
            asked = OrderCall(
                door=order_call.door,
                venue=order_call.venue,
                market_type=order_call.market_type,
                parameters=Parameters(parameters),
            )
            answer = ask_venue(find_call("GET", path), asked, services.reader())
            if answer.status != HTTPStatus.OK:
                raise Transient("the venue does not tell how the account is set up", code="SETTING_UNREADABLE")
            return json.loads(answer.text)

        try:
            body = serve_setting(call.path, order_call.parameters, ask)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise Transient("the venue tells it in another form", code="SETTING_UNREADABLE") from error
        return VenueAnswer(status=HTTPStatus.OK, text=write_json(body), kind=kind.value)
    if kind is CallClass.PUBLIC:
        return ask_venue(call, order_call, services.reader())
    raise not_offered()


def ask_venue(call: Call, order_call: OrderCall, reader: VenueReader) -> VenueAnswer:
    """Return what the venue answers to a read, cut to what the bot may see.

    Raises Transient: it did not answer; nothing is changed by a read, whatever became of it.
    """
    key = order_call.door.key
    asked = VenueRead(
        account_id=key.account_id,
        venue=order_call.venue,
        strategy=key.strategy,
        method=call.method,
        path=call.path,
        parameters=order_call.parameters.as_sent(),
        shows_all=key.shows_all,
        shows_budget=key.shows_budget,
    )
    try:
        answer = reader.read(asked)
    except OutcomeUnknown as error:
        raise Transient(error.detail, code="VENUE_UNREADABLE") from error
    book_fills(order_call.door, answer.behind)
    return VenueAnswer(
        status=answer.status, text=answer.body, headers=answer.headers, kind=call.kind.value, cause=answer.cause
    )


def write_json(body: object) -> str:
    """Return the JSON of an answer."""
    return json.dumps(body, separators=(",", ":"))


def _count(error: GatewayError) -> None:
    if isinstance(error, DocumentTooNew):
        logger.warning(DOCUMENT_TOO_NEW, code=error.code, detail=error.detail)
    elif isinstance(error, Transient):
        metrics.add_metric(name="DatabaseUnavailable", unit=MetricUnit.Count, value=1)
    if isinstance(error, StateCorrupt):
        metrics.add_metric(name="StateCorrupt", unit=MetricUnit.Count, value=1)
        logger.error(STATE_CORRUPT, code=error.code, detail=error.detail)


def _require(key: ExchangeKey, scope: Scope) -> None:
    if scope not in key.grant.scopes:
        raise invalid_key("SCOPE_MISSING")


def refuse(refusal: Refusal) -> VenueAnswer:
    """Return a refusal as an answer."""
    logger.info(CALL_REFUSED, code=refusal.cause or str(refusal.code), venue_code=refusal.code)
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
    return VenueAnswer(status=refusal.status, text=write_json(refusal.body()), headers=headers, cause=refusal.cause)
