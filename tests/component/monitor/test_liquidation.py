"""What a venue says of liquidation, margin and funding, and what dollars trade at: read, told and held against."""

from __future__ import annotations

from decimal import Decimal

import pytest

from infra.riskctl.audit import replay_account
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.market_data_job import metric_values
from tests.support.monitored_account import BTC_SWAP, SWAP_VENUE, Watch

KEY = f"{SWAP_VENUE}:{BTC_SWAP}"


@pytest.fixture
def swapped(watch: Watch) -> Watch:
    """An account that holds a swap at the venue."""
    watch.trade_both()
    watch.fund(swap={"USDT": "2000"})
    watch.trade_at_venue("BUY", "0.2", market="swap")
    watch.recorded()
    return watch


def entry(watch: Watch, side: str = "buy", quantity: str = "0.001") -> set[str]:
    """Return what stops an order in the held market."""
    watch.routed.gateway.refresh_quotes()
    fields = {"venue": SWAP_VENUE, "symbol": BTC_SWAP, "side": side, "quantity": quantity}
    return watch.routed.gateway.check(**fields, type="market", price=None, stop_loss_price=None).violated


def test_swap_when_read_then_the_position_has_the_venues_liquidation_price_and_its_distance(
    swapped: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    position = swapped.recorded().positions[KEY]
    told = swapped.simulator.ccxt("binanceusdm").fetch_positions()[0]

    assert position.liquidation_price == Decimal(str(told["liquidationPrice"]))
    expected = (position.mark_price - position.liquidation_price) / position.mark_price
    assert metric_values(capsys.readouterr().out, "LiquidationDistance") == [pytest.approx(float(expected))]
    body = swapped.routed.gateway.call("GET", f"/accounts/{ACCOUNT_ID}").body
    (row,) = [row for row in body["positions"] if row["symbol"] == BTC_SWAP]
    assert Decimal(row["liquidation_price"]) == position.liquidation_price
    assert Decimal(row["liquidation_distance"]) == pytest.approx(expected)
    assert next(row for row in body["venues"] if row["venue"] == SWAP_VENUE)["margin_ratio"] is not None


def test_swap_when_nearer_to_liquidation_than_the_limit_then_red_entries_denied_and_exits_pass(swapped: Watch) -> None:
    position = swapped.recorded().positions[KEY]
    assert position.liquidation_price is not None
    assert "LIQUIDATION_DISTANCE" not in entry(swapped)
    swapped.price(str((position.liquidation_price * Decimal("1.06")).quantize(Decimal("0.1"))))
    state = swapped.recorded()

    assert state.alert_levels["LIQUIDATION_DISTANCE"].level.value == "red"
    assert state.margin_ratios[SWAP_VENUE] > 0
    assert "LIQUIDATION_DISTANCE" in entry(swapped)
    assert not {"LIQUIDATION_DISTANCE", "MARGIN_RATIO"} & entry(swapped, "sell", "0.2")
    assert replay_account(wiring.deps().store, ACCOUNT_ID).findings == ()


def test_swap_when_its_funding_rate_is_beyond_the_limit_then_told_and_entries_of_that_side_denied(
    swapped: Watch,
) -> None:
    assert swapped.recorded().positions[KEY].funding_rate is None
    assert "FUNDING_RATE" not in entry(swapped)
    swapped.simulator.control.post("funding-rate", symbol="BTCUSDT", rate="0.004")
    state = swapped.recorded()

    assert state.positions[KEY].funding_rate == Decimal("0.004")
    assert state.alert_levels["FUNDING_RATE"].level.value == "red"
    assert "FUNDING_RATE" in entry(swapped)
    assert "FUNDING_RATE" not in entry(swapped, "sell", "0.2")


def test_swap_when_the_venue_does_not_tell_its_rate_then_the_account_is_read_all_the_same(swapped: Watch) -> None:
    swapped.simulator.control.post(
        "faults", kind="error_before_accept", path="/fapi/v1/premiumIndex", method="GET", count=None
    )
    state = swapped.recorded()
    assert state.positions[KEY].funding_rate is None
    assert SWAP_VENUE not in state.venue_health


def test_dollar_when_its_price_leaves_the_peg_then_told_and_its_markets_take_no_entries(gateway: Gateway) -> None:
    gateway.register()
    gateway.refresh_quotes()
    gateway.reading("100000", rates={"USDC": "0.99"})
    assert gateway.check().violated == set()
    gateway.reading("100000", rates={"USDC": "0.9", "DAI": "1", "USD": "1"})
    assert gateway.check().violated == set()

    gateway.reading("100000", rates={"USDC": "1.1", "DAI": "1.1", "USD": "1.1"})
    body = gateway.call("GET", f"/accounts/{ACCOUNT_ID}").body
    assert gateway.check().violated == {"STABLECOIN_DEPEG"}
    (row,) = [row for row in body["limits"] if row["code"] == "STABLECOIN_DEPEG"]
    assert (Decimal(row["value"]), row["level"]) == (Decimal("0.09091"), "red")
