"""Everything that is stored or sent as JSON, and its recorded fields."""

from __future__ import annotations

from dataclasses import fields
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from riskgate.app.orders.record_fill import Fill
from riskgate.app.safeguards.describe_exit import RecordedExit
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import Marker, OrderRecord
from riskgate.core.alerts.alerts import Alert
from riskgate.core.correlations import PackedCorrelations
from riskgate.core.figures import CorrelationRow, RiskReport
from riskgate.core.instrument import Instrument, Quote
from riskgate.core.ledger.events import EVENT_TYPES
from riskgate.core.ledger.seal import SealedHead
from riskgate.core.levels.notices import Notice
from riskgate.core.limits import Limits
from riskgate.core.operators.commands import PendingCommand
from riskgate.core.order_book import OrderBook
from riskgate.core.paper.book import PaperBook
from riskgate.core.risk.report import StressRecord, StressReport, VarRecord, VarReport
from riskgate.core.statements.statement import StatementBook
from riskgate.core.webhooks.definition import Webhook
from riskgate.schemas.log.audit_entry import AuditEntry
from riskgate.schemas.messages.job import JobMessage
from riskgate.schemas.messages.market import MarketMessage
from riskgate.schemas.messages.order import OrderMessage
from riskgate.schemas.messages.venue_read import VenueRead, VenueReadAnswer
from riskgate.schemas.messages.worked import Worked
from riskgate.schemas.shape.first_fields import FIRST_FIELDS
from riskgate.schemas.shape.shapes import has_default, hints_of, list_structs

#: What is stored or sent by itself; the events are the entry's.
KINDS: tuple[type, ...] = (
    AccountState,
    OrderRecord,
    Marker,
    Limits,
    Instrument,
    Quote,
    OrderBook,
    CorrelationRow,
    PackedCorrelations,
    RiskReport,
    VarReport,
    VarRecord,
    StressReport,
    StressRecord,
    StatementBook,
    SealedHead,
    PaperBook,
    PendingCommand,
    Webhook,
    Fill,
    RecordedExit,
    OrderMessage,
    JobMessage,
    MarketMessage,
    VenueRead,
    VenueReadAnswer,
    Worked,
    Alert,
)
#: The structs of an entry of the log.
LOGGED: tuple[type, ...] = (*EVENT_TYPES.values(), Notice)


def structs_of(kind: type) -> tuple[type, ...]:
    """Return the structs of a kind, at any depth."""
    if kind is not AuditEntry:
        return list_structs(kind)
    return tuple(dict.fromkeys(struct for logged in LOGGED for struct in list_structs(logged)))


def describe(kind: type) -> dict[str, dict[str, str]]:
    """Return the fields of all structs of a kind: type, and whether it may be missing."""
    described = {struct.__name__: _fields_of(struct) for struct in structs_of(kind)}
    if kind is AuditEntry:
        described["AuditEntry"] = {
            field.name: _text(field.type) + ("" if field.required else "?")
            for field in msgspec.structs.fields(AuditEntry)
        }
    return dict(sorted(described.items()))


def _fields_of(struct: type) -> dict[str, str]:
    hints, first = hints_of(struct), FIRST_FIELDS.get(struct.__name__, frozenset())
    described = {}
    for field in fields(struct):
        # "?" may be missing, "+" may be missing and is always written.
        may_miss = ("+" if field.name in first else "?") if has_default(field) else ""
        described[field.name] = _text(hints[field.name]) + may_miss
    return described


def _text(hint: Any) -> str:
    origin, inner = get_origin(hint), [_text(part) for part in get_args(hint)]
    if origin is Union or origin is UnionType:
        return " | ".join(inner)
    if inner:
        return f"{origin.__name__}[{', '.join(inner)}]"
    return "..." if hint is ... else getattr(hint, "__name__", str(hint))
