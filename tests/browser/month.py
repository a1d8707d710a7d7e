"""An account that has traded for a month: the same calls that bots make, at the times they would have made them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyotp
import time_machine

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.close_order import close_order
from riskgate.core.account.document import OrderStatus
from riskgate.core.risk.report import VarRecord
from riskgate.runtime import wiring
from riskgate.runtime.risk import reports, risk_deps
from tests.component.riskctl.book import asset_of, close_of, run_jobs, terms_of
from tests.component.riskctl.conftest import ACCOUNT, VENUE, Gateway
from tests.support.aws import TOTP_SEED
from tests.support.closes import load_closes

DAYS = 30
#: What is held in the end: symbol, quantity, who holds it. Bought well above what it is worth now.
HELD = (
    ("BTC/USDT", "0.88", "trend"),
    ("ETH/USDT", "11.5", "trend"),
    ("SOL/USDT", "640", "breakout"),
    ("LINK/USDT", "1150", "grid"),
    ("ADA/USDT", "15000", "grid"),
)
PAID = Decimal("1.0475")
LIMITS: dict[str, Any] = {
    "order_notional_fraction_max": "0.25",
    "position_size_fraction_max": "0.25",
    "asset_fraction_max": "0.25",
    "open_risk_fraction_max": "0.12",
    "daily_trades_max": 100,
    "correlation_max": None,
    "volume_fraction_max": None,
    "depth_fraction_max": None,
    "strategy_fraction_max": "0.6",
    "sector_fraction_max": None,
}


class Month:
    """Live a month of an account; the clock is `traveller`'s."""

    def __init__(self, gateway: Gateway, traveller: time_machine.Traveller) -> None:
        self.gateway, self.traveller, self.random = gateway, traveller, random.Random(11)  # noqa: S311 prices
        self.count = 0

    def live(self, end: datetime) -> None:
        """Trade each day until `end`, and hold a book then."""
        self._know_markets(end)
        for back in range(DAYS, 0, -1):
            self._trade_for_a_day(datetime.combine(end.date() - timedelta(days=back), time(0, 12), UTC))
        self.traveller.move_to(end - timedelta(minutes=4))
        self._hold()
        self.traveller.move_to(end)
        self._fall()
        run_jobs()

    def _call(self, method: str, path: str, body: Any, *, code: bool = False) -> Any:
        totp = pyotp.TOTP(TOTP_SEED).at(datetime.now(UTC)) if code else None
        return self.gateway.api.call(method, path, body, totp=totp).body

    def _know_markets(self, end: datetime) -> None:
        for series in load_closes([asset_of(symbol) for symbol, _, _ in HELD], end).values():
            risk_deps().closes.put(series)
        instruments = [{"venue": VENUE, "symbol": symbol} | terms_of(symbol) for symbol, _, _ in HELD]
        self._call("PUT", "/market/instruments", {"instruments": instruments})
        # Until the risk jobs have reported, all that is held counts as lost.
        self._call(
            "PUT",
            f"/accounts/{ACCOUNT}/limits",
            LIMITS | {"var_fraction_max": None, "stress_loss_fraction_max": None},
            code=True,
        )

    def _trade_for_a_day(self, at: datetime) -> None:
        """Report the account, then buy one coin in the morning and sell it in the evening."""
        self.traveller.move_to(at)
        equity = self._report([])
        record = VarRecord(day=at.date(), as_of=at, equity=equity, transferred=Decimal(0), var_95=None, var_99=None)
        assert reports().put_record(ACCOUNT, record)
        symbol, _, strategy = self.random.choice(HELD)
        price = close_of(symbol)
        quantity = (equity * Decimal("0.2") / price).quantize(Decimal("0.001"))
        self._buy(symbol, quantity, price, strategy)
        sold = price * Decimal(str(round(1 + self.random.gauss(0.009, 0.034), 4)))
        self.traveller.move_to(at + timedelta(hours=9))
        self._report_as_it_is()
        self._quote(symbol, sold)
        self._fill(self._submit(symbol, "sell", quantity, sold, strategy), quantity, sold)

    def _hold(self) -> None:
        self._report([])
        for symbol, quantity, strategy in HELD:
            self._buy(symbol, Decimal(quantity), close_of(symbol) * PAID, strategy)
        for strategy in ("trend", "breakout"):
            self._call("PUT", f"/accounts/{ACCOUNT}/heartbeats/{strategy}", {"interval_seconds": 3600})

    def _fall(self) -> None:
        """Let what is held lose what was paid for it too much; then one order works, one was refused, one is denied."""
        for symbol, _, _ in HELD:
            self._quote(symbol, close_of(symbol))
        self._report_as_it_is(marked=True)
        run_jobs()
        self._call(
            "PUT",
            f"/accounts/{ACCOUNT}/limits",
            {"var_fraction_max": "0.10", "stress_loss_fraction_max": "0.7"},
            code=True,
        )
        price = close_of("ETH/USDT") * Decimal("0.985")
        resting = self._submit("ETH/USDT", "buy", Decimal("0.4"), price, "grid")
        path = f"/accounts/{ACCOUNT}/orders/{resting}"
        self._call("POST", f"{path}/placed", {"exchange_order_id": "8815550172"})
        self._fill(resting, Decimal("0.15"), price)
        refused = self._submit("SOL/USDT", "buy", Decimal(12), close_of("SOL/USDT") * Decimal("0.98"), "breakout")
        acting = Acting(deps=wiring.deps(), actor="job:order_worker", now=datetime.now(UTC))
        reason = "Account has insufficient balance for requested action"
        close_order(acting, ACCOUNT, refused, OrderStatus.REJECTED, reason)
        self.gateway.submit(**self._order("BTC/USDT", "buy", Decimal(2), close_of("BTC/USDT"), "trend"))

    def _report(self, positions: list[dict[str, Any]], **totals: Decimal) -> Decimal:
        equity = Decimal(self.gateway.api.get(f"/accounts/{ACCOUNT}")["equity"])
        balances = [{"venue": VENUE, "asset": name, "total": str(total)} for name, total in totals.items()]
        cash = [] if totals else [{"venue": VENUE, "asset": "USDT", "total": str(equity)}]
        body = {"equity": str(equity), "balances": balances or cash, "positions": positions}
        self._call("POST", f"/accounts/{ACCOUNT}/snapshots", body)
        return equity

    def _report_as_it_is(self, *, marked: bool = False) -> None:
        """Report what the account holds; `marked`: at the last closes."""
        account = self.gateway.api.get(f"/accounts/{ACCOUNT}")
        equity, balances, positions = Decimal(account["equity"]), {}, []
        for row in account["positions"]:
            mark = close_of(row["symbol"]) if marked else Decimal(row["mark_price"])
            equity += (mark - Decimal(row["mark_price"])) * Decimal(row["quantity"])
            balances[asset_of(row["symbol"])] = row["quantity"]
            positions.append(
                {name: row[name] for name in ("venue", "symbol", "quantity", "average_price")}
                | {"mark_price": str(mark)}
            )
        held = sum(Decimal(row["mark_price"]) * Decimal(row["quantity"]) for row in positions)
        totals = {"USDT": str(equity - held)} | balances
        body = {
            "equity": str(equity),
            "balances": [{"venue": VENUE, "asset": name, "total": total} for name, total in totals.items()],
            "positions": positions,
        }
        self._call("POST", f"/accounts/{ACCOUNT}/snapshots", body)

    def _buy(self, symbol: str, quantity: Decimal, price: Decimal, strategy: str) -> None:
        self._quote(symbol, price)
        self._fill(self._submit(symbol, "buy", quantity, price, strategy), quantity, price)

    def _quote(self, symbol: str, price: Decimal) -> None:
        sides = {"bid": price * Decimal("0.9997"), "ask": price * Decimal("1.0003"), "last": price}
        quote = {"venue": VENUE, "symbol": symbol, "at": datetime.now(UTC)}
        self._call("PUT", "/market/quotes", {"quotes": [quote | {n: _short(p) for n, p in sides.items()}]})

    def _order(self, symbol: str, side: str, quantity: Decimal, price: Decimal, strategy: str) -> dict[str, Any]:
        self.count += 1
        stop = {"stop_loss_price": _short(price * Decimal("0.93")) if side == "buy" else None}
        named = {"client_order_id": f"{strategy}-{self.count:04}", "symbol": symbol, "strategy": strategy}
        return named | {"side": side, "quantity": str(quantity), "price": _short(price)} | stop

    def _submit(self, symbol: str, side: str, quantity: Decimal, price: Decimal, strategy: str) -> str:
        order = self.gateway.order(**self._order(symbol, side, quantity, price, strategy))
        body = {name: value for name, value in order.items() if value is not None}
        answer = self._call("POST", f"/accounts/{ACCOUNT}/orders", body)
        return str(answer["client_order_id"])

    def _fill(self, name: str, quantity: Decimal, price: Decimal) -> None:
        fee = {"fee": _short(quantity * price * Decimal("0.0004")), "fee_currency": "USDT"}
        body = {"fill_id": f"fill-{name}", "quantity": str(quantity), "price": _short(price)} | fee
        now = datetime.now(UTC)
        self._call("POST", f"/accounts/{ACCOUNT}/orders/{name}/fills", body | {"executed_at": now})


def _short(value: Decimal) -> str:
    return str(value.quantize(Decimal("0.0001")))
