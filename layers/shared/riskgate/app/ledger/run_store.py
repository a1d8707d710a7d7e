"""The store of one run of a job: its account is read once, and what the run commits is known without reading it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from riskgate.app.ledger.commit_event import may_be_torn
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import GATEWAY_CHAIN, ReadRequest, Snapshot, StoredAccount
from riskgate.core.instrument import market_key
from riskgate.core.replacing import replace
from riskgate.schemas.parts import decode_in_parts

if TYPE_CHECKING:
    from riskgate.app.ports.store import Commit, Store
    from riskgate.core.figures import RiskReport
    from riskgate.core.instrument import Instrument

#: Stored instruments are up to an hour old themselves: the market data job asks venues for them once an hour.
INSTRUMENTS_KEPT = timedelta(minutes=10)
#: More than the accounts of one process name; beyond that it begins anew.
INSTRUMENTS_MAX = 20_000


@dataclass(kw_only=True, slots=True)
class InstrumentMemory:
    """The instruments that a process has read lately, for all runs in it; of markets that do not exist, that."""

    _known: dict[str, tuple[datetime, Instrument | None]] = field(default_factory=dict)

    def get(self, store: Store, markets: tuple[tuple[str, str], ...], now: datetime) -> dict[str, Instrument]:
        """Return the instruments of (venue, symbol) by market key, as they were within `INSTRUMENTS_KEPT`.

        Raises as `Store.read` does.
        """
        missing = tuple(market for market in markets if not self._is_known(market_key(*market), now))
        if missing:
            self._take(missing, store.read(_instruments(missing)).instruments, now)
        found = {key: self._known.get(key) for key in (market_key(*market) for market in markets)}
        return {key: known[1] for key, known in found.items() if known is not None and known[1] is not None}

    def _is_known(self, key: str, now: datetime) -> bool:
        known = self._known.get(key)
        return known is not None and timedelta(0) <= now - known[0] < INSTRUMENTS_KEPT

    def _take(self, asked: tuple[tuple[str, str], ...], found: Mapping[str, Instrument], now: datetime) -> None:
        if len(self._known) > INSTRUMENTS_MAX:
            self._known.clear()
        # A venue's markets are stored all at once: before that, what is absent may be there in a minute.
        collected = {instrument.venue for instrument in found.values()}
        collected |= {known.venue for _, known in self._known.values() if known is not None}
        for venue, symbol in asked:
            key = market_key(venue, symbol)
            if key in found or venue in collected:
                self._known[key] = (now, found.get(key))
            else:
                self._known.pop(key, None)


class RunStore:
    """A store, of which one run reads one account only once: the first that it asks for.

    What it holds may be older than the account: so is whatever was read a moment ago. An event is still committed to
    the very version that it was planned on, so where somebody else was first the commit is lost, what is held is
    dropped, and the next attempt reads. Orders, markers and limits of a commit are never held, and neither is an
    account of which a read may have been torn (ADR 0010). `forget` where a step must not go by what was known before.
    """

    def __init__(self, store: Store, *, clock: Callable[[], datetime], instruments: InstrumentMemory) -> None:
        self._store, self._clock, self._instruments = store, clock, instruments
        self._account_id = ""
        self._held: Snapshot | None = None
        self._report: RiskReport | None = None
        self._has_report = False

    def as_store(self) -> Store:
        """Return it as what use cases take; what is not here is the store's own."""
        return cast("Store", self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def forget(self) -> None:
        """Let the next read of the account ask the database."""
        self._held = None

    def read(self, request: ReadRequest) -> Snapshot:
        """Read what is not known yet, in one strongly consistent batch."""
        self._account_id = self._account_id or request.account_id
        if request.account_id != self._account_id or not request.with_account:
            return self._store.read(request)
        asked = replace(request, instruments=())
        found = self._read_held(asked) or self._read_anew(asked)
        if not request.instruments:
            return found
        instruments = self._instruments.get(self._store, request.instruments, self._clock())
        return replace(found, instruments=found.instruments | instruments)

    def commit(self, commit: Commit) -> None:
        """Write one transaction, as `Store.commit` does; what it leaves of the account is known then."""
        if commit.account_id != self._account_id:
            self._store.commit(commit)
            return
        # Whatever becomes of it, what was held may be the account no more.
        before, self._held = self._held, None
        self._store.commit(commit)
        known, expected = before.account if before is not None else None, commit.expected
        if before is not None and known is not None and expected is not None and known.version == expected.version:
            self._keep(replace(before, account=_left_by(commit, expected)))

    def _read_held(self, request: ReadRequest) -> Snapshot | None:
        """Return the account as it is held, with what else is asked for; None where it cannot be answered so."""
        if self._held is None or (request.with_report and not self._has_report):
            return None
        if request.orders or request.client_order_ids or request.markers:
            # They are as of the account's own instant.
            return None
        facts = replace(request, with_report=False, with_account=False)
        if facts == ReadRequest(account_id=self._account_id, with_account=False):
            return self._held
        found = self._store.read(facts)
        return replace(found, **{name: getattr(self._held, name) for name in _OF_ACCOUNT})

    def _read_anew(self, request: ReadRequest) -> Snapshot:
        found = self._store.read(request)
        if request.with_report:
            self._report, self._has_report = found.report, True
        self._keep(found)
        return found

    def _keep(self, found: Snapshot) -> None:
        plain = ReadRequest(account_id=self._account_id)
        is_whole = found.state is not None and not may_be_torn(found, plain, self._clock())
        # Risk figures are made once an hour, and bear their date: those of the run's beginning do to its end.
        held = replace(found, report=self._report)
        self._held = Snapshot(**{name: getattr(held, name) for name in _OF_ACCOUNT}) if is_whole else None


#: What a snapshot has of the account alone.
_OF_ACCOUNT = ("account", "limits", "kill_switches", "report")


def _instruments(markets: tuple[tuple[str, str], ...]) -> ReadRequest:
    return ReadRequest(account_id=GATEWAY_CHAIN, instruments=markets, with_account=False)


def _left_by(commit: Commit, expected: StoredAccount) -> StoredAccount:
    """Return an account as a commit leaves it, and as a read would give it: from its document."""
    document = commit.state_json.encode()
    return StoredAccount(
        state=decode_in_parts(document, AccountState),
        version=expected.version + 1,
        audit_sequence=commit.audit.sequence,
        audit_head=commit.audit.hash,
        document=document,
        is_current=True,
        held=commit.held,
    )
