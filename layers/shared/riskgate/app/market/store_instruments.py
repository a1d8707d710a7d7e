"""Take over trading rules; what changes of known ones is an entry of the gateway's audit log."""

from collections.abc import Mapping, Sequence

from riskgate.app.ledger.commit_event import Acting, Effects
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain
from riskgate.core.account.stored import GATEWAY_CHAIN, ReadRequest
from riskgate.core.errors import StateCorrupt
from riskgate.core.instrument import Instrument
from riskgate.core.ledger.gateway_events import InstrumentChange, InstrumentsChanged


def store_instruments(acting: Acting, instruments: Sequence[Instrument]) -> None:
    """Store trading rules, after the audit log names those that change.

    Raises Contention, Transient, OutcomeUnknown: none is stored; repeat the call.
    """
    known = _read_known(acting, instruments)
    changes = tuple(
        InstrumentChange(before=known[item.key], after=item)
        for item in instruments
        if item.key in known and known[item.key] != item
    )
    if changes:
        append_to_gateway_chain(acting, InstrumentsChanged(changes=changes), lambda _: Effects())
    acting.deps.store.put_instruments(instruments)


def _read_known(acting: Acting, instruments: Sequence[Instrument]) -> Mapping[str, Instrument]:
    markets = tuple((item.venue, item.symbol) for item in instruments)
    try:
        return acting.deps.store.read(ReadRequest(account_id=GATEWAY_CHAIN, markets=markets)).instruments
    except StateCorrupt:
        # Rules that cannot be read are repaired by storing them anew.
        return {}
