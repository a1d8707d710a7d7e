"""What a job works with: its clock, and the time it has."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from riskgate.app.ledger.commit_event import Deps
from riskgate.app.ports.exchange import Exchange
from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.errors import GatewayError, NotFound


class RetryLater(GatewayError):
    """Nothing is lost, and this invocation cannot finish it: the message comes again."""

    status, code, title = 503, "RETRY_LATER", "Not finished yet"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobContext:
    """One invocation of a job; no call to a venue begins after what its deadline leaves."""

    deps: Deps
    clock: Callable[[], datetime]
    deadline: float  # monotonic seconds by which the invocation must end
    call_seconds: float  # how long a call to a venue may take

    def has_time(self, seconds: float = 0) -> bool:
        """Tell whether a pause and one more call to a venue fit into this invocation."""
        return self.deps.monotonic() + seconds + self.call_seconds <= self.deadline

    def require_time(self, seconds: float = 0) -> None:
        """Make sure that a pause and one more call to a venue fit in; RetryLater if they do not."""
        if not self.has_time(seconds):
            raise RetryLater("the time for this attempt is up")

    def pause(self, seconds: float) -> None:
        """Wait before the next call to a venue."""
        self.require_time(seconds)
        self.deps.sleep(seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountJob(JobContext):
    """A job that reads an account and asks its venues; `exchange_of` gives the exchange behind one of them.

    `forget` lets the next read of the account ask the database, where the store may answer by what was read before.
    """

    exchange_of: Callable[[Venue], Exchange]
    forget: Callable[[], None] = lambda: None

    def read_state(self, account_id: str) -> AccountState:
        """Return an account as it is; NotFound for an unknown one."""
        return self.deps.store.read(ReadRequest(account_id=account_id)).require_state()

    def read_order(self, account_id: str, client_order_id: str) -> tuple[OrderRecord, AccountState]:
        """Return an order with its account, as they are; NotFound where either is unknown."""
        request = ReadRequest(account_id=account_id, client_order_ids=(client_order_id,))
        snapshot = self.deps.store.read(request)
        record = snapshot.records.get(client_order_id)
        if record is None or snapshot.state is None:
            raise NotFound("no such order", code="ORDER_NOT_FOUND")
        return record, snapshot.state
