"""What the order worker works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from riskgate.app.ledger.commit_event import Deps
from riskgate.app.orders.permits import Permits
from riskgate.app.ports.exchange import Exchange
from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.errors import GatewayError, NotFound, Unprocessable

#: Who acts where nobody asked for this very step.
WORKER_ACTOR = "job:order_worker"
#: Denials that make sure, together with the time they are spread over, that a venue does not have an order.
DENIALS_MIN = 3


class RetryLater(GatewayError):
    """Nothing is lost, and this invocation cannot finish it: the message comes again."""

    status, code, title = 503, "RETRY_LATER", "Not finished yet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """One invocation of the order worker.

    Parameters
    ----------
    exchange_of : callable, the exchange behind one venue of an account.
    clock : callable, the present instant.
    claimant : str, unique to the invocation: who may send what it claimed.
    deadline : float, monotonic seconds by which the invocation must end; no call that may take `call_seconds` begins
        after what that leaves.
    order_age_seconds_max : int, an approval older than this is not acted on.
    absence_seconds : float, longer than any request can be under way: what a venue does not know after that time never
        arrives.
    life_seconds : float, longer than any invocation lives: whoever claimed an order earlier than that is gone.
    """

    deps: Deps
    permits: Permits
    exchange_of: Callable[[Venue], Exchange]
    clock: Callable[[], datetime]
    claimant: str
    deadline: float
    order_age_seconds_max: int
    call_seconds: float
    absence_seconds: float
    life_seconds: float

    def require_time(self, seconds: float = 0) -> None:
        """Make sure that a pause and one more call to the venue fit into this invocation.

        Raises
        ------
        RetryLater : they do not.
        """
        if self.deps.monotonic() + seconds + self.call_seconds > self.deadline:
            raise RetryLater("the time for this attempt is up")

    def pause(self, seconds: float) -> None:
        """Wait before the next call to a venue."""
        self.require_time(seconds)
        self.deps.sleep(seconds)

    def read_state(self, account_id: str) -> AccountState:
        """Return an account as it is.

        Raises
        ------
        NotFound : unknown account.
        """
        return self.deps.store.read(ReadRequest(account_id=account_id)).require_state()

    def read_order(self, account_id: str, client_order_id: str) -> tuple[OrderRecord, AccountState]:
        """Return an order with its account, as they are.

        Raises
        ------
        NotFound : unknown account, or no such order.
        """
        request = ReadRequest(account_id=account_id, client_order_ids=(client_order_id,))
        snapshot = self.deps.store.read(request)
        record = snapshot.records.get(client_order_id)
        if record is None or snapshot.state is None:
            raise NotFound("no such order", code="ORDER_NOT_FOUND")
        return record, snapshot.state

    def exchange_for(self, record: OrderRecord, state: AccountState) -> Exchange:
        """Return the exchange an order goes to.

        Raises
        ------
        Unprocessable : the account names no key for its venue any more.
        """
        venue = next((venue for venue in state.venues if venue.venue == record.order.venue), None)
        if venue is None or venue.secret_name is None:
            raise Unprocessable("the account has no key for this venue", code="ROUTING_UNAVAILABLE")
        return self.exchange_of(venue)
