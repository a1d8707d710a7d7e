"""What an operator set up for one sender: whom it acts for, how it proves itself, how its body is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

#: Rights end: a webhook that nobody renews stops.
LIFETIME_MAX = timedelta(days=366)
LIFETIME_DEFAULT = timedelta(days=90)
#: TradingView sends from these alone. Source: tradingview.com/support/solutions/43000529348.
TRADINGVIEW_ADDRESSES = ("34.212.75.30/32", "52.32.178.7/32", "52.89.214.238/32", "54.218.53.128/32")
#: Stands for them in a list of networks.
TRADINGVIEW = "tradingview"


class WebhookAction(StrEnum):
    """What a delivery asks for; `close` only shrinks the strategy's own part of a position."""

    BUY = "buy"
    SELL = "sell"
    CLOSE = "close"
    CANCEL = "cancel"


class Proof(StrEnum):
    """How a sender proves itself.

    `secrets`: one in the path and one in the body, for senders that cannot sign. `timed_signature`: a header
    ``t=<unix seconds>,v1=<hex>`` over ``<t>.<body>``, as Stripe signs. `body_signature`: ``sha256=<hex>`` over the
    body, as GitHub signs.
    """

    SECRETS = "secrets"
    TIMED_SIGNATURE = "timed_signature"
    BODY_SIGNATURE = "body_signature"


#: The header of each signature where the operator names none.
SIGNATURE_HEADERS: Mapping[Proof, str] = {
    Proof.TIMED_SIGNATURE: "X-Signature",
    Proof.BODY_SIGNATURE: "X-Hub-Signature-256",
}


class SizeBy(StrEnum):
    """What an entry is sized by."""

    SENDER = "sender"
    QUANTITY = "quantity"
    QUOTE_QUANTITY = "quote_quantity"
    EQUITY_FRACTION = "equity_fraction"
    RISK_FRACTION = "risk_fraction"


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """`value` is units, quote currency or a fraction of equity, as `by` says; None where the sender tells."""

    by: SizeBy
    value: Decimal | None = None


#: Words for each action, in small letters; an operator adds others.
WORDS: Mapping[str, WebhookAction] = {
    "buy": WebhookAction.BUY,
    "long": WebhookAction.BUY,
    "sell": WebhookAction.SELL,
    "short": WebhookAction.SELL,
    "close": WebhookAction.CLOSE,
    "exit": WebhookAction.CLOSE,
    "flat": WebhookAction.CLOSE,
    "cancel": WebhookAction.CANCEL,
}
#: What of a body tells what, where an operator does not say otherwise: see `template.fill`.
FIELDS: Mapping[str, str] = {
    "action": "{action}",
    "symbol": "{symbol}",
    "client_ref": "{client_ref}",
    "time": "{time}",
    "secret": "{secret}",
    "position": "{position}",
    "type": "{type}",
    "quantity": "{quantity}",
    "price": "{price}",
    "trigger_price": "{trigger_price}",
    "stop_loss_price": "{stop_loss_price}",
    "take_profit_price": "{take_profit_price}",
    "order": "{order}",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """One webhook as it is stored: everything but its secrets, of which there are hashes, or a nonce for the key.

    `actions` are all it may ask for. `fields`, `words` and `symbols` are the operator's own, over the shipped ones.
    `stop_fraction` puts a stop at that distance where a body names none. A delivery whose time lies further back than
    `age_seconds_max` is refused. `cidrs` are the networks it may come from, empty for any.
    """

    name: str
    account_id: str
    venue: str
    strategy: str
    actions: tuple[WebhookAction, ...]
    proof: Proof
    size: Size
    operator: str
    created_at: datetime
    expires_at: datetime
    age_seconds_max: int
    fields: dict[str, str] = field(default_factory=dict)
    words: dict[str, WebhookAction] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=dict)
    stop_fraction: Decimal | None = None
    cidrs: tuple[str, ...] = ()
    signature_header: str = ""
    path_hash: str = field(default="", repr=False)
    body_hash: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    deleted: bool = False

    @property
    def strategies(self) -> frozenset[str]:
        """Return the strategies it acts for: one."""
        return frozenset({self.strategy})

    @property
    def actor(self) -> str:
        """Return its name in the audit log."""
        return f"webhook:{self.name}"

    def template_of(self, name: str) -> str:
        """Return what gives one field of an order."""
        return self.fields.get(name, FIELDS[name])
