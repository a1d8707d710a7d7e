"""Money that moves at the venue: no gain and no loss, counted once, whenever the venue tells of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.core.account.document import AccountState
from riskgate.core.account.equity import compute_daily_loss, compute_drawdown
from riskgate.core.errors import Rejected, Transient
from riskgate.core.venues.model import TransferKind, TransferStatus, VenueTransfer
from tests.support.monitored_account import VENUE, Watch

WALLET = "/sapi/v1/capital/*"


def assert_neutral(state: AccountState) -> None:
    assert compute_daily_loss(state) == 0
    assert compute_drawdown(state.peak_equity, state.equity) == 0
    assert compute_drawdown(state.week.peak, state.equity) == 0
    assert state.day.baseline + state.day.transfers == state.equity
    assert state.breakers == {}


@pytest.mark.parametrize(("kind", "amount"), [("deposit", "50000.25"), ("withdrawal", "60000"), ("deposit", "300000")])
def test_transfer_when_made_at_the_venue_then_neither_gain_nor_loss(watch: Watch, kind: str, amount: str) -> None:
    watch.recorded()
    watch.move(kind, amount)

    report = watch.run()

    assert (report["recorded"], report["transfers"]) == (True, 1)
    state = watch.routed.state()
    assert state.equity == watch.venue_value() == 100_000 + Decimal(amount) * (1 if kind == "deposit" else -1)
    assert_neutral(state)
    assert watch.run()["transfers"] == 0
    assert len(watch.routed.audit("transfer_recorded")) == 1


def test_transfers_when_several_of_both_kinds_then_all_are_counted(watch: Watch) -> None:
    watch.recorded()
    watch.move("withdrawal", "90000")
    watch.move("deposit", "40000")
    watch.move("deposit", "0.00000001")

    assert watch.run()["transfers"] == 3
    assert_neutral(watch.routed.state())


def test_deposit_when_of_another_asset_then_at_its_price(watch: Watch) -> None:
    watch.recorded()
    watch.move("deposit", "0.5", asset="BTC")

    state = watch.recorded()

    assert state.day.transfers == 25_000
    assert_neutral(state)


def test_money_when_moved_between_wallets_of_the_account_then_nothing_moved(watch: Watch) -> None:
    watch.trade_both()
    watch.fund(spot={"USDT": "60000"}, swap={"USDT": "40000"})
    watch.recorded()
    watch.move("spot_to_swap", "60000")

    state = watch.recorded()

    assert (state.equity, state.day.transfers) == (100_000, 0)
    assert state.venue_equity == {VENUE: 0, "binanceusdm": 100_000}
    assert_neutral(state)


def test_money_when_moved_to_a_wallet_outside_the_account_then_a_withdrawal(watch: Watch) -> None:
    watch.recorded()
    watch.move("spot_to_swap", "30000")

    state = watch.recorded()

    assert (state.equity, state.day.transfers) == (70_000, -30_000)
    assert_neutral(state)


def test_transfer_when_older_than_the_first_reading_then_none(watch: Watch) -> None:
    watch.routed.gateway.advance(seconds=-600)
    watch.move("deposit", "1000")
    watch.routed.gateway.advance(seconds=600)
    watch.fund(spot={"USDT": "100000"})
    watch.recorded()
    for _ in range(11):
        assert watch.run()["transfers"] == 0
    assert watch.routed.state().day.transfers == 0


def test_transfers_when_nothing_unexplained_happened_then_asked_for_every_ten_minutes(watch: Watch) -> None:
    watch.recorded()
    watch.recorded()
    watch.simulator.control.delete("requests")
    for _ in range(20):
        watch.routed.gateway.advance(seconds=60)
        assert watch.again()["recorded"]

    assert len(watch.routed.requests("GET", "/sapi/v1/capital/deposit/hisrec")) == 2


def test_transfer_when_too_small_to_notice_then_found_within_ten_minutes(watch: Watch) -> None:
    watch.recorded()
    watch.move("deposit", "5")
    found = [watch.run()["transfers"] for _ in range(10)]

    assert sum(found) == 1
    state = watch.routed.state()
    assert (state.equity, state.day.transfers) == (100_005, 5)
    assert compute_daily_loss(state) == 0


def test_list_when_it_cannot_be_read_then_equity_that_changed_is_not_believed(watch: Watch) -> None:
    before = watch.recorded()
    watch.move("withdrawal", "50000")
    watch.routed.fault("error_before_accept", method="GET", path=WALLET, count=None)

    assert not watch.run()["recorded"]
    assert watch.routed.state().equity_at == before.equity_at

    watch.simulator.control.delete("faults")
    assert_neutral(watch.recorded())


def test_list_when_the_key_may_not_read_it_then_the_account_is_still_read(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.recorded()

    def refuse(_self: CcxtExchange, _since: datetime) -> Any:
        raise Rejected("not offered")

    monkeypatch.setattr(CcxtExchange, "list_transfers", refuse)
    watch.move("deposit", "1000")

    report = watch.run()

    assert report["recorded"]
    assert report["venues"][0]["fault"] is None
    assert watch.routed.state().day.transfers == 0


def test_list_when_it_hangs_with_nothing_to_explain_then_still_no_reading_is_believed_in_that_minute(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.recorded()

    def fail(_self: CcxtExchange, _since: datetime) -> Any:
        raise Transient("no answer")

    monkeypatch.setattr(CcxtExchange, "list_transfers", fail)
    outcomes = [watch.run()["recorded"] for _ in range(10)]

    assert outcomes.count(False) == 1


def withdrawal(watch: Watch, status: TransferStatus) -> VenueTransfer:
    return VenueTransfer(
        transfer_id="w-1",
        kind=TransferKind.WITHDRAWAL,
        asset="USDT",
        amount=Decimal(39_999),
        fee=Decimal(1),
        fee_currency="USDT",
        status=status,
        at=watch.routed.gateway.now,
    )


def test_withdrawal_when_asked_for_then_counts_at_once_and_back_when_it_fails(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue takes the money from the balance long before the withdrawal is done."""
    watch.recorded()
    pending = withdrawal(watch, TransferStatus.PENDING)
    listed = [pending]
    monkeypatch.setattr(CcxtExchange, "list_transfers", lambda _self, _since: tuple(listed))
    watch.fund(spot={"USDT": "60000"})
    state = watch.recorded()
    assert state.day.transfers == -40_000
    assert_neutral(state)

    listed[:] = [withdrawal(watch, TransferStatus.FAILED)]
    watch.fund(spot={"USDT": "100000"})
    state = watch.recorded()
    assert (state.equity, state.day.transfers) == (100_000, 0)
    assert_neutral(state)
    assert watch.run()["transfers"] == 0


