"""The story: one week of March 2020, day by day, with what the gateway must say at each step."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from infra.demo.controls import Controls
from infra.demo.screen import percent
from infra.demo.trader import CALM_SPREAD_BPS, StoryBroken, Trader, expect
from infra.riskctl.output import show_value
from infra.riskctl.status_view import render_limits

ENTRY_NOTIONAL = Decimal(6000)
#: Assumptions for a thin and a falling market: there is no order book in the data.
THIN_SPREAD_BPS = Decimal(150)
CRASH_SPREAD_BPS = Decimal(50)
TRADED = ("BTC", "ETH", "LINK")

SATURDAY, SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, LAST_SATURDAY = (
    date(2020, 3, day) for day in range(7, 15)
)


@dataclass(kw_only=True)
class Week:
    """Trade the week through the gateway; `working` is the order that Friday leaves working."""

    trader: Trader
    controls: Controls
    working: dict[str, Any] = field(default_factory=dict)

    def play(self) -> None:
        """Play every day in order; StoryBroken when the gateway did something else."""
        self.saturday_first_orders()
        self.sunday_stop_is_hit()
        self.monday_thin_market()
        self.tuesday_same_bet_twice()
        self.wednesday_frozen_feed()
        self.thursday_crash()
        self.friday_reset()
        self.saturday_kill_switch()

    def saturday_first_orders(self) -> None:
        """Show the basic bounds, and how the gateway sizes an order."""
        trader = self.trader
        self._open(SATURDAY, "Saturday 7 March 2020, 00:00: the week opens", "open")
        ask = trader.quotes["BTC"].ask
        entry = trader.quantity_of("BTC", ENTRY_NOTIONAL)
        stop = Decimal(8700)
        first = trader.order("BTC", "buy", entry, price=ask, stop_loss_price=stop)
        trader.approve(first)
        trader.screen.say("what a bot gets wrong:")
        trader.deny(trader.order("BTC", "buy", "0.1", price="9900", stop_loss_price=stop), "PRICE_COLLAR")
        trader.deny(trader.order("BTC", "buy", "0.4", price=ask), "RISK_PER_TRADE")
        trader.deny(trader.order("BTC", "buy", "0.4", price=ask, stop_loss_price="9500"), "STOP_LOSS_WRONG_SIDE")
        trader.deny(trader.order("LUNA", "buy", "100", price="0.2", stop_loss_price="0.19"), "INSTRUMENT_NOT_FOUND")
        trader.deny(trader.order("BTC", "buy", "0.6", price=ask, stop_loss_price=stop), "POSITION_SIZE")
        trader.screen.say("so it asks first:")
        wanted = trader.order("BTC", "buy", "0.6", price=ask, stop_loss_price=stop)
        largest = trader.size(wanted, "POSITION_SIZE")
        lot = Decimal("0.000001")
        trader.deny(trader.order("BTC", "buy", largest + lot, price=ask, stop_loss_price=stop), "POSITION_SIZE")
        trader.approve(trader.order("BTC", "buy", largest, price=ask, stop_loss_price=stop))

    def sunday_stop_is_hit(self) -> None:
        """Leave at the stop: an exit meets no limit."""
        trader = self.trader
        stop = trader.books.holdings["BTC"].stop_loss_price
        candle = trader.candles["BTC", SUNDAY]
        if stop is None or not candle.low < stop < candle.high:
            raise StoryBroken("the stop was to lie within Sunday's range")
        trader.screen.chapter("Sunday 8 March: the oil price war; BTC falls through the bot's stop")
        self._prices(SUNDAY, "close", btc=stop)
        self._sell_all("BTC")

    def monday_thin_market(self) -> None:
        """Refuse to take liquidity that is not there; replay an order that was sent twice."""
        trader, screen = self.trader, self.trader.screen
        self._open(MONDAY, "Monday 9 March: panic, the day's low", "low", THIN_SPREAD_BPS)
        trader.deny(trader.order("BTC", "buy", "0.5", stop_loss_price="7300"), "SPREAD_TOO_WIDE")
        screen.chapter("Monday 9 March, close: calmer")
        self._prices(MONDAY, "close")
        order = trader.order("BTC", "buy", "1", price=trader.quotes["BTC"].ask, stop_loss_price="7500")
        answer = trader.approve(order)
        again = trader.submit(order)
        expect(that=again.status == HTTPStatus.OK and again.replayed, what=f"a replay was to be 200, is {again.status}")
        expect(that=again.body == answer.body, what="the replay was to be the stored answer, byte for byte")
        screen.noted("the connection broke, the bot sends it again", "same answer, nothing bought twice")
        other = trader.submit({**order, "quantity": Decimal(2)})
        reused = other.status == HTTPStatus.CONFLICT and other.body["code"] == "CLIENT_ORDER_ID_REUSED"
        expect(that=reused, what=f"another order under the same id was to be a conflict, is {other.status}")
        screen.noted("another order under the same id", "409 CLIENT_ORDER_ID_REUSED")

    def tuesday_same_bet_twice(self) -> None:
        """Refuse what is the book again under another name, and the same order under another id."""
        trader = self.trader
        self._open(TUESDAY, "Tuesday 10 March: the same bet twice", "close")
        trader.screen.say("correlations of 252 daily log returns to 6 March; BTC is the book")
        trader.deny(
            trader.order("ETH", "buy", "15", price=trader.quotes["ETH"].ask, stop_loss_price="185"), "CORRELATION"
        )
        link = trader.order("LINK", "buy", "700", price=trader.quotes["LINK"].ask, stop_loss_price="3.6")
        trader.approve(link)
        self.trader.orders_sent += 1
        trader.deny({**link, "client_order_id": f"{trader.account_id}-{trader.orders_sent:02d}"}, "DUPLICATE_ORDER")

    def wednesday_frozen_feed(self) -> None:
        """Refuse to trade on prices nobody has seen lately."""
        trader = self.trader
        self._open(WEDNESDAY, "Wednesday 11 March: a pandemic is declared; the XRP feed froze", "close")
        candle = trader.candles["XRP", WEDNESDAY]
        trader.quote(WEDNESDAY, {"XRP": candle.close}, age=timedelta(seconds=45))
        trader.deny(
            trader.order("XRP", "buy", "5000", price=trader.quotes["XRP"].ask, stop_loss_price="0.19"), "QUOTE_STALE"
        )

    def thursday_crash(self) -> None:
        """Trip the daily loss: from then on only exits pass."""
        trader, screen = self.trader, self.trader.screen
        self._open(THURSDAY, "Thursday 12 March: the crash", "open")
        before = trader.books.compute_equity(trader.quotes)
        screen.say("the price falls through both stops before the bot can leave")
        account = self._prices(THURSDAY, "close", spread_bps=CRASH_SPREAD_BPS)
        lost = percent(before - trader.books.compute_equity(trader.quotes), before)
        tripped = {row["name"]: row for row in account["breakers"]}
        expect(
            that=set(tripped) == {"DAILY_LOSS"} and account["trading_state"] == "REDUCING",
            what=f"DAILY_LOSS alone was to trip, it is {sorted(tripped)} {account['trading_state']}",
        )
        since_start = show_value(tripped["DAILY_LOSS"]["observed"], "fraction")
        screen.noted(
            f"equity fell {lost} today, {since_start} since the start",
            "DAILY_LOSS trips: REDUCING until the next UTC day",
        )
        screen.show(render_limits([row for row in account["limits"] if row["level"] != "none"]))
        dip = trader.order("BTC", "buy", "0.5", price=trader.quotes["BTC"].ask, stop_loss_price="4700")
        trader.deny(dip, "TRADING_REDUCING", also="DAILY_LOSS")
        expect(that=trader.size(dip, "TRADING_REDUCING") == 0, what="nothing was to be left to buy")
        held = trader.books.holdings["BTC"].quantity
        trader.deny(trader.order("BTC", "sell", held * 2), "TRADING_REDUCING")
        self._sell_all("BTC")

    def friday_reset(self) -> None:
        """Let a person, and only a person, allow trading again."""
        trader, screen = self.trader, self.trader.screen
        self._open(FRIDAY, "Friday 13 March: a person decides", "close", CRASH_SPREAD_BPS)
        self.controls.reset_breaker("DAILY_LOSS", "losses reviewed, size halved")
        screen.noted("the operator resets DAILY_LOSS", "401 without a one-time code; with it ACTIVE again")
        self._prices(FRIDAY, "close")
        order = trader.order("BTC", "buy", "0.5", price=trader.quotes["BTC"].ask, stop_loss_price="5100")
        trader.approve(order, fill=False)
        self.working = order

    def saturday_kill_switch(self) -> None:
        """Stop everything with one edit of one item."""
        trader, screen = self.trader, self.trader.screen
        self._open(LAST_SATURDAY, "Saturday 14 March: the kill switch", "close")
        order = trader.order("BTC", "buy", "0.4", price=trader.quotes["BTC"].ask, stop_loss_price="4900")
        with self.controls.flipped_kill_switch("the trader has seen enough"):
            screen.say("engaged = true written into the DynamoDB item KILL_SWITCH / GLOBAL, past the gateway")
            trader.deny(order, "KILL_SWITCH_ENGAGED")
            retried = trader.submit(self.working)
            expect(
                that=retried.status == HTTPStatus.CONFLICT and retried.body["code"] == "DECISION_NOT_ACTIONABLE",
                what=f"Friday's approval was to be no longer a go, it is {retried.status}",
            )
            screen.noted("Friday's approved order, retried", "409 DECISION_NOT_ACTIONABLE: no longer a go")
            cancelled = trader.bot.call("POST", trader.path("orders", self.working["client_order_id"], "cancel"))
            expect(that=cancelled.body["status"] == "cancelled", what="a cancel was to pass")
            screen.noted("cancelling it", "passes: a cancel always does")
        order = trader.order("BTC", "buy", "0.4", price=trader.quotes["BTC"].ask, stop_loss_price="4900")
        trader.approve(order)
        self._sell_all("LINK")
        self._sell_all("BTC")

    def _open(self, day: date, title: str, at: str, spread_bps: Decimal | None = None) -> None:
        self.trader.screen.chapter(title)
        self._prices(day, at, spread_bps=spread_bps)

    def _prices(
        self, day: date, at: str, *, spread_bps: Decimal | None = None, btc: Decimal | None = None
    ) -> dict[str, Any]:
        """Show the market a day's prices, then report equity at them; return the account."""
        trader = self.trader
        prices: dict[str, Decimal] = {asset: getattr(trader.candles[asset, day], at) for asset in TRADED}
        if btc is not None:
            prices["BTC"] = btc
        trader.quote(day, prices, spread_bps=CALM_SPREAD_BPS if spread_bps is None else spread_bps)
        account = trader.snapshot()
        shown = "  ".join(f"{asset} {quote.last:,f}" for asset, quote in trader.quotes.items() if asset in prices)
        spread = "" if spread_bps is None else f"  spread {spread_bps / 100:.2f} %"
        trader.screen.say(f"{shown}{spread}  equity {Decimal(account['equity']):,.2f}  {account['trading_state']}")
        return account

    def _sell_all(self, asset: str) -> None:
        trader = self.trader
        held = trader.books.holdings[asset].quantity
        trader.approve(trader.order(asset, "sell", held, reduce_only=True))
