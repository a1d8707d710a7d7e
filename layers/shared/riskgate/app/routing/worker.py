"""What the order worker works with."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field

from riskgate.app.orders.permits import Permits
from riskgate.app.ports.exchange import Exchange
from riskgate.app.routing.secret_owners import require_own_secret
from riskgate.app.venues.job_context import AccountJob
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import Unprocessable
from riskgate.core.venues.model import VenueTrade

#: Who acts where nobody asked for this very step.
WORKER_ACTOR = "job:order_worker"
#: Denials that make sure, together with the time they are spread over, that a venue does not have an order.
DENIALS_MIN = 3


@dataclass(kw_only=True, slots=True)
class Noticed:
    """What one message brought to light beside the order itself, for whoever waits for the answer."""

    trades: list[VenueTrade] = field(default_factory=list)
    rejected_as: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker(AccountJob):
    """One invocation of the order worker.

    Parameters
    ----------
    claimant : str, unique to the invocation: who may send what it claimed.
    claim_seconds_max : float, how old a claim may be when its order leaves.
    arrival_margin_seconds : float, by how much a venue's clock and ours may differ. What a venue does not know later
        than this after it took such requests (`Exchange.arrival_seconds_max`) never arrives.
    life_seconds : float, longer than any invocation lives: whoever claimed an order earlier than that is gone.
    secret_owners : mapping from a secret to its account, as far as they were asked for.
    noticed : Noticed, what the venue said about the order's fills, and how it refused it.
    """

    permits: Permits
    claimant: str
    claim_seconds_max: float
    arrival_margin_seconds: float
    life_seconds: float
    secret_owners: MutableMapping[str, str] = field(default_factory=dict)
    noticed: Noticed = field(default_factory=Noticed)

    @property
    def order_age_seconds_max(self) -> int:
        """Return how old an approval may be that is acted on."""
        return self.permits.lifetime_seconds

    def exchange_for(self, record: OrderRecord, state: AccountState) -> Exchange:
        """Return the exchange an order goes to; errors as `exchange_at`."""
        return self.exchange_at(record.order.venue, state)

    def exchange_at(self, name: str, state: AccountState) -> Exchange:
        """Return the exchange behind one of an account's venues.

        Raises
        ------
        Unprocessable : the account names no key for the venue any more, or another account's.
        """
        venue = next((venue for venue in state.venues if venue.venue == name), None)
        if venue is None or venue.secret_name is None:
            raise Unprocessable("the account has no key for this venue", code="ROUTING_UNAVAILABLE")
        if venue.paper_account is None:
            require_own_secret(self.deps.store, state.account_id, venue.secret_name, self.secret_owners)
        elif venue.paper_account != state.account_id:
            raise Unprocessable("the paper venue is another account's", code="SECRET_OF_ANOTHER_ACCOUNT")
        return self.exchange_of(venue)
