"""Keys and item shapes of the three DynamoDB tables."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from riskgate.adapters.dynamodb import held_inputs
from riskgate.adapters.dynamodb.documents import (
    SCHEMA,
    is_current,
    mark,
    pack_document,
    read_text_of,
    reading,
    text_of,
    unpack_document,
    unpack_once,
    write_document,
)
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.adapters.dynamodb.packing import pack, unpack
from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.stored import HeldInput, Marker, OrderRecord, StoredAccount, StoredLimits
from riskgate.core.errors import StateCorrupt
from riskgate.core.instrument import market_key
from riskgate.core.kill_switch import KillSwitch, StoredKillSwitch, item_name, list_scopes
from riskgate.core.limits import Limits
from riskgate.core.money import plain
from riskgate.core.order import Order
from riskgate.core.replacing import replace
from riskgate.schemas.codec import sha256_hex
from riskgate.schemas.parts import decode_in_parts
from riskgate.schemas.patterns import KILL_SWITCH_KEY_PATTERNS, NOTHING_PATTERN, fold_strategy

type Item = dict[str, Any]

#: Item kinds a marker may have.
FILL, TRANSFER, BATCH = "FILL", "TRANSFER", "BATCH"


def key(pk: str, sk: str) -> Item:
    """Return the primary key of a state or control item."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def account_pk(account_id: str) -> str:
    """Return the partition of one account."""
    return f"ACCOUNT#{account_id}"


def account_key(account_id: str) -> Item:
    """Return the key of the account document."""
    return key(account_pk(account_id), "STATE")


def order_key(account_id: str, client_order_id: str) -> Item:
    """Return the key of an order."""
    return key(account_pk(account_id), f"ORDER#{client_order_id}")


def marker_key(account_id: str, kind: str, marker: str) -> Item:
    """Return the key of a marker."""
    return key(account_pk(account_id), f"{kind}#{marker}")


def report_key(account_id: str, kind: str = "GATE") -> Item:
    """Return the key of one of the account's reports; GATE are the risk figures for the gate."""
    return key(account_pk(account_id), f"REPORT#{kind}")


def report_item(account_id: str, kind: str, document: str) -> Item:
    """Return the item of a report."""
    return report_key(account_id, kind) | {"document": {"S": document}}


def registry_key(account_id: str) -> Item:
    """Return the key under which an account is listed."""
    return key("ACCOUNTS", account_pk(account_id))


def quote_key(market: str) -> Item:
    """Return the key of a quote."""
    return key("MARKET", f"QUOTE#{market}")


def book_key(market: str) -> Item:
    """Return the key of an order book."""
    return key("MARKET", f"BOOK#{market}")


def instrument_key(market: str) -> Item:
    """Return the key of an instrument."""
    return key("MARKET", f"INSTRUMENT#{market}")


def correlation_key(asset: str) -> Item:
    """Return the key of an asset's correlation row."""
    return key("MARKET", f"CORRELATION#{asset}")


def correlations_key() -> Item:
    """Return the key of the correlations between all assets."""
    return key("MARKET", "CORRELATIONS")


def limits_key(account_id: str) -> Item:
    """Return the key of the limits in force."""
    return key("LIMITS", account_pk(account_id))


def limits_history_key(account_id: str, version: int) -> Item:
    """Return the key of one past version of the limits."""
    return key(f"LIMITS_HISTORY#{account_id}", f"{version:010d}")


def kill_switch_key(scope: str, name: str) -> Item:
    """Return the key of a kill-switch flag."""
    return key("KILL_SWITCH", item_name(scope, name))


def read_kill_switch_name(sort_key: str) -> tuple[str, str] | None:
    """Return scope and key of a flag, or None where no order is ever held against an item of this sort key."""
    scope, _, name = sort_key.partition("#")
    scope = scope.lower()
    known = scope == "global" or re.fullmatch(KILL_SWITCH_KEY_PATTERNS.get(scope, NOTHING_PATTERN), name) is not None
    folded = fold_strategy(name) if scope == "strategy" else name
    return (scope, name) if known and item_name(scope, folded) == sort_key else None


def kill_switches_of(order: Order) -> list[tuple[str, str]]:
    """Return (scope, key) of every flag that may stop the order."""
    return list_scopes(order.account_id, order.venue, order.strategy, order.symbol)


def account_item(
    account_id: str,
    state: AccountState | None,
    document: str,
    *,
    version: int,
    sequence: int,
    head: str,
    held: tuple[HeldInput, ...] = (),
) -> Item:
    """Return the account item; its document is the canonical JSON of the state."""
    item = (
        account_key(account_id)
        | mark(AccountState)
        | {
            "version": {"N": str(version)},
            "audit_sequence": {"N": str(sequence)},
            "audit_head": {"S": head},
            "item_hash": {"S": _hash_account(document.encode(), version, sequence, head)},
        }
    )
    if held:
        item |= held_inputs.write_held(held, head)
    if state is None:
        return item
    return item | {
        "trading_state": {"S": state.trading_state.value},
        "equity": {"N": plain(state.equity)},
        "updated_at": {"S": format_microseconds(state.updated_at)},
        "document": pack(document),
    }


