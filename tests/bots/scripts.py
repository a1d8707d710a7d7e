"""Small bots on three libraries, each as a program of its own where its library is not in our environment."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.bots.environments import CCXT_JS, PYTHON_BINANCE, clean_environment, require
from infra.local.bots.places import Place
from infra.local.settings import ROOT
from tests.bots.programs import ccxt_trades

HERE = Path(__file__).parent
TIMEOUT_SECONDS = 300

#: Runs a bot in a market ("spot", "swap") of a place, with a quantity and one that is to be refused; gives its report.
type Script = Callable[[Place, str, str, str], dict[str, Any]]


def run_ccxt_python(place: Place, market: str, quantity: str, too_much: str) -> dict[str, Any]:
    """Run the bot on ccxt in Python."""
    return ccxt_trades.trade(place, market, quantity=quantity, too_much=too_much)


def run_ccxt_js(place: Place, market: str, quantity: str, too_much: str) -> dict[str, Any]:
    """Run the bot on ccxt in JavaScript, beside the packages that it imports."""
    require(CCXT_JS / "node_modules" / "ccxt")
    for source in (HERE / "configs" / "ccxt_js.mjs", HERE / "programs" / "ccxt_trades.mjs"):
        shutil.copyfile(source, CCXT_JS / source.name)
    given = _given(place, market) | {"quantity": float(quantity), "tooMuch": float(too_much)}
    return _run(["node", str(CCXT_JS / "ccxt_trades.mjs")], given)


def run_ccxt_bybit_js(key: str, secret: str, url: str) -> dict[str, Any]:
    """Run ccxt's `bybit` in JavaScript at an exchange."""
    require(CCXT_JS / "node_modules" / "ccxt")
    source = HERE / "programs" / "ccxt_bybit.mjs"
    shutil.copyfile(source, CCXT_JS / source.name)
    return _run(["node", str(CCXT_JS / source.name)], {"key": key, "secret": secret, "url": url})


def run_python_binance(place: Place, market: str, quantity: str, too_much: str) -> dict[str, Any]:
    """Run the bot on python-binance; it is told the price, which its users ask the exchange itself for."""
    path = "/fapi/v1/ticker/price" if market == "swap" else "/api/v3/ticker/price"
    price = httpx.get(place.public + path, params={"symbol": "BTCUSDT"}).json()["price"]
    given = _given(place, market) | {"quantity": quantity, "tooMuch": too_much, "price": price}
    command = [str(require(PYTHON_BINANCE)), str(HERE / "programs" / "python_binance_trades.py")]
    return _run(command, given, PYTHONPATH=str(ROOT))


SCRIPTS: dict[str, Script] = {
    "ccxt_python": run_ccxt_python,
    "ccxt_js": run_ccxt_js,
    "python_binance": run_python_binance,
}


def _given(place: Place, market: str) -> dict[str, Any]:
    return {
        "key": place.key,
        "secret": place.secret,
        "gateway": place.private[market],
        "publicUrls": place.public_urls,
        "market": market,
    }


def _run(command: list[str], given: dict[str, Any], **environment: str) -> dict[str, Any]:
    result = subprocess.run(
        [*command, json.dumps(given)],
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    report: dict[str, Any] = json.loads(result.stdout)
    return report


_STATUS = {"python_binance": ("NEW", "CANCELED", "FILLED")}


def assert_traded(report: dict[str, Any], script: str) -> None:
    """Make sure that a bot's day went as it should: 0.02 bitcoin bought and sold, an order that rested cancelled."""
    resting, cancelled, filled = _STATUS.get(script, ("open", "canceled", "closed"))
    assert report["rested"] == [True, resting, cancelled]
    assert report["bought"] == [filled, 0.02, True]
    assert report["held"] == pytest.approx(0.02, rel=0.002)
    assert report["sold"] == filled
    assert report["left"] == pytest.approx(0, abs=0.0001)