@pytest.mark.parametrize("status", [TransferStatus.FAILED, TransferStatus.CANCELLED])
def test_withdrawal_when_it_failed_before_anybody_looked_then_nothing(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, status: TransferStatus
) -> None:
    watch.recorded()
    listed = (withdrawal(watch, status),)
    monkeypatch.setattr(CcxtExchange, "list_transfers", lambda _self, _since: listed)

    assert sum(watch.run()["transfers"] for _ in range(10)) == 0


def test_transfer_when_listed_before_the_balance_shows_it_then_waited_for(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.recorded()
    pending = withdrawal(watch, TransferStatus.PENDING)
    monkeypatch.setattr(CcxtExchange, "list_transfers", lambda _self, _since: (pending,))
    watch.fund(spot={"USDT": "99000"})

    report = watch.run()

    assert not report["recorded"]
    assert "in progress" in report["reason"]
    watch.fund(spot={"USDT": "60000"})
    assert_neutral(watch.recorded())


def test_withdrawal_when_the_venue_tells_of_it_after_its_balance_showed_it_then_only_the_days_loss_is_put_right(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.recorded()
    assert watch.routed.gateway.limits(daily_loss_fraction_max="0.5", weekly_drawdown_fraction_max="0.5").status == 200
    made = withdrawal(watch, TransferStatus.OK)
    listed: list[VenueTransfer] = []
    monkeypatch.setattr(CcxtExchange, "list_transfers", lambda _self, _since: tuple(listed))
    watch.fund(spot={"USDT": "90000"})
    state = watch.recorded()
    assert compute_daily_loss(state) == Decimal("0.1"), "nobody knows yet that it is no loss"

    listed.append(made.__replace__(amount=Decimal(9_999)))
    found = [watch.run()["transfers"] for _ in range(10)]

    assert sum(found) == 1
    state = watch.routed.state()
    assert (state.equity, state.day.transfers) == (90_000, -10_000)
    assert_neutral(state)


def test_deposit_when_an_order_is_sent_and_filled_while_the_account_is_read_then_still_no_gain(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fill, which nobody recorded yet, must not be taken for what moved: the deposit would count as earned."""
    watch.recorded()
    made = withdrawal(watch, TransferStatus.OK).__replace__(kind=TransferKind.DEPOSIT, amount=Decimal(1_000))
    watch.routed.gateway.advance(seconds=180)
    watch.fund(spot={"USDT": "101000"})
    monkeypatch.setattr(CcxtExchange, "list_transfers", lambda _self, _since: (made,))
    real, orders = CcxtExchange.list_balances, list[str]()

    def trade_first(exchange: CcxtExchange) -> Any:
        if not orders:
            orders.append(watch.sent(quantity="0.1", price="48000"))
            watch.price("47990")
        return real(exchange)

    monkeypatch.setattr(CcxtExchange, "list_balances", trade_first)
    for _ in range(3):
        watch.run()

    (entry,) = watch.routed.audit("transfer_recorded")
    assert not entry["inputs"].get("in_equity")
    state = watch.routed.state()
    assert (state.day.transfers, state.equity) == (1_000, watch.venue_value({"BTC": "47990"}))