def _hash_account(document: bytes, version: int, sequence: int, head: str) -> str:
    """Return the digest that vouches for the document and for its place in the audit chain."""
    return sha256_hex(f"{version}/{sequence}/{head}/".encode() + document)


def parse_account(item: Item) -> StoredAccount:
    """Read an account item back.

    Raises StateCorrupt: document and chain position do not match their hash; DocumentTooNew: see `documents`.
    """
    with reading("the account document"):
        if SCHEMA not in item:
            raise StateCorrupt("the account document has no schema version")
        document = text_of(item) if "document" in item else b""
        version, sequence = int(item["version"]["N"]), int(item["audit_sequence"]["N"])
        head = item["audit_head"]["S"]
        if _hash_account(document, version, sequence, head) != item["item_hash"]["S"]:
            raise StateCorrupt("the account document does not match its hash")
        is_ours = is_current(item, AccountState)
        state = _read_state(item, document, in_parts=is_ours) if document else None
        if state is not None and state.version != version:
            raise StateCorrupt("the account document and its item disagree on the version")
        return StoredAccount(
            state=state,
            version=version,
            audit_sequence=sequence,
            audit_head=head,
            document=document,
            is_current=is_ours,
            held=held_inputs.parse_held(item, head),
        )


def _read_state(item: Item, document: bytes, *, in_parts: bool) -> AccountState:
    return decode_in_parts(document, AccountState) if in_parts else read_text_of(item, AccountState, document)


def limits_item(account_id: str, limits: Limits, version: int, at: datetime, actor: str, target: Item) -> Item:
    """Return a limits item at `target`, the key in force or of the history."""
    return {
        **target,
        **write_document(limits),
        "version": {"N": str(version)},
        "updated_at": {"S": format_microseconds(at)},
        "updated_by": {"S": actor},
        "account_id": {"S": account_id},
    }


def parse_limits(item: Item) -> StoredLimits:
    """Read a limits item back; the hash is taken over what was read, so that a table edit shows."""
    with reading("the limits", code="LIMITS_UNREADABLE"):
        limits, digest = unpack_once(item, Limits)
        return StoredLimits(limits=limits, version=int(item["version"]["N"]), content_hash=digest)


def order_item(record: OrderRecord, version: int) -> Item:
    """Return the item of an order as the account's `version` writes it.

    Status, update time and version are attributes, so that an expiry needs no read; the answer is one, so that it is
    packed as the text that it is.
    """
    return {
        **order_key(record.order.account_id, record.order.client_order_id),
        **pack_document(replace(record, answer="")),
        "answer": pack(record.answer),
        "status": {"S": record.status.value},
        "updated_at": {"S": format_microseconds(record.updated_at)},
        "version": {"N": str(version)},
    }


def parse_order(item: Item) -> OrderRecord:
    """Read an order item back."""
    with reading("a stored order"):
        record = unpack_document(item, OrderRecord)
        return replace(
            record,
            # Earlier versions wrote it into the document.
            answer=unpack(item["answer"]).decode() if "answer" in item else record.answer,
            status=OrderStatus(item["status"]["S"]),
            updated_at=datetime.fromisoformat(item["updated_at"]["S"]),
            version=int(item["version"]["N"]),
        )


def marker_item(account_id: str, marker: Marker) -> Item:
    """Return the item of a marker."""
    return marker_key(account_id, marker.kind, marker.key) | pack_document(marker)


def parse_kill_switch(scope: str, name: str, item: Item | None) -> KillSwitch | None:
    """Read a flag: a missing global flag or one that is no boolean is unreadable; other scopes may be absent."""
    if item is None:
        return KillSwitch(scope=scope, key=name, engaged=None) if scope == "global" else None
    reason = item.get("reason", {}).get("S", "")
    engaged = item.get("engaged", {}).get("BOOL")
    return KillSwitch(scope=scope, key=name, engaged=engaged if isinstance(engaged, bool) else None, reason=reason)


def parse_stored_kill_switch(item: Item) -> StoredKillSwitch:
    """Read a flag's item with what it says about itself; nothing of it is ever an error."""
    name = item["sk"]["S"]
    scope_and_key = read_kill_switch_name(name)
    texts = {field: str(item.get(field, {}).get("S", "")) for field in ("change_id", "updated_at", "updated_by")}
    return StoredKillSwitch(
        item=name,
        flag=parse_kill_switch(*scope_and_key, item) if scope_and_key is not None else None,
        version=version_of(item),
        **texts,
    )


def version_of(item: Item) -> int:
    """Return how often the gateway has written a flag; what is no number counts as never."""
    try:
        return int(item.get("version", {}).get("N", "0"))
    except ValueError:
        return 0


def is_quote(sort_key: str) -> bool:
    """Tell whether a sort key is a quote's."""
    return sort_key.startswith("QUOTE#")


def market_of(sort_key: str) -> str:
    """Return the market named in the sort key of a quote or instrument."""
    return sort_key.partition("#")[2]


def market_keys(markets: tuple[tuple[str, str], ...]) -> list[str]:
    """Return the market keys of (venue, symbol) pairs."""
    return [market_key(venue, symbol) for venue, symbol in markets]
