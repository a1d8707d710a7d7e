"""The client's examples, run as they stand."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest

from riskgate_client import Client, guard
from tests.support.client_bot import Bot, lose_answer, problem, refuse
from tests.support.gateway import ACCOUNT_ID, BTC, Gateway
from tests.support.riskctl_transport import API_URL
from tests.support.venue import Simulator

EXAMPLES = Path(__file__).parents[3] / "infra" / "client" / "examples"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def http_of(bot: Bot) -> httpx.Client:
    headers = {"Authorization": f"Bearer {bot.token}"}
    return httpx.Client(base_url=API_URL, headers=headers, transport=bot.wire)


def test_plain_http_when_run_then_approved_and_cancelled(
    bot: Bot, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = load("plain_http")
    monkeypatch.setattr(plain.time, "sleep", bot.time.sleep)
    bot.break_wire(lose_answer, problem(503, "CONTENTION"))

    assert plain.main(http_of(bot), ACCOUNT_ID) == 0

    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("no answer")
    assert printed[-2].startswith("approved: 0.01 until")
    assert printed[-1] == "cancelled"
    found = bot.client.find(lambda order: order.client_order_id.startswith("plain-"))
    assert found is not None
    assert found.status == "cancelled"


def test_plain_http_when_denied_or_unanswered_then_no_go(
    gateway: Gateway, bot: Bot, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = load("plain_http")
    monkeypatch.setattr(plain.time, "sleep", bot.time.sleep)
    bot.wire.always = refuse
    assert plain.main(http_of(bot), ACCOUNT_ID) == 1
    bot.wire.always = None
    gateway.kill()
    assert plain.main(http_of(bot), ACCOUNT_ID) == 1
    assert "KILL_SWITCH_ENGAGED" in capsys.readouterr().out


def test_ccxt_script_when_run_then_placed_and_cancelled_and_a_denial_is_told(
    gateway: Gateway, bot: Bot, exchange: Any, simulator: Simulator
) -> None:
    script = load("ccxt_script")
    guarded = guard(exchange, bot.client, strategy="script", route=False)

    assert script.trade(guarded).startswith("placed and cancelled")
    assert [order["open"] for order in simulator.orders()] == [False]
    gateway.kill()
    assert script.trade(guarded) == "denied: KILL_SWITCH_ENGAGED"


class RunMode(Enum):
    LIVE = "live"
    DRY_RUN = "dry_run"
    BACKTEST = "backtest"


def wrap_as_freqtrade_does(callback: Any) -> Any:
    """Freqtrade's strategy_safe_wrapper with default_retval=True: what raises lets the trade through."""

    def call(**kwargs: Any) -> Any:
        try:
            return callback(**kwargs)
        except Exception:  # noqa: BLE001 as freqtrade does
            return True

    return call


class Strategy:
    """What freqtrade's IStrategy has of the callbacks."""

    stoploss = -0.05
    dp = SimpleNamespace(market=lambda _pair: {"contractSize": 1})

    def confirm_trade_entry(self, *_: Any, **__: Any) -> bool:
        return True

    def confirm_trade_exit(self, *_: Any, **__: Any) -> bool:
        return True

    def order_filled(self, *_: Any, **__: Any) -> None:
        return None


@pytest.fixture
def strategy(bot: Bot) -> Any:
    mixin = load("freqtrade_hook").RiskGateMixin
    made = type("MyStrategy", (mixin, Strategy), {"riskgate_strategy": "trend"})()
    made.config = {"runmode": RunMode.LIVE}
    made._riskgate = bot.client
    return made


def enter(strategy: Any, amount: float = 0.01, **changes: Any) -> Any:
    given = {
        "pair": BTC,
        "order_type": "limit",
        "amount": amount,
        "rate": 50000.0,
        "time_in_force": "GTC",
        "current_time": datetime.now(UTC),
        "entry_tag": None,
        "side": "long",
    }
    return wrap_as_freqtrade_does(strategy.confirm_trade_entry)(**given | changes)


TRADE = SimpleNamespace(
    is_short=False, fee_open=0.001, fee_close=0.001, entry_side="buy", exit_side="sell", stake_currency="USDT"
)


def leave(strategy: Any, amount: float = 0.01) -> Any:
    return wrap_as_freqtrade_does(strategy.confirm_trade_exit)(
        pair=BTC,
        trade=TRADE,
        order_type="limit",
        amount=amount,
        rate=50000.0,
        time_in_force="GTC",
        exit_reason="exit_signal",
        sell_reason="exit_signal",
        current_time=datetime.now(UTC),
    )


def fill(strategy: Any, side: str, filled: float = 0.01) -> None:
    order = SimpleNamespace(ft_order_side=side, safe_filled=filled, safe_price=50000.0, order_id=f"ex-{side}")
    strategy.order_filled(pair=BTC, trade=TRADE, order=order, current_time=datetime.now(UTC))


def test_freqtrade_when_it_trades_then_each_order_is_decided_and_its_fill_reported(strategy: Any, bot: Bot) -> None:
    assert enter(strategy) is True
    [order] = bot.client.read_account().open_orders
    assert bot.client.get(order.client_order_id).stop_loss_price == Decimal(47500)
    fill(strategy, "buy")
    [position] = bot.client.read_account().positions
    assert position.quantity == Decimal("0.01")

    assert leave(strategy) is True
    fill(strategy, "sell", 0.004)
    account = bot.client.read_account()
    assert account.positions[0].quantity == Decimal("0.006")
    assert account.open_orders == ()


def test_freqtrade_when_denied_then_it_does_not_enter_and_still_exits(
    strategy: Any, bot: Bot, gateway: Gateway
) -> None:
    assert enter(strategy, 10.0) is False
    assert enter(strategy) is True
    fill(strategy, "buy")
    gateway.lose("96000", positions=gateway_positions())
    assert enter(strategy) is False
    gateway.refresh_quotes()
    assert leave(strategy) is True


def gateway_positions() -> list[dict[str, Any]]:
    return [{"venue": "binance", "symbol": BTC, "quantity": "0.01", "average_price": "50000", "mark_price": "50000"}]


@pytest.mark.parametrize("fault", ["refuse", "raise"])
def test_freqtrade_when_there_is_no_answer_then_nothing_passes(
    strategy: Any, bot: Bot, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "refuse":
        bot.wire.always = refuse
    else:
        strategy._riskgate = None
        monkeypatch.delenv("RISKGATE_URL", raising=False)

    assert enter(strategy) is False
    assert leave(strategy) is False
    strategy.riskgate_exits_need_an_answer = False
    assert leave(strategy) is (fault == "refuse")


def test_freqtrade_when_not_live_then_nothing_is_reserved(strategy: Any, bot: Bot) -> None:
    strategy.config = {"runmode": RunMode.DRY_RUN}
    assert enter(strategy) is True
    assert enter(strategy, 10.0) is False
    strategy.config = {"runmode": RunMode.BACKTEST}
    sent = len(bot.wire.sent)
    assert enter(strategy, 10.0) is True
    assert len(bot.wire.sent) == sent
    assert bot.client.read_account().open_orders == ()


def test_freqtrade_when_it_makes_its_client_then_from_the_environment(
    strategy: Any, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy._riskgate = None
    for name, value in {"URL": API_URL, "TOKEN": bot.token, "ACCOUNT": ACCOUNT_ID}.items():
        monkeypatch.setenv(f"RISKGATE_{name}", value)

    assert isinstance(strategy.riskgate, Client)
    assert bot.token not in repr(strategy.riskgate)
