"""The second act: an account at the simulated exchange, with every job, the order worker and the phone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import httpx

from infra.demo.accounts import DEMO_ACCOUNT
from infra.demo.controls import Controls
from infra.demo.phone import Phone, wait_for
from infra.demo.screen import Screen
from infra.demo.trader import expect
from infra.local import first_jobs as jobs
from infra.local import serve_exchange as venue
from infra.local.settings import Settings
from infra.riskctl.api import account_path
from infra.simulators.exchange.client import ControlClient

SPOT, SWAP = "sim-spot", "sim-swap"
BITCOIN, CONTRACT, ETHER = "BTC/USDT", "BTC/USDT:USDT", "ETH/USDT"
CENT = Decimal("0.01")
#: Five to six thousand dollars of either at the prices of spring 2021.
AMOUNT = {BITCOIN: Decimal("0.09"), ETHER: Decimal(3)}
CRASH = Decimal("0.4")
MOVES_SHOWN = (Decimal("-0.5"), Decimal("-0.2"), Decimal("0.2"))
TIMEOUT_SECONDS = 30


@dataclass(kw_only=True)
class ExchangeDay:
    """One account from its first reading to a crash; `exchange` has the control routes of the simulated exchange."""

    controls: Controls
    settings: Settings
    functions: Mapping[str, str]
    exchange: ControlClient
    phone: Phone
    screen: Screen
    orders_sent: int = field(default=0)

    def play(self) -> None:
        """Tell the act; the exchange's prices go back to their path in the end."""
        self.phone.forget()
        self._open()
        self._measure()
        try:
            resting = self._trade()
            self._plan_hedge()
            self._find_stranger()
            self._pull_the_plug(resting)
            self._crash()
            self._get_out()
        finally:
            for symbol in ("BTCUSDT", "ETHUSDT"):
                self.exchange.post("price", symbol=symbol, price=None)

    # ------------------------------------------------------------- chapters

    def _open(self) -> None:
        self.screen.chapter("An account at an exchange: spot and swap, keys in Secrets Manager")
        body = {**DEMO_ACCOUNT, "venues": venue.ensure_keys(self.settings, self.controls.account_id)}
        self.controls.api.call("PUT", self._path(), body)
        for task in ("instruments", "quotes", "closes"):
            results = self._run("market_data", {"task": task, "at_once": True})["results"]
            expect(that=not any("code" in row for row in results), what=f"{task} could not be read: {results}")
            known = sum(row.get("listed", 0) or row["stored"] + row.get("current", 0) for row in results)
            self.screen.noted(f"market data: {task}", f"{known} from the exchange's spot and swap markets")
        read = self._run("monitor", {"account_id": self.controls.account_id})
        equity = Decimal(self._account()["equity"])
        expect(that=equity == Decimal(venue.INITIAL_EQUITY), what=f"equity was read as {equity}: {read}")
        self.screen.noted("monitor: the venue's word, not the bot's", f"equity {equity:,} USDT at two venues")

    def _measure(self) -> None:
        for job in ("var", "stress"):
            self._run(job, {"account_id": self.controls.account_id})
        self.screen.noted("VaR and stress jobs", "correlations and scenarios are there for the gate")

    def _trade(self) -> str:
        self.screen.chapter("Approved orders reach the venue exactly once")
        bitcoin = self._order(BITCOIN, SPOT)
        self._wait_for_status(bitcoin, "filled")
        self.screen.approved(f"buy {AMOUNT[BITCOIN]} {BITCOIN} at market", "sent by the worker, filled at the venue")
        self.exchange.post("faults", kind="drop_after_accept", method="POST", path="/api/v3/order")
        ether = self._order(ETHER, SPOT, below=Decimal("0.97"))
        self._wait_for_status(ether, "submitted")
        sent = [row for row in self._at_the_venue() if row["symbol"] == "ETHUSDT"]
        expect(that=len(sent) == 1, what=f"{len(sent)} orders at the venue where there was to be one")
        self.screen.approved(
            f"buy {AMOUNT[ETHER]} {ETHER}, and the answer is lost",
            "unknown outcome: looked up at the venue, not sent again; one order there",
        )
        self._run("monitor", {"account_id": self.controls.account_id})
        [position] = self._account()["positions"]
        expect(that=Decimal(position["quantity"]) > 0, what="the position is missing")
        for job in ("var", "stress"):
            self._run(job, {"account_id": self.controls.account_id})
        self._show_risk()
        return ether

    def _show_risk(self) -> None:
        risk = self.controls.api.get(self._path("risk"))
        figures = {
            (row["method"].partition("/")[0], row["confidence"], row["horizon_days"]): row
            for row in risk["var"]["figures"]
        }
        found = figures["historical", "0.95", 1]
        amounts = f"{Decimal(found['var']):,.2f} USDT, expected shortfall {Decimal(found['es']):,.2f}"
        self.screen.noted("VaR, historical, 95 %, one day", amounts)
        worst = min(risk["stress"]["scenarios"], key=lambda row: Decimal(row["pnl"]))
        self.screen.noted("stress: the worst scenario", f"{worst['name']} {Decimal(worst['pnl']):,.2f} USDT")

    def _plan_hedge(self) -> None:
        self.screen.chapter("A way out: hedge the position with a short swap")
        body = {
            "hedge_id": f"{self.controls.account_id[-8:]}-full",
            "mode": "full",
            "position": {"venue": SPOT, "symbol": BITCOIN},
            "instruments": [{"venue": SWAP, "symbol": CONTRACT, "fee_fraction": "0.0005"}],
        }
        plan = self.controls.api.call("POST", self._path("hedges"), body).body["plan"]
        [leg] = plan["legs"]
        expect(that=leg["side"] == "sell", what=f"the hedge was to sell: {leg}")
        cost = Decimal(plan["cost"]["total"])
        self.screen.noted(f"plan: sell {leg['quantity']} {CONTRACT}", f"cost {cost:,.2f} USDT; nothing is placed yet")
        for row in plan["pnl_table"]:
            if Decimal(row["move_fraction"]) in MOVES_SHOWN:
                move, bare, hedged = (Decimal(row[f]) for f in ("move_fraction", "unhedged_pnl", "hedged_pnl"))
                self.screen.say(f"    bitcoin {move:+.0%}: {bare:+10,.2f} USDT, hedged {hedged:+8,.2f}")

    def _find_stranger(self) -> None:
        self.screen.chapter("An order that went around the gateway")
        price = self._price(BITCOIN) * Decimal("0.96")
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
        stranger: Any = self.exchange.post(
            "orders", account=self.controls.account_id, price=str(price.quantize(CENT)), **order
        )
        self._run("reconcile", {"account_id": self.controls.account_id})
        seen = self.controls.api.get(self._path("reconciliation"))
        [found] = [row for row in seen["open"] if row["kind"] == "rogue_order"]
        self.screen.noted("reconciliation", "rogue_order: no permit of the gateway; its market only reduces")
        self.phone.receive(self.controls.account_id, "rogue")
        self._deny(BITCOIN, "TRADING_REDUCING")
        self.exchange.delete("orders", order_id=stranger["order_id"])
        path = self._path("reconciliation", found["break_id"], "resolve")
        self.controls.guarded("POST", path, {"reason": "cancelled at the venue, key rotated"})
        self.screen.noted("cancelled there, resolved here", "401 without a one-time code, closed with it")

    def _pull_the_plug(self, resting: str) -> None:
        self.screen.chapter("The kill switch, edited in the table itself")
        key = f"ACCOUNT#{self.controls.account_id}"
        self.controls.edit_flag(key=key, engaged=True, reason="drill", cancels=True)
        self._wait_for_status(resting, "cancelled")
        still = [row for row in self._at_the_venue() if row["status"] == "NEW"]
        expect(that=not still, what=f"{len(still)} orders still work at the venue")
        self.screen.noted("working orders", "cancelled at the venue")
        self.phone.receive("Kill switch engaged", self.controls.account_id, "table edit")
        self._deny(BITCOIN, "KILL_SWITCH_ENGAGED")
        self.controls.edit_flag(key=key, engaged=False, reason="drill is over")
        self.phone.receive("Kill switch released", self.controls.account_id)

    def _crash(self) -> None:
        self.screen.chapter("A crash, and nobody awake")
        price = self._price(BITCOIN)
        self.exchange.post("price", symbol="BTCUSDT", price=str((price * CRASH).quantize(CENT)))
        self._run("market_data", {"task": "quotes", "at_once": True})
        self._run("monitor", {"account_id": self.controls.account_id})
        account = self._account()
        expect(that=account["trading_state"] == "REDUCING", what=f"the account is {account['trading_state']}")
        self.screen.noted(
            f"bitcoin {price:,.0f} -> {price * CRASH:,.0f}", f"equity {Decimal(account['equity']):,.2f} USDT"
        )
        self.phone.receive("Breaker tripped", self.controls.account_id, "DAILY_LOSS")
        self._deny(ETHER, "TRADING_REDUCING")
        self.phone.write(f"/status {self.controls.account_id}")
        self.phone.receive(self.controls.account_id, "REDUCING")

    def _get_out(self) -> None:
        body = {"exit_id": "get-out", "reason": "out of the market", "scope": "all", "stop_entries": True}
        answer = self.controls.guarded("POST", self._path("exits"), body)
        decisions = {leg["decision"] for leg in answer["legs"]}
        expect(that=decisions == {"approved"}, what=f"an exit was not approved: {answer}")

        def look() -> bool | None:
            self._run("monitor", {"account_id": self.controls.account_id})
            return True if not self._account()["positions"] else None

        wait_for(look, "the exit's fill")
        self._run("reconcile", {"account_id": self.controls.account_id})
        seen = self.controls.api.get(self._path("reconciliation"))
        expect(that=not seen["open"], what=f"the books differ: {seen['open']}")
        self.screen.noted("exit, reduce-only, with a one-time code", "flat at the venue; the books agree")

    # ---------------------------------------------------------------- steps

    def _path(self, *rest: str) -> str:
        return account_path(self.controls.account_id, *rest)

    def _account(self) -> dict[str, Any]:
        return self.controls.api.get(self._path())

    def _run(self, job: str, event: Mapping[str, Any]) -> Any:
        return jobs.run(self.settings, self.functions[job], event)

    def _at_the_venue(self) -> list[dict[str, Any]]:
        found: Any = self.exchange.get("orders", account=self.controls.account_id)
        return list(found)

    def _price(self, symbol: str) -> Decimal:
        query = {"symbol": symbol.replace("/", "")}
        seen = httpx.get(f"{venue.url_of(self.settings)}/api/v3/ticker/price", params=query, timeout=TIMEOUT_SECONDS)
        return Decimal(seen.json()["price"])

    def _draft(self, symbol: str, venue_name: str, below: Decimal | None) -> dict[str, Any]:
        self._run("market_data", {"task": "quotes", "at_once": True})
        price = self._price(symbol)
        self.orders_sent += 1
        order = {
            "client_order_id": f"{self.controls.account_id}-x{self.orders_sent}",
            "symbol": symbol,
            "venue": venue_name,
            "strategy": "trend",
            "side": "buy",
            "type": "market" if below is None else "limit",
            "quantity": AMOUNT[symbol],
            "stop_loss_price": (price * Decimal("0.94")).quantize(CENT, ROUND_FLOOR),
            # The crash is to find the positions open: this trader watches its stops itself.
            "stop_kept_by": "strategy",
            "route": True,
        }
        return order if below is None else {**order, "price": (price * below).quantize(CENT, ROUND_FLOOR)}

    def _order(self, symbol: str, venue_name: str, below: Decimal | None = None) -> str:
        order = self._draft(symbol, venue_name, below)
        body = self.controls.api.call("POST", self._path("orders"), order, is_answer=lambda _: True).body
        expect(that=body.get("decision") == "approved", what=f"{symbol} was to be approved: {body}")
        return str(order["client_order_id"])

    def _deny(self, symbol: str, code: str) -> None:
        order = self._draft(symbol, SPOT, None)
        body = self.controls.api.call("POST", self._path("orders"), order, is_answer=lambda _: True).body
        expect(that=body.get("code") == code, what=f"{symbol} was to be denied with {code}: {body.get('code')}")
        reasons = {violation["code"]: violation["message"] for violation in body["violations"]}
        self.screen.denied(f"buy {AMOUNT[symbol]} {symbol}", code, reasons[code])

    def _wait_for_status(self, order: str, status: str) -> None:
        def look() -> bool | None:
            return True if self.controls.api.get(self._path("orders", order))["status"] == status else None

        wait_for(look, f"order {order} {status}")
