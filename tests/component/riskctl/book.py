"""A book of seven coins at the closes of the week in which FTX fell, reported on by both risk jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from functions.stress.app import lambda_handler as stress_job
from functions.var.app import lambda_handler as var_job
from riskgate.runtime.risk import risk_deps
from tests.component.riskctl.conftest import ACCOUNT, VENUE, Gateway
from tests.support.aws import LambdaContext
from tests.support.closes import LAST_DAY, load_closes, read_closes

EQUITY = Decimal(100_000)
#: Long spot, and a short swap against it.
BOOK = {
    "ADA/USDT": "9000",
    "BNB/USDT:USDT": "-20",
    "BTC/USDT": "0.9",
    "ETH/USDT": "7",
    "LINK/USDT": "500",
    "SOL/USDT": "260",
    "XRP/USDT": "9000",
}
JOBS = {"var": var_job, "stress": stress_job}


def take_up(gateway: Gateway) -> None:
    """Give the account the book, with quotes and closes of all it holds."""
    now = datetime.now(UTC)
    for series in load_closes([asset_of(symbol) for symbol in BOOK], now).values():
        risk_deps().closes.put(series)
    instruments = [{"venue": VENUE, "symbol": symbol} | terms_of(symbol) for symbol in BOOK]
    gateway.api.call("PUT", "/market/instruments", {"instruments": instruments})
    gateway.api.call("PUT", "/market/quotes", {"quotes": [quote_of(symbol, now) for symbol in BOOK]})
    positions = [
        {"venue": VENUE, "symbol": symbol, "quantity": quantity}
        | {"average_price": str(close_of(symbol) * Decimal("1.02")), "mark_price": str(close_of(symbol))}
        for symbol, quantity in BOOK.items()
    ]
    spot = {symbol: Decimal(quantity) for symbol, quantity in BOOK.items() if ":" not in symbol}
    cash = EQUITY - sum(quantity * close_of(symbol) for symbol, quantity in spot.items())
    totals = {"USDT": cash} | {asset_of(symbol): quantity for symbol, quantity in spot.items()}
    balances = [{"venue": VENUE, "asset": asset, "total": str(total)} for asset, total in totals.items()]
    body = {"equity": str(EQUITY), "balances": balances, "positions": positions}
    gateway.api.call("POST", f"/accounts/{ACCOUNT}/snapshots", body)


def run_jobs() -> None:
    """Let both jobs report on the account."""
    for job in JOBS.values():
        job({"account_id": ACCOUNT}, LambdaContext())  # type: ignore[arg-type]


def asset_of(symbol: str) -> str:
    """Return the asset a symbol is about."""
    return symbol.partition("/")[0]


def close_of(symbol: str) -> Decimal:
    """Return the last close."""
    return Decimal(str(round(read_closes()[asset_of(symbol)][LAST_DAY], 4)))


def terms_of(symbol: str) -> dict[str, Any]:
    """Return what the instrument is."""
    terms = {"tick_size": "0.0001", "step_size": "0.0001"}
    return terms | ({"market_type": "swap", "contract_size": "1"} if ":" in symbol else {"market_type": "spot"})


def quote_of(symbol: str, now: datetime) -> dict[str, Any]:
    """Return a quote a tenth of a percent wide."""
    close = close_of(symbol)
    sides = {"bid": close * Decimal("0.9995"), "ask": close * Decimal("1.0005"), "last": close}
    return {"venue": VENUE, "symbol": symbol, "at": now} | {name: str(price) for name, price in sides.items()}
