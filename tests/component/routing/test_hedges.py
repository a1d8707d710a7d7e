"""Hedges that the gateway sends itself: spot inventory hedged at the same exchange's swap market."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.aws.lazy import forget
from tests.support.gateway import ACCOUNT_ID, BTC, BTC_SWAP, VENUE, Answer, instant
from tests.support.routed_account import VENUE_SECRET, RoutedAccount

SWAP_VENUE = "binanceusdm"
SWAP_MARKET = {"venue": SWAP_VENUE, "symbol": BTC_SWAP, "fee_fraction": "0.0005"}


@pytest.fixture
def hedger(routed: RoutedAccount) -> RoutedAccount:
    """A routed account with a swap account beside its spot account, which holds half a bitcoin."""
    gateway = routed.gateway
    venues = [
        {"venue": VENUE, "market_type": "spot", "secret_name": VENUE_SECRET},
        {"venue": SWAP_VENUE, "market_type": "swap", "secret_name": VENUE_SECRET},
    ]
    assert gateway.register(totp=True, venues=venues).status == 200
    loose: dict[str, Any] = {
        "risk_per_trade_fraction_max": "1",
        "order_notional_fraction_max": "1",
        "position_size_fraction_max": "1",
    }
    loose |= {"asset_fraction_max": "1", "sector_fraction_max": "1", "open_risk_fraction_max": "1"}
    loose |= {"var_fraction_max": None, "stress_loss_fraction_max": None, "venue_equity_fraction_max": None}
    assert gateway.limits(**loose, gross_exposure_fraction_max="3").status == 200
    rules = {"venue": SWAP_VENUE, "symbol": BTC_SWAP, "market_type": "swap", "tick_size": "0.1", "step_size": "0.001"}
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    gateway.refresh_quotes()
    quote = {"venue": SWAP_VENUE, "symbol": BTC_SWAP, "at": instant(gateway.now), "bid": "49995", "ask": "50005"}
    assert gateway.call("PUT", "/market/quotes", {"quotes": [quote | {"volume_24h": "1000000"}]}).status == 200
    held = {"venue": VENUE, "symbol": BTC, "quantity": "0.5", "average_price": "40000"}
    totals = ((VENUE, "USDT", "45000"), (VENUE, "BTC", "0.5"), (SWAP_VENUE, "USDT", "30000"))
    balances = [{"venue": venue, "asset": asset, "total": total} for venue, asset, total in totals]
    gateway.reading("100000", balances=balances, positions=[held])
    return routed


def hedge(routed: RoutedAccount, **body: Any) -> Answer:
    asked = {"hedge_id": "h1", "mode": "full", "position": {"venue": VENUE, "symbol": BTC}, "execute": True} | body
    return routed.gateway.call("POST", f"/accounts/{ACCOUNT_ID}/hedges", asked)


def test_inventory_when_hedged_by_the_swap_then_sold_short_once_and_the_book_is_neutral(hedger: RoutedAccount) -> None:
    answer = hedge(hedger, instruments=[SWAP_MARKET])
    assert answer.body["status"] == "placed", answer.text
    assert answer.body["plan"]["legs"][0]["route"] is True
    hedge(hedger, instruments=[SWAP_MARKET])
    hedger.work_all()
    hedge(hedger, instruments=[SWAP_MARKET])
    hedger.work_all()
    assert hedger.status("hedge:h1:1") == "filled"
    positions = hedger.state().positions
    assert sum(p.quantity for p in positions.values()) == 0
    sold = [order for order in hedger.simulator.orders() if order["market"] == "swap"]
    assert [(order["side"], order["executed"]) for order in sold] == [("SELL", "0.5")]


def test_inventory_when_sold_then_gone(hedger: RoutedAccount) -> None:
    assert hedge(hedger, mode="partial", fraction="0.5").body["status"] == "placed"
    hedger.work_all()
    (position,) = hedger.state().positions.values()
    assert position.quantity == Decimal("0.25")


def test_queue_when_it_did_not_take_the_order_then_a_retry_hands_it_over_once(
    hedger: RoutedAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setenv("ORDER_QUEUE_URL", "http://127.0.0.1:9/none.fifo")
        forget()
        assert hedge(hedger).status == 503
    forget()
    assert hedge(hedger).body["status"] == "placed"
    hedger.work_all()
    assert hedger.status("hedge:h1:1") == "filled"
    assert len(hedger.venue_orders("hedge:h1:1")) == 1
