"""A mixin for freqtrade strategies: no entry and no exit without the gateway's approval.

    class MyStrategy(RiskGateMixin, IStrategy):
        riskgate_venue = "binance"
        riskgate_strategy = "mystrategy"

The address, the token and the account come from RISKGATE_URL, RISKGATE_TOKEN and RISKGATE_ACCOUNT.

freqtrade goes ahead when a callback raises: here everything that is no approval is False. It does not ask before stops
that rest at the exchange, liquidations, partial exits and additions to a trade (`adjust_trade_position`): those are not
decided on here, and the gateway sees them as fills nobody approved.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate_client import Client, FillFee, NewFill, NewOrder, OutcomeUnknown, Policy, RiskGateError, Unavailable

logger = logging.getLogger(__name__)
#: freqtrade waits for the answer before it looks at the next pair.
POLICY = Policy(deadline_seconds=5, timeout_seconds=2)


class RiskGateMixin:
    """Stands before IStrategy in the list of bases."""

    riskgate_venue = "binance"
    riskgate_strategy = "freqtrade"
    #: Exits wait for an answer as well. False: an exit passes where the gateway gives none. A denial always holds.
    riskgate_exits_need_an_answer = True
    #: Set by freqtrade.
    config: dict[str, Any]
    stoploss: float
    dp: Any
    _riskgate: Client | None = None

    @property
    def riskgate(self) -> Client:
        """Return the client, made when it is needed first."""
        if self._riskgate is None:
            environ = os.environ
            self._riskgate = Client(
                environ["RISKGATE_URL"], environ["RISKGATE_TOKEN"], environ["RISKGATE_ACCOUNT"], policy=POLICY
            )
        return self._riskgate

    def confirm_trade_entry(
        self,
        pair: str,
        order_type: str,
        amount: float,
        rate: float,
        time_in_force: str,
        current_time: datetime,
        entry_tag: str | None,
        side: str,
        **kwargs: Any,
    ) -> bool:
        """Tell freqtrade whether it may enter."""
        parent = getattr(super(), "confirm_trade_entry", None)
        given = {"entry_tag": entry_tag, "side": side, **kwargs}
        if parent and not parent(pair, order_type, amount, rate, time_in_force, current_time, **given):
            return False
        away = Decimal(str(self.stoploss)) * (1 if side == "long" else -1)
        stop = Decimal(str(rate)) * (1 + away)
        order_side = "buy" if side == "long" else "sell"
        return self._is_approved(pair, order_side, order_type, amount, rate, time_in_force, stop=stop)

    def confirm_trade_exit(
        self,
        pair: str,
        trade: Any,
        order_type: str,
        amount: float,
        rate: float,
        time_in_force: str,
        exit_reason: str,
        current_time: datetime,
        **kwargs: Any,
    ) -> bool:
        """Tell freqtrade whether it may exit: orders that shrink a position pass nearly always."""
        parent = getattr(super(), "confirm_trade_exit", None)
        given = {"exit_reason": exit_reason, "current_time": current_time, **kwargs}
        if parent and not parent(pair, trade, order_type, amount, rate, time_in_force, **given):
            return False
        side = "buy" if trade.is_short else "sell"
        return self._is_approved(pair, side, order_type, amount, rate, time_in_force, stop=None)

    def order_filled(self, pair: str, trade: Any, order: Any, current_time: datetime, **kwargs: Any) -> None:
        """Report what the exchange has filled, and give back what it has not."""
        parent = getattr(super(), "order_filled", None)
        if parent:
            parent(pair, trade, order, current_time, **kwargs)
        name = self._riskgate_orders.pop((pair, order.ft_order_side), None)
        if name is None:
            return
        try:
            filled = self._contracts(pair, order.safe_filled)
            if filled > 0:
                self.riskgate.fill(name, self._fill_of(trade, order, filled, current_time))
            self.riskgate.cancel(name, "freqtrade's order has ended")
        except Exception:
            # The next snapshot or reconciliation corrects the books.
            logger.exception("fill of %s was not reported", name)

    @property
    def _riskgate_orders(self) -> dict[tuple[str, str], str]:
        """Return the approved orders by pair and side: freqtrade has one of each at a time."""
        found: dict[tuple[str, str], str] = self.__dict__.setdefault("_riskgate_names", {})
        return found

    def _is_approved(
        self, pair: str, side: str, order_type: str, amount: float, rate: float, force: str, *, stop: Decimal | None
    ) -> bool:
        mode = self.config["runmode"].value
        if mode not in {"live", "dry_run"}:
            return True
        try:
            order = NewOrder(
                symbol=pair,
                venue=self.riskgate_venue,
                strategy=self.riskgate_strategy,
                side=side,
                type=order_type,
                quantity=self._contracts(pair, amount),
                price=Decimal(str(rate)) if order_type == "limit" else None,
                stop_loss_price=round(stop, 8) if stop is not None else None,
                reduce_only=stop is None,
                time_in_force=force.upper(),
            )
            if mode == "dry_run":
                return self.riskgate.check(order).is_approved
            self.riskgate.submit(order)
        except RiskGateError as error:
            logger.warning("%s of %s not approved: %s", side, pair, error)
            is_silent = isinstance(error, (Unavailable, OutcomeUnknown))
            return stop is None and is_silent and not self.riskgate_exits_need_an_answer
        except Exception:
            # An exception would let the trade through.
            logger.exception("%s of %s not approved", side, pair)
            return False
        self._riskgate_orders[pair, side] = order.client_order_id
        return True

    def _contracts(self, pair: str, amount: float) -> Decimal:
        """Return freqtrade's amount, base units, as the venue counts it: contracts on swaps."""
        size = Decimal(str(self.dp.market(pair)["contractSize"])) if ":" in pair else Decimal(1)
        return Decimal(str(amount)) / size

    def _fill_of(self, trade: Any, order: Any, filled: Decimal, now: datetime) -> NewFill:
        price = Decimal(str(order.safe_price))
        rate = trade.fee_open if order.ft_order_side == trade.entry_side else trade.fee_close
        paid = round(Decimal(str(order.safe_filled)) * price * Decimal(str(rate or 0)), 12)
        fees = (FillFee(amount=paid, currency=str(trade.stake_currency)),) if paid else ()
        return NewFill(fill_id=str(order.order_id), quantity=filled, price=price, executed_at=now, fees=fees)
