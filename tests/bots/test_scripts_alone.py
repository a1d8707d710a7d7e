"""Small bots trade at the simulated exchange without a gateway: what is believed there is believed behind one."""

from __future__ import annotations

import pytest

from infra.local.bots.places import Place
from tests.bots.scripts import SCRIPTS, assert_traded


@pytest.mark.parametrize("market", ["spot", "swap"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_script_when_at_the_simulated_exchange_then_trades(place_alone: Place, script: str, market: str) -> None:
    place_alone.control.post("accounts", account=place_alone.account, balances={"spot": {"BTC": "0"}})
    report = SCRIPTS[script](place_alone, market, "0.02", "900")
    assert_traded(report, script)
    name, text = report["refused"]
    assert name == {"python_binance": "BinanceAPIException"}.get(
        script, "InsufficientFunds" if market == "spot" else name
    )
    assert "insufficient" in text.lower()
