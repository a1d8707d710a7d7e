"""What one consistent batch read asks for, and the snapshot of what it found."""

from __future__ import annotations

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.documents import prepare_documents, unpack_document, unpack_once
from riskgate.adapters.dynamodb.guards import guard_key, hold, parse_guard
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import Marker, OrderRecord, ReadRequest, Snapshot
from riskgate.core.correlations import PackedCorrelations
from riskgate.core.figures import CorrelationRow, RiskReport
from riskgate.core.instrument import Instrument, Quote
from riskgate.core.limits import Limits
from riskgate.core.order import OrderType
from riskgate.core.order_book import OrderBook
from riskgate.schemas.codec import keep_encoded

# Longer than a decision takes: done while the function starts, not while its first order waits.
prepare_documents(
    AccountState, OrderRecord, Limits, Instrument, Quote, CorrelationRow, RiskReport, PackedCorrelations, OrderBook
)
# Entries hold both whole, and they change once an hour.
keep_encoded(CorrelationRow, RiskReport)


class Keys:
    """Unique keys in first-seen order: a batch read refuses duplicates."""

    def __init__(self) -> None:
        self.keys: list[items.Item] = []
        self._seen: set[tuple[str, str]] = set()

    def add(self, key: items.Item) -> bool:
        """Append a key; tell whether it is new."""
        name = (key["pk"]["S"], key["sk"]["S"])
        if name in self._seen:
            return False
        self._seen.add(name)
        self.keys.append(key)
        return True


def list_keys(request: ReadRequest) -> tuple[Keys, Keys]:
    """Return the keys of everything a request names, in the state and in the control table."""
    account_id = request.account_id
    state, control = _list_account_keys(account_id) if request.with_account else (Keys(), Keys())
    if request.orders or request.with_report:
        state.add(items.report_key(account_id))
    for order in request.orders:
        control.add(guard_key(account_id))
        state.add(items.order_key(account_id, order.client_order_id))
        state.add(items.quote_key(order.key))
        state.add(items.instrument_key(order.key))
        state.add(items.correlation_key(order.symbol.partition("/")[0]))
        if order.type is OrderType.MARKET:
            state.add(items.book_key(order.key))
        for scope, name in items.kill_switches_of(order):
            control.add(items.kill_switch_key(scope, name))
    for client_order_id in request.client_order_ids:
        state.add(items.order_key(account_id, client_order_id))
    for market in items.market_keys(request.markets):
        state.add(items.quote_key(market))
        state.add(items.instrument_key(market))
    for market in items.market_keys(request.instruments):
        state.add(items.instrument_key(market))
    for market in items.market_keys(request.books):
        state.add(items.book_key(market))
    for kind, name in request.markers:
        state.add(items.marker_key(account_id, kind, name))
    for asset in request.assets:
        state.add(items.correlation_key(asset))
    return state, control


def _list_account_keys(account_id: str) -> tuple[Keys, Keys]:
    state, control = Keys(), Keys()
    state.add(items.account_key(account_id))
    control.add(items.limits_key(account_id))
    for scope, name in [("global", ""), ("account", account_id)]:
        control.add(items.kill_switch_key(scope, name))
    return state, control


def build_snapshot(
    request: ReadRequest, state: dict[tuple[str, str], items.Item], control: dict[tuple[str, str], items.Item]
) -> Snapshot:
    """Return what a request found in the two tables, by partition and sort key."""
    account_id = request.account_id

    def at(key: items.Item, rows: dict[tuple[str, str], items.Item] = state) -> items.Item | None:
        return rows.get((key["pk"]["S"], key["sk"]["S"]))

    account, limits, report = (
        at(items.account_key(account_id)),
        at(items.limits_key(account_id), control),
        at(items.report_key(account_id)),
    )
    scopes = dict.fromkeys([("global", ""), ("account", account_id)])
    for order in request.orders:
        scopes.update(dict.fromkeys(items.kill_switches_of(order)))
    flags = [items.parse_kill_switch(s, n, at(items.kill_switch_key(s, n), control)) for s, n in scopes]
    guard = parse_guard(at(guard_key(account_id), control))
    facts: dict[str, dict[str, items.Item]] = {}
    for (pk, sk), row in state.items():
        if pk == "MARKET" and "document" in row:
            facts.setdefault(sk.partition("#")[0], {})[items.market_of(sk)] = row

    def typed[T](name: str, kind: type[T]) -> dict[str, T]:
        return {market: unpack_once(row, kind)[0] for market, row in facts.get(name, {}).items()}

    ids = {*request.client_order_ids, *(order.client_order_id for order in request.orders)}
    records = {i: at(items.order_key(account_id, i)) for i in ids}
    markers = {m: at(items.marker_key(account_id, *m)) for m in request.markers}
    return Snapshot(
        account=items.parse_account(account) if account is not None else None,
        limits=items.parse_limits(limits) if limits is not None else None,
        kill_switches=tuple(hold((flag for flag in flags if flag is not None), guard, scopes)),
        guard_version=guard.version if guard is not None else "",
        records={i: items.parse_order(row) for i, row in records.items() if row is not None},
        instruments=typed("INSTRUMENT", Instrument),
        quotes=typed("QUOTE", Quote),
        correlations=typed("CORRELATION", CorrelationRow),
        books=typed("BOOK", OrderBook),
        markers={m: unpack_document(row, Marker) for m, row in markers.items() if row is not None},
        report=unpack_once(report, RiskReport)[0] if report is not None else None,
    )
