"""Whatever JSON arrives on a route that writes: an answer of the contract, never a 5xx."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from infra.simulators.telegram.server import SECRET_HEADER
from riskgate.schemas.http.routes import ROUTES
from tests.support.full_bodies import ACCOUNT, BALANCE, BODIES, LARGEST, POSITION, SMALLEST
from tests.support.gateway import BTC, BTC_SWAP, VENUE, Gateway, instrument_of
from tests.support.hypothesis_profiles import examples
from tests.support.phone import WEBHOOK_SECRET

EDGES: list[Any] = [
    LARGEST, SMALLEST, f"-{LARGEST}", f"-{SMALLEST}", "0", 0, 1, -1, "1", "0.1", "50000", 0.1, 1e15, 10**15 - 1,
    "", "x", "a b", "A" * 64, BTC, BTC_SWAP, VENUE, "GTD", "market", "stop", "stop_limit", "sell", "swap",
    "full", "min_variance", "beta", "delta_neutral", "target_pnl", "all", "position", "-0.5", "/exit all", "no:such",
    "2026-03-04T12:00:00Z", "2000-01-01T00:00:00Z", "2099-12-31T23:59:59.999999999Z", True, False, None, [], {},
]  # fmt: skip

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.decimals(allow_nan=False, allow_infinity=False).map(lambda number: f"{number:f}"[:60]),
    st.sampled_from(EDGES),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=10), inner, max_size=4)),
    max_leaves=8,
)

#: Fields that the valid bodies leave out.
OTHER_FIELDS = (
    "extra", "quote_quantity", "trigger_price", "expires_at", "key", "cooldown", "var_confidence", "adverse_price",
    "target_pnl", "scenario",
)  # fmt: skip
NEEDS_CODE = {route.operation_id for route in ROUTES if route.totp}
NEEDS_POSITION = {"postHedge", "postStress", "postExit"}


@st.composite
def bodies(draw: st.DrawFn, valid: dict[str, Any]) -> Any:
    """Return anything, or the valid body with a few fields changed, dropped or added, lists included."""
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    body = dict(valid)
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from([*valid, *OTHER_FIELDS]))
        action = draw(st.integers(0, 2))
        inner = body.get(name)
        if action == 0:
            body.pop(name, None)
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict) and action == 1:
            body[name] = [draw(bodies(inner[0])), *inner[1:]]
        elif isinstance(inner, dict) and inner and action == 1:
            body[name] = draw(bodies(inner))
        else:
            body[name] = draw(st.sampled_from(EDGES) if action == 1 else VALUES)
    return body


def test_routes_when_they_read_a_body_then_all_are_tried() -> None:
    assert BODIES.keys() == {route.operation_id for route in ROUTES if route.body_max_bytes}


@pytest.mark.usefixtures("phone")
@pytest.mark.parametrize("operation", BODIES)
@examples(30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_route_when_anything_arrives_then_no_5xx(gateway: Gateway, operation: str, data: st.DataObject) -> None:
    method, path, valid = BODIES[operation]
    if "/orders/open" in path and gateway.on_order("GET", "open").status == 404:
        gateway.approved(client_order_id="open")
    if operation in NEEDS_POSITION:
        gateway.snapshot("100000", positions=[POSITION])
    headers = gateway.next_totp() if operation in NEEDS_CODE else {SECRET_HEADER: WEBHOOK_SECRET}
    answer = gateway.call(method, path, data.draw(bodies(valid)), headers=headers)
    assert answer.status < 500, answer.text


AMOUNTS = st.sampled_from([LARGEST, SMALLEST, "1", "0.1", "50000", "123456789012345.678901234567", "0.00001"])
SIGNED = st.one_of(AMOUNTS, AMOUNTS.map("-{}".format), st.just("0"))


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    """Return one valid request whose amounts are as extreme as the notation allows."""
    number = draw(st.integers(0, 10**9))
    side = draw(st.sampled_from(["buy", "sell"]))
    symbol = draw(st.sampled_from([BTC, BTC_SWAP]))
    kinds = [
        "order",
        "check",
        "fill",
        "quote",
        "snapshot",
        "transfer",
        "instrument",
        "patch",
        "hedge",
        "stress",
        "exit",
    ]
    kind = draw(st.sampled_from(kinds))
    order = {"client_order_id": f"o-{number}", "symbol": symbol, "venue": VENUE, "strategy": "trend", "side": side}
    order |= {"type": "limit", "quantity": draw(AMOUNTS), "price": draw(AMOUNTS), "stop_loss_price": draw(AMOUNTS)}
    bid, ask = sorted((draw(AMOUNTS), draw(AMOUNTS)), key=float)
    quote = {"venue": VENUE, "symbol": symbol, "at": "2026-03-04T12:00:00Z", "bid": bid, "ask": ask}
    fill = {"fill_id": f"f-{number}", "quantity": draw(AMOUNTS), "price": draw(AMOUNTS), "fee": draw(AMOUNTS)}
    position = {"venue": VENUE, "symbol": symbol, "quantity": draw(AMOUNTS), "average_price": draw(AMOUNTS)}
    held = {"equity": draw(SIGNED), "positions": [position], "balances": [BALANCE | {"total": draw(SIGNED)}]}
    transfer = {"transfer_id": f"t-{number}", "kind": draw(st.sampled_from(["deposit", "withdrawal"]))}
    markets = [
        {"venue": VENUE, "symbol": name} for name in draw(st.lists(st.sampled_from([BTC, BTC_SWAP]), unique=True))
    ]
    goal = {"mode": "target_pnl", "adverse_price": draw(AMOUNTS), "target_pnl": draw(SIGNED)}
    goal = draw(st.sampled_from([goal, {"mode": "full"}, {"mode": "partial", "fraction": SMALLEST}]))
    hedge = {"hedge_id": f"h-{number}", "position": {"venue": VENUE, "symbol": symbol}, "instruments": markets} | goal
    leaving = {
        "exit_id": f"e-{number}",
        "reason": "r",
        "scope": "all",
        "fraction": draw(st.sampled_from(["1", SMALLEST])),
    }
    instrument = instrument_of(symbol, tick_size=draw(AMOUNTS), step_size=draw(AMOUNTS), notional_min="0")
    return {
        "order": ("POST", f"{ACCOUNT}/orders", order),
        "check": ("POST", f"{ACCOUNT}/orders/check", order),
        "fill": ("POST", f"{ACCOUNT}/orders/open/fills", fill | {"executed_at": "2026-03-04T12:00:00Z"}),
        "quote": ("PUT", "/market/quotes", {"quotes": [quote | {"volume_24h": LARGEST}]}),
        "snapshot": ("POST", f"{ACCOUNT}/snapshots", held | {"rates": {"BTC": draw(AMOUNTS)}}),
        "transfer": ("POST", f"{ACCOUNT}/transfers", transfer | {"amount": draw(AMOUNTS)}),
        "instrument": ("PUT", "/market/instruments", {"instruments": [instrument]}),
        "hedge": ("POST", f"{ACCOUNT}/hedges", hedge | {"execute": draw(st.booleans())}),
        "stress": ("POST", f"{ACCOUNT}/stress", {"default_shock": draw(st.sampled_from(["-1", "100", SMALLEST]))}),
        "exit": ("POST", f"{ACCOUNT}/exits", leaving),
        "patch": ("PATCH", f"{ACCOUNT}/orders/open", {"quantity": draw(AMOUNTS), "price": draw(AMOUNTS)}),
    }[kind]


@examples(12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=st.lists(steps(), min_size=4, max_size=12))
def test_history_when_its_amounts_are_extreme_then_no_5xx_and_the_account_can_be_read(
    gateway: Gateway, history: list[tuple[str, str, dict[str, Any]]]
) -> None:
    if gateway.on_order("GET", "open").status == 404:
        gateway.approved(client_order_id="open")
        off = dict.fromkeys(("order_rate_max", "daily_trades_max", "price_collar_fraction_max"))
        gateway.limits(
            order_notional_fraction_max=None,
            position_size_fraction_max=None,
            gross_exposure_fraction_max=None,
            net_delta_fraction_max=None,
            leverage_max=None,
            risk_per_trade_fraction_max=None,
            open_risk_fraction_max=None,
            balance_required=False,
            daily_loss_fraction_max=None,
            weekly_drawdown_fraction_max=None,
            drawdown_fraction_max=None,
            asset_fraction_max=None,
            sector_fraction_max=None,
            strategy_fraction_max=None,
            var_fraction_max=None,
            stress_loss_fraction_max=None,
            volume_fraction_max=None,
            correlation_max=None,
            **off,
        )
    for method, path, body in history:
        headers = gateway.next_totp() if path.endswith(("/exits", "/transfers")) else None
        answer = gateway.call(method, path, body, headers=headers)
        assert answer.status < 500, (method, path, body, answer.text)
        assert gateway.call("GET", ACCOUNT).status == 200
