"""What the gateway is held against: each row of the table of performance, its peer and its target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAUTILUS = "NautilusTrader RiskEngine"
TYPICAL = "typical handler"
BARE_CLIENT = "bare boto3.client('dynamodb')"
BARE_ROUTE = "bare transaction of three items"

#: Checks of an order that NautilusTrader's engine makes of a limit buy of a cash account: the instrument is known;
#: precision and sign of the price; precision, least and most of the quantity; the order's notional against the
#: engine's limit and the instrument's two; the free balance; the trading state; the rate of orders.
NAUTILUS_CHECKS = 12


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One row: what is measured, beside what, and the most (least) its figure may be.

    `unit` is that of the figure, by default ours over the peer's. `wish` is what would be better still.
    """

    key: str
    what: str
    bound: float
    peer: str = ""
    unit: str = "×"
    is_least: bool = False
    is_main: bool = False
    wish: float | None = None

    def is_met(self, figure: float) -> bool:
        """Tell whether a figure is within the target."""
        return figure >= self.bound if self.is_least else figure <= self.bound

    @property
    def target(self) -> str:
        """Return the target as it is printed."""
        sign = "≥" if self.is_least else "≤"
        wish = f" (better: {self.wish:g})" if self.wish is not None else ""
        return f"{sign} {self.bound:g}{wish}"


_ENGINE = (
    Goal(
        key="evaluate_check",
        what="evaluate an order, per check",
        peer=f"{NAUTILUS}, per check",
        bound=1.0,
        is_main=True,
    ),
    Goal(
        key="apply_empty",
        what="apply: settle, mark, evaluate, reserve; approved, empty book",
        peer=f"{NAUTILUS}, per order",
        bound=8,
    ),
    Goal(
        key="apply_figures",
        what="apply with real gate figures of 100 assets",
        peer=f"{NAUTILUS}, per order",
        bound=10,
        is_main=True,
    ),
    Goal(
        key="growth_positions",
        what="growth of apply from 1 to 199 positions",
        peer=f"{NAUTILUS}, 0 → 500 open orders",
        unit="× of itself",
        bound=1.5,
    ),
    Goal(
        key="growth_marks",
        what="growth of apply from 1 to 199 positions when all marks have moved",
        peer=f"{NAUTILUS}, 0 → 500 open orders",
        unit="× of itself",
        bound=3,
    ),
    Goal(
        key="growth_orders",
        what="growth of apply from 0 to 499 working orders in the order's market",
        peer=f"{NAUTILUS}, 0 → 500 open orders",
        unit="× of itself",
        bound=1.5,
        is_main=True,
    ),
    Goal(
        key="share_correlation",
        what="CORRELATION and building the context, share of evaluate; 20 positions, 20 orders, real gate figures",
        unit="of evaluate",
        bound=0.33,
    ),
)

_HANDLER = (
    Goal(key="handler_empty", what="handler, approved, empty book", peer=TYPICAL, bound=0.8, is_main=True),
    Goal(
        key="handler_figures",
        what="handler, 20 positions, 20 orders, real gate figures of 100 assets",
        peer=TYPICAL,
        bound=0.9,
        is_main=True,
    ),
    Goal(
        key="handler_full",
        what="handler, 199 positions, 499 orders, real gate figures of 200 assets",
        peer=TYPICAL,
        bound=2,
    ),
    Goal(key="calls_empty", what="of it the two database calls, empty book", peer=TYPICAL, bound=0.2, wish=0.13),
    Goal(key="calls_figures", what="of it the two database calls, 20 and 20", peer=TYPICAL, bound=0.2, wish=0.13),
    Goal(key="own_empty", what="of it without the database calls, empty book", peer=TYPICAL, bound=0.4),
    Goal(key="own_figures", what="of it without the database calls, 20 and 20", peer=TYPICAL, bound=0.5),
    Goal(
        key="check_figures",
        what="handler of orders/check with sizing, 20 and 20",
        peer=TYPICAL,
        bound=1.5,
    ),
    Goal(key="bytes_empty", what="bytes in the transaction, empty book", unit="KB", bound=6),
    Goal(key="bytes_figures", what="bytes in the transaction, 20 and 20", unit="KB", bound=12, is_main=True),
    Goal(key="bytes_full", what="bytes in the transaction, 199 and 499", unit="KB", bound=45),
    Goal(key="requests", what="requests of a warm decision, the most of these books", unit="requests", bound=2),
)

_START = (
    Goal(key="start_import", what="order_api: import", peer=BARE_CLIENT, bound=0.85, wish=0.6),
    Goal(
        key="start_client",
        what="order_api: import and client",
        peer=BARE_CLIENT,
        bound=0.85,
        wish=0.6,
        is_main=True,
    ),
)

_END_TO_END = (
    Goal(
        key="end_one",
        what="approvals per second, one client",
        peer=BARE_ROUTE,
        bound=0.85,
        is_least=True,
        is_main=True,
    ),
    Goal(
        key="end_eight",
        what="approvals per second, 8 clients on 8 accounts",
        peer=BARE_ROUTE,
        bound=0.85,
        is_least=True,
        is_main=True,
    ),
    Goal(
        key="end_shared",
        what="approvals per second, 8 clients on one account",
        peer=BARE_ROUTE,
        bound=0.6,
        is_least=True,
        is_main=True,
    ),
    Goal(key="end_refused", what="of these answered 503 and asked again", unit="% of answers", bound=1),
)

#: The table's rows by the module that measures them.
GOALS: Mapping[str, tuple[Goal, ...]] = {
    "engine": _ENGINE,
    "handler": _HANDLER,
    "start": _START,
    "end_to_end": _END_TO_END,
}
