"""Small bots trade at the simulated exchange without a gateway: what is believed there is believed behind one."""

from __future__ import annotations

import pytest

from tests.bots.places import Place
from tests.bots.scripts import SCRIPTS

STATUS = {"ccxt_python": ("open", "canceled", "closed"), "ccxt_js": ("open", "canceled", "closed")}
RAW_STATUS = ("NEW", "CANCELED", "FILLED")


@pytest.mark.parametrize("market", ["spot", "swap"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_script_when_at_the_simulated_exchange_then_trades(place_alone: Place, script: str, market: str) -> None:
    place_alone.control.post("accounts", account=place_alone.account, balances={"spot": {"BTC": "0"}})
    report = SCRIPTS[script](place_alone, market, "0.02", "900")
    resting, cancelled, filled = STATUS.get(script, RAW_STATUS)
    assert report["rested"] == [True, resting, cancelled]
    assert report["bought"] == [filled, 0.02, True]
    assert report["held"] == pytest.approx(0.02, rel=0.002)
    assert report["sold"] == filled
    assert report["left"] == pytest.approx(0, abs=0.0001)
    name, text = report["refused"]
    assert name == {"python_binance": "BinanceAPIException"}.get(
        script, "InsufficientFunds" if market == "spot" else name
    )
    assert "insufficient" in text.lower()
