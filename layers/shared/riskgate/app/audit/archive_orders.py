"""Move orders that ended long ago into the archive: what stays of each is a tombstone, which keeps its id taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import batched
from typing import Any

from riskgate.app.ports.archive import Archive, ArchivedPart, Lifetimes
from riskgate.app.ports.store import AuditRow, Store
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.errors import StateCorrupt
from riskgate.core.orders.events import BatchDecided, OrderDecided
from riskgate.schemas.codec import DecodeError, decode, encode
from riskgate.schemas.log.audit_entry import read_entry

#: Orders in one read, beside their account, its limits and kill switches: one request to DynamoDB.
ORDERS_PER_READ = 90


def archive_orders(
    part: ArchivedPart,
    rows: Sequence[AuditRow],
    *,
    store: Store,
    archive: Archive,
    lifetimes: Lifetimes,
    until: datetime,
    now: datetime,
) -> int:
    """Archive the orders that a piece of the log decided, and leave their tombstones; return how many were left now.

    One that has not ended, changed after `until`, or is named in its account's document waits for the next piece, whose
    object hands it on: so each order has its turn, however late it ends. Objects are stored before tombstones are left,
    and never again for the same piece: a run that was cut off is done again from what is stored. A tombstone takes the
    place of the very record that was archived: one that changed meanwhile stays as it is.

    Raises StateCorrupt: a decision, or a stored order, cannot be read; Transient: another run goes on from here.
    """
    stored = archive.read_orders(part)
    if stored is None:
        before = archive.list_waiting(part.account_id)
        names = dict.fromkeys([*before, *_list_decided(rows)])
        ended, waiting = _sort(store, part.account_id, names, until)
        if not ended and waiting == list(before):
            return 0
        for record in ended:
            # What cannot be read is found before it is stored for ever.
            tombstone_of(record, "", now)
        stored = archive.put_orders(part, ended, waiting)
    return sum(lifetimes.leave_tombstone(tombstone_of(record, stored.key, now)) for record in stored.records)


def tombstone_of(record: OrderRecord, key: str, now: datetime) -> OrderRecord:
    """Return what stays of an order: all that a later fill, a repeated request or a look at it asks for.

    Its answer keeps the decision without the checks' rows, and the violation that gave its code. Raises StateCorrupt:
    that is not there to be read.
    """
    try:
        answer = decode(record.answer, dict[str, Any])
        answer |= {"checks": [], "violations": answer["violations"][:1]}
    except (DecodeError, KeyError, TypeError) as error:
        raise StateCorrupt(f"the answer of the order {record.order.client_order_id} cannot be read") from error
    return replace(record, answer=encode(answer).decode(), permit="", archived_at=now, archived_in=key)


def _sort(store: Store, account_id: str, names: Iterable[str], until: datetime) -> tuple[list[OrderRecord], list[str]]:
    """Return the orders that may go, and the ids of those that wait."""
    ended: list[OrderRecord] = []
    waiting: list[str] = []
    for some in batched(names, ORDERS_PER_READ, strict=False):
        snapshot = store.read(ReadRequest(account_id=account_id, client_order_ids=some))
        document = snapshot.account.document if snapshot.account is not None else b""
        for name in some:
            record = snapshot.records.get(name)
            # A batch that was denied leaves no orders.
            if record is None or record.archived_at is not None:
                continue
            is_named = encode(name) in document
            if record.status.is_final and record.updated_at < until and not is_named:
                ended.append(record)
            else:
                waiting.append(name)
    return ended, waiting


def _list_decided(rows: Iterable[AuditRow]) -> Iterator[str]:
    """Yield the ids of the orders that entries decided; every order has such an entry."""
    for row in rows:
        if row.event not in {OrderDecided.event_name, BatchDecided.event_name}:
            continue
        try:
            event = read_entry(row.entry).typed_inputs()
        except (DecodeError, ValueError) as error:
            raise StateCorrupt(f"entry {row.sequence} of {row.account_id} cannot be read") from error
        legs = event.legs if isinstance(event, BatchDecided) else (event,)
        yield from (leg.order.client_order_id for leg in legs if isinstance(leg, OrderDecided))
