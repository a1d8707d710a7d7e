"""Bring a venue's trading rules to the gateway."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from riskgate.app.ports.store import Store
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.observability import MetricUnit, logger, metrics

INSTRUMENTS_STORED = "instruments_stored"

#: A list this many times shorter than what is known is not believed.
_SHORTER_MAX = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class InstrumentsCollected:
    """What came of it: `stored` were new or had changed, `deactivated` are no longer listed."""

    listed: int
    stored: int
    deactivated: int


def collect_instruments(*, source: MeasuredExchange, store: Store, sectors: Mapping[str, str]) -> InstrumentsCollected:
    """Ask a venue for its markets and store what is new or has changed.

    A market that is no longer listed becomes inactive: orders for it are denied. A stored sector stays, since an
    operator may have set it; the sector map fills in where there is none.

    Raises VenueAnswerInvalid: the list is empty, or lacks most of the known markets.
    """
    listed = {item.key: item for item in source.ask(lambda exchange: exchange.list_instruments())}
    known = {item.key: item for item in store.list_instruments(source.venue) if item.market_type is source.market_type}
    gone = [item for key, item in known.items() if item.active and key not in listed]
    if not listed or len(listed) * _SHORTER_MAX < len(known):
        raise VenueAnswerInvalid("the exchange's list of markets is missing most of those it had")
    rules = [
        replace(item, sector=(known[key].sector if key in known else None) or sectors.get(item.base_currency))
        for key, item in listed.items()
    ]
    changed = [item for item in rules if known.get(item.key) != item]
    store.put_instruments([*changed, *(replace(item, active=False) for item in gone)])
    metrics.add_metric(name="InstrumentsStored", unit=MetricUnit.Count, value=len(changed) + len(gone))
    logger.info(
        INSTRUMENTS_STORED,
        venue=source.venue,
        market_type=source.market_type.value,
        listed=len(listed),
        changed=len(changed),
        deactivated=[item.symbol for item in gone],
    )
    return InstrumentsCollected(listed=len(listed), stored=len(changed), deactivated=len(gone))
