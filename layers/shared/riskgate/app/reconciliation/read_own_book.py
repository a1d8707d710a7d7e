"""Read our side of a reconciliation: the account, the orders that may matter, and every name they have at a venue."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from riskgate.app.ports.exchange import Exchange
from riskgate.app.ports.store import Store
from riskgate.core.account.stored import OrderRecord, ReadRequest, StoredAccount
from riskgate.core.reconciliation.match import OwnBook, VenueBook, client_key, exchange_key
from riskgate.schemas.log.audit_entry import read_entry

#: Audit entries and orders read at a time, and looked through when an account is reconciled first.
PAGE = 100
FIRST_ENTRIES = 1_000


def list_touched(store: Store, account_id: str, *, after: int, until: int) -> set[str]:
    """Return the client order ids that the log names after a sequence number, up to the last one the account has."""
    names: set[str] = set()
    while after < until and (rows := store.list_audit(account_id, after=after, limit=PAGE)):
        for row in rows:
            names |= set(names_in(read_entry(row.entry).inputs))
        after = rows[-1].sequence
    return names


def read_own_book(
    store: Store, account_id: str, names: Iterable[str], markets: Iterable[tuple[str, str]]
) -> tuple[StoredAccount, OwnBook]:
    """Read the account with orders and instruments, without the orders' names at their venues.

    Raises NotFound: unknown account.
    """
    request = ReadRequest(
        account_id=account_id, client_order_ids=tuple(sorted(set(names))), markets=tuple(sorted(set(markets)))
    )
    snapshot = store.read(request)
    state = snapshot.require_state()
    assert snapshot.account is not None  # noqa: S101 it has a state
    return snapshot.account, OwnBook(state=state, records=snapshot.records, instruments=snapshot.instruments)


def list_all_orders(store: Store, account_id: str) -> dict[str, OrderRecord]:
    """Return every order the account ever had: only for what no other way explains."""
    records: dict[str, OrderRecord] = {}
    cursor: str | None = None
    while True:
        page, cursor = store.list_orders(account_id, limit=PAGE, cursor=cursor)
        records |= {record.order.client_order_id: record for record in page}
        if cursor is None:
            return records


def name_orders(exchange: Exchange, records: Mapping[str, OrderRecord]) -> dict[str, str]:
    """Return every name the venue may have for our orders there.

    A bot that sends an approved order itself names it by its own id or by the gateway's.
    """
    ids: dict[str, str] = {}
    for name, record in records.items():
        if record.order.venue != exchange.venue:
            continue
        forms = [exchange.client_order_id(record.order_id, revision) for revision in range(record.revision + 1)]
        own = [] if record.order.route else [name, record.order_id]
        ids |= dict.fromkeys((client_key(form) for form in (*own, *forms)), name)
        if record.exchange_order_id is not None:
            ids[exchange_key(record.order.symbol, record.exchange_order_id)] = name
    return ids


def list_strangers(exchange: Exchange, book: VenueBook, ids: Mapping[str, str]) -> set[str]:
    """Return the client ids of the venue's orders that look like the gateway's and are none we have read."""
    return {
        order.client_order_id
        for order in book.orders
        if order.client_order_id
        and client_key(order.client_order_id) not in ids
        and exchange_key(order.symbol, order.exchange_order_id) not in ids
        and exchange.order_id_of(order.client_order_id) is not None
    }


def names_in(inputs: Any) -> Iterator[str]:
    """Yield the client order ids in an event, in its order, terms and legs too."""
    if isinstance(inputs, list):
        for item in inputs:
            yield from names_in(item)
    elif isinstance(inputs, dict):
        if isinstance(inputs.get("client_order_id"), str):
            yield inputs["client_order_id"]
        for part in ("order", "terms", "legs"):
            yield from names_in(inputs.get(part))
