"""The third act: bots that know nothing of the gateway trade through its front door by another address and key."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import ccxt

from infra.demo.accounts import DEMO_ACCOUNT
from infra.demo.controls import Controls
from infra.demo.exchange_day import BITCOIN, ETHER, SPOT
from infra.demo.phone import wait_for
from infra.demo.screen import Screen
from infra.demo.trader import expect
from infra.local import first_jobs as jobs
from infra.local import serve_exchange as venue
from infra.local.bots.environments import FREQTRADE
from infra.local.bots.freqtrade import TIMEOUT_SECONDS, Freqtrade
from infra.local.bots.places import PATIENCE_MS, Place, freqtrade
from infra.local.settings import Settings
from infra.riskctl.api import account_path
from infra.riskctl.keys import issue_key
from infra.simulators.exchange.client import ccxt_urls
from riskgate.app.access.manage_keys import revoke_key
from riskgate.app.ledger.commit_event import Acting

KEY_LIFETIME = timedelta(hours=1)
DEFAULT_STOP = Decimal("0.05")
#: The number of an order that its venue has not numbered yet.
PENDING_ID = "0"
AMOUNT, TOO_MUCH = 0.05, 2.0


@dataclass(kw_only=True)
class BotDay:
    """An account of its own at the simulated exchange; `front_door_url` is where bots come in."""

    controls: Controls
    settings: Settings
    functions: Mapping[str, str]
    front_door_url: str
    screen: Screen

    def play(self) -> None:
        """Tell the act."""
        self.screen.chapter("Bots nobody rewrote: ccxt with another address and another key")
        self._open()
        with self._key("ccxt-bot") as (key, secret), self._connected(key, secret) as bot:
            self._buy(bot)
            resting = self._rest(bot)
            self._deny(lambda: self._bid(bot, TOO_MUCH), f"buy {TOO_MUCH} {BITCOIN}", "NOTIONAL_ABOVE_MAXIMUM")
            self._pull_the_plug(bot, resting)
            self._deny(lambda: bot.withdraw("USDT", 10, "0x" + "0" * 40), "withdraw 10 USDT", "never does")
            self._sell(bot)
        if FREQTRADE.exists():
            self._run_freqtrade()
        else:
            self.screen.say("freqtrade is not installed here: infra/local/scripts/setup.sh bots")

    # ------------------------------------------------------------- chapters

    def _open(self) -> None:
        body = {**DEMO_ACCOUNT, "venues": venue.ensure_keys(self.settings, self.controls.account_id)}
        self.controls.api.call("PUT", account_path(self.controls.account_id), body)
        jobs.warm_front_door(self.settings, self.functions)
        self._quote()
        jobs.run(self.settings, self.functions["monitor"], {"account_id": self.controls.account_id})

    @contextmanager
    def _key(self, strategy: str) -> Iterator[tuple[str, str]]:
        now = datetime.now(UTC)
        key, secret = issue_key(
            self.controls.aws,
            account_id=self.controls.account_id,
            strategy=strategy,
            venues={"spot": SPOT},
            operator="demo",
            created_at=now,
            expires_at=now + KEY_LIFETIME,
            default_stop_fraction=DEFAULT_STOP,
        )
        told = f"riskctl key create --strategy {strategy}"
        self.screen.noted(told, f"{key.key_id}; the exchange's own key stays in Secrets Manager")
        try:
            yield key.key_id, secret
        finally:
            acting = Acting(deps=self.controls.aws.deps, actor=self.controls.aws.actor, now=datetime.now(UTC))
            revoke_key(acting, key.key_id, keys=self.controls.aws.keys)

    @contextmanager
    def _connected(self, key: str, secret: str) -> Iterator[Any]:
        public: Any = ccxt_urls(venue.url_of(self.settings))["api"]
        private = {"private": f"{self._base}/api/v3", "sapi": f"{self._base}/sapi/v1"}
        bot = ccxt.binance({"apiKey": key, "secret": secret, "urls": {"api": public | private}, "timeout": PATIENCE_MS})
        try:
            bot.load_markets()
            yield bot
        finally:
            bot.session.close()

    def _buy(self, bot: Any) -> None:
        self._quote()
        started = time.perf_counter()
        order = self._place(bot, "market", "buy", AMOUNT)
        took = (time.perf_counter() - started) * 1000
        seen = bot.fetch_order(order["id"], BITCOIN)
        expect(that=(seen["status"], seen["filled"]) == ("closed", AMOUNT), what=f"ccxt was to see a fill: {seen}")
        self.screen.approved(
            f"ccxt: buy {AMOUNT} {BITCOIN} at market",
            f"ccxt sees its order {seen['id']} filled at {seen['average']:,.2f}; answered in {took:.0f} ms",
        )

    def _rest(self, bot: Any) -> str:
        self._quote()
        order = self._bid(bot, AMOUNT)
        listed = [row["id"] for row in bot.fetch_open_orders(BITCOIN)]
        expect(that=listed == [order["id"]], what=f"ccxt was to list {order['id']}, it lists {listed}")
        self.screen.approved(f"ccxt: bid for {AMOUNT} {BITCOIN}, 3 % below", f"ccxt lists its order {order['id']}")
        return str(order["id"])

    def _pull_the_plug(self, bot: Any, resting: str) -> None:
        key = f"ACCOUNT#{self.controls.account_id}"
        self.controls.edit_flag(key=key, engaged=True, reason="drill")
        try:
            self.screen.noted("kill switch engaged", "the bot knows nothing of it")
            self._deny(lambda: self._bid(bot, AMOUNT), f"buy {AMOUNT} {BITCOIN}", "KILL_SWITCH_ENGAGED")
            bot.cancel_order(resting, BITCOIN)
            status = bot.fetch_order(resting, BITCOIN)["status"]
            expect(that=status == "canceled", what=f"the bid was to be cancelled, it is {status}")
            self.screen.noted("ccxt: cancel the bid", "cancels pass under a kill switch; ccxt sees it canceled")
        finally:
            self.controls.edit_flag(key=key, engaged=False, reason="drill is over")
        self.screen.noted("kill switch released", "exits pass again, too")

    def _sell(self, bot: Any) -> None:
        self._quote()
        held = bot.fetch_balance()["BTC"]["free"]
        order = self._place(bot, "market", "sell", float(bot.amount_to_precision(BITCOIN, held)))
        status = bot.fetch_order(order["id"], BITCOIN)["status"]
        expect(that=status == "closed", what=f"ccxt was to see its sale filled, it is {status}")
        self.screen.approved(f"ccxt: sell {held} {BITCOIN} at market", "the bot is out of the market")

    def _run_freqtrade(self) -> None:
        self.screen.chapter("freqtrade, as it is published, live through the same front door")
        with self._key("freqtrade") as (key, secret), TemporaryDirectory() as folder:
            place = Place(
                public=venue.url_of(self.settings),
                private={"spot": self._base},
                key=key,
                secret=secret,
                account=self.controls.account_id,
            )
            with freqtrade(place, Path(folder) / "bot", "spot") as bot:
                self._let_trade(bot)

    def _let_trade(self, bot: Freqtrade) -> None:
        self.screen.noted("freqtrade trade", "dry_run false; started")
        bot.say(long=[BITCOIN])
        self._until(bot, "stoploss limit order added for")
        [trade] = bot.trades()
        told = f"filled at {trade['open_rate']:,.2f}; its stop rests at the exchange, at {trade['stop_loss']:,.2f}"
        self.screen.approved(f"freqtrade: buy {trade['amount']} {BITCOIN}", told)
        self.controls.tighten_limits({"order_notional_max": "400"})
        bot.say(long=[ETHER])
        line = self._until(bot, "Risk gateway: NOTIONAL_ABOVE_MAXIMUM")
        self.screen.denied(f"freqtrade: buy {ETHER}", "Unable to create trade", _message_of(line))
        bot.say(exit=[BITCOIN])
        self._until(bot, "LIMIT_SELL has been fulfilled")
        bot.assert_running()
        self.screen.approved(f"freqtrade: sell {BITCOIN}", "its stop was taken back first; it goes on")

    # ---------------------------------------------------------------- steps

    @property
    def _base(self) -> str:
        return f"{self.front_door_url}/venues/{SPOT}"

    def _until(self, bot: Freqtrade, text: str) -> str:
        """Wait until freqtrade logs something, prices being told all the time, and return the line."""

        def look() -> str | None:
            self._quote()
            return next((line for line in bot.log().splitlines() if text in line), None)

        return bot.wait_for(look, f"{text!r} in the log", TIMEOUT_SECONDS)

    def _quote(self) -> None:
        jobs.run(self.settings, self.functions["market_data"], {"task": "quotes", "at_once": True})

    def _bid(self, bot: Any, amount: float) -> Any:
        price = bot.fetch_ticker(BITCOIN)["last"] * 0.97
        return self._place(bot, "limit", "buy", amount, float(bot.price_to_precision(BITCOIN, price)))

    def _place(self, bot: Any, *terms: Any) -> Any:
        """Place an order; where its outcome is unknown, ask for it by its id as bots do, until the venue has it."""
        name = f"demo-{uuid4().hex[:16]}"
        try:
            return bot.create_order(BITCOIN, *terms, params={"newClientOrderId": name})
        except ccxt.RequestTimeout:
            self.screen.noted("ccxt: outcome unknown", f"a busy machine; ccxt asks for its order {name}")

        def look() -> Any:
            found = bot.fetch_order("", BITCOIN, {"origClientOrderId": name})
            return found if found["id"] != PENDING_ID else None

        return wait_for(look, f"order {name}")

    def _deny(self, ask: Callable[[], Any], what: str, code: str) -> None:
        self._quote()
        try:
            seen = ask()
        except ccxt.ExchangeError as error:
            expect(that=code in str(error), what=f"{what} was to be refused with {code}: {error}")
            self.screen.denied(f"ccxt: {what}", f"ccxt.{type(error).__name__}", _message_of(str(error)))
        else:
            expect(that=False, what=f"{what} was to be refused, it is {seen}")


def _message_of(text: str) -> str:
    """Return what the gateway said, of a text with its answer in JSON."""
    return text.partition('"msg":"')[2].partition('"')[0] or text
