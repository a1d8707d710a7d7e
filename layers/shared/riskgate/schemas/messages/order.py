"""Messages to the order worker."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from riskgate.core.kill_switch import item_name
from riskgate.schemas.codec import encode, sha256_hex


class MessageKind(StrEnum):
    """What the worker is to do."""

    SUBMIT = "submit"
    MODIFY = "modify"
    CANCEL = "cancel"
    CANCEL_MATCHING = "cancel_matching"
    RESOLVE = "resolve"
    FOLLOW_KILL_SWITCH = "follow_kill_switch"
    FOLLOW_EXIT = "follow_exit"
    KEEP_STOPS = "keep_stops"
    FLATTEN = "flatten"


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderMessage:
    """One task for one account, or for a slice of them.

    `submit`, `modify` and `cancel` name an order; `cancel_matching` names by `scope` and `key` the kill switch set at
    `flag_at`, or the breaker that tripped then, and may give another `reason`; `resolve` looks after orders that were
    never sent or whose outcome nobody knows. `actor` is who asked, as the audit log names it, and `trace_id` what the
    asking is found by. `venue` and `symbol` name the market of an order, `venue` alone the one venue where
    `cancel_matching` cancels; `is_exit` marks an order that only reduces. `follow_kill_switch` brings `accounts`, slice
    `part` of all, along with the change `change_id` of a switch; its cancels name the change too. `follow_exit` names
    an exit that ended although nobody asked for that, and `keep_stops` looks after the stop of one market's position.
    `flatten` closes what the breaker `key` covers.
    """

    kind: MessageKind
    account_id: str
    sent_at: datetime
    actor: str
    client_order_id: str = ""
    order_id: str = ""
    permit: str = ""
    reason: str = ""
    scope: str = ""
    key: str = ""
    flag_at: datetime | None = None
    trace_id: str = ""
    venue: str = ""
    symbol: str = ""
    is_exit: bool = False
    change_id: str = ""
    engaged: bool = False
    cancel_open_orders: bool = False
    part: int = 0
    accounts: tuple[str, ...] = ()

    @property
    def flag_name(self) -> str:
        """Return the name of the kill switch's item."""
        return item_name(self.scope, self.key)

    @property
    def covers(self) -> str:
        """Return whose orders are cancelled where: the account, and the venue if it is one."""
        return f"{self.account_id} {self.venue}".strip()

    @property
    def lane(self) -> str:
        """Return what the message may wait behind: messages of one lane are carried out one after the other.

        Orders of one market keep their order. Exits, cancels and look-ups each have a lane of their own: they wait for
        nothing but an earlier message about the same.
        """
        if self.kind in {MessageKind.SUBMIT, MessageKind.MODIFY}:
            subject = ["exit", self.client_order_id] if self.is_exit else ["market", self.venue, self.symbol]
        elif self.kind in {MessageKind.CANCEL_MATCHING, MessageKind.FLATTEN}:
            subject = [self.kind, self.scope, self.key, self.venue]
        elif self.kind is MessageKind.FOLLOW_KILL_SWITCH:
            subject = [self.kind, self.scope, self.key, str(self.part)]
        elif self.kind is MessageKind.KEEP_STOPS:
            subject = [self.kind, self.venue, self.symbol]
        else:
            subject = [self.kind, self.client_order_id]
        return sha256_hex(encode([self.account_id, *subject]))

    @property
    def deduplication_id(self) -> str:
        """Return the identity under which the queue drops a repetition: an order is submitted once."""
        return self.order_id if self.kind is MessageKind.SUBMIT else sha256_hex(encode(self))
