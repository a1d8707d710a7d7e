"""ccxt's JavaScript drives the simulated exchange that speaks Bybit's protocol, as its Python does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.bots.scripts import run_ccxt_bybit_js
from tests.support.venue import ACCOUNT, KEY, SECRET, running_bybit


def test_ccxt_js_when_at_bybits_protocol_then_trades_in_pages_legs_and_errors() -> None:
    with running_bybit() as simulator:
        report = run_ccxt_bybit_js(KEY, SECRET, simulator.url)

        assert report["changed"] == [True, "js-1", 0.2, 48500]
        assert report["pages"] == [50, 5, 0]
        assert report["filled"] == [True, 0.1, "BTC"]
        assert report["legs"] == {"long": 0.3, "short": 0.2}
        assert report["errors"] == ["InvalidOrder", "InsufficientFunds", "OrderNotFound"]
        books = simulator.account(ACCOUNT)
        assert report["usdt"] == pytest.approx(float(Decimal(books["spot"]["USDT"]["free"])))
        assert {name: row["quantity"] for name, row in books["positions"].items()} == {
            "BTCUSDT:LONG": "0.3",
            "BTCUSDT:SHORT": "-0.2",
        }
