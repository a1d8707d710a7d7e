"""Small bots trade through the gateway by another address and key."""

from __future__ import annotations

import pytest

from tests.bots.gateways import ON_STACK, BotsGateway
from tests.bots.scripts import SCRIPTS, assert_traded

SYMBOLS = {"spot": "BTC/USDT", "swap": "BTC/USDT:USDT"}


@pytest.mark.parametrize("bots_gateway", [ON_STACK], indirect=True)
@pytest.mark.parametrize("market", ["spot", "swap"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_script_when_behind_the_gateway_then_trades_and_survives_a_denial(
    bots_gateway: BotsGateway, script: str, market: str
) -> None:
    gateway, place = bots_gateway, bots_gateway.place("script")
    report = SCRIPTS[script](place, market, "0.02", "0.4")
    assert_traded(report, script)
    name, text = report["refused"]
    assert name == {"python_binance": "BinanceAPIException"}.get(script, "InvalidOrder")
    assert "-2010" in text
    assert "Risk gateway: NOTIONAL_ABOVE_MAXIMUM: the order's value over equity 22.9" in text
    # The gateway decided on all of it, and its books are the exchange's.
    assert gateway.outcomes(place) == ["approved", "approved", "denied", "approved"]
    gateway.settle_flat(SYMBOLS[market])
