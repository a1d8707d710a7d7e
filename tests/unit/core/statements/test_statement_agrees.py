"""The statement and the account document are told the same fills: they hold and earn the same, to the last unit."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.ledger.apply import apply_event
from riskgate.core.orders.events import RULES, FillRecorded
from riskgate.core.side import Side
from riskgate.core.statements.coins import Reading, SeenHolding
from riskgate.core.statements.statement import AccountDay, BookedFill, build_statement
from tests.support.builders import (
    ACCOUNT_ID,
    NOW,
    SPOT,
    VENUE,
    build_account,
    build_instrument,
    build_limits,
    build_market,
    build_order,
    build_position,
    build_quote,
)
from tests.support.hypothesis_profiles import QUICK

EURO = "BTC/EUR"
RATES = {"EUR": Decimal("1.25")}
trades = st.tuples(
    st.sampled_from([SPOT, EURO]),
    st.sampled_from(list(Side)),
    st.integers(1, 9_999).map(lambda lots: Decimal(lots) / 1000),
    st.integers(60, 140).map(Decimal),
    st.sampled_from(["trend", "carry"]),
)


@QUICK
@given(st.lists(trades, max_size=12), st.integers(0, 20))
def test_statement_when_coins_move_between_markets_then_it_holds_and_earns_what_the_account_does(
    steps: list[tuple[str, Side, Decimal, Decimal, str]], held: int
) -> None:
    opening = [build_position(held, price=60, strategy="trend")] if held else []
    state = build_account(positions=opening, rates=RATES)
    realized, booked = Decimal(0), []
    for number, (symbol, side, quantity, price, strategy) in enumerate(steps):
        order = build_order(quantity, price, symbol=symbol, side=side, strategy=strategy, client_order_id=f"o{number}")
        instrument = build_instrument(symbol)
        fill = FillRecorded(
            order=order,
            fill_id="f",
            quantity=quantity,
            price=price,
            executed_at=NOW,
            market=build_market(order, instrument=instrument, quote=build_quote(symbol, price)),
            decision_price=price,
            rules=RULES,
        )
        result = apply_event(ACCOUNT_ID, state, build_limits(), fill, NOW)
        assert result.fill is not None
        state, realized = result.state, realized + result.fill.realized_pnl
        booked.append(BookedFill(fill=fill, booked_at=NOW, actor="bot", sequence=number + 1))
    seen = SeenHolding(
        instrument=build_instrument(SPOT), quantity=Decimal(held), average_price=Decimal(60), strategy="trend"
    )
    reading = Reading(at=NOW, held=(seen,), wallets={VENUE: {"BTC": Decimal(held)}}, rates=RATES)
    statement = build_statement(
        NOW.date(), None, booked, {}, 1, account=AccountDay(base_currency="USDT", readings=(reading,))
    )

    ours: dict[str, Decimal] = {}
    earned = Decimal(0)
    for line in statement.lines:
        key = line.instrument.symbol
        ours[key] = ours.get(key, Decimal(0)) + line.pnl.quantity
        earned += line.pnl.realized * RATES.get(line.instrument.settle_currency, Decimal(1))
    assert {key: quantity for key, quantity in ours.items() if quantity} == {
        position.symbol: position.quantity for position in state.positions.values()
    }
    parts: dict[str, Decimal] = {}
    for position in state.positions.values():
        for name, part in (state.position_parts.get(position.key) or {position.strategy: position.quantity}).items():
            parts[name] = parts.get(name, Decimal(0)) + part
    shares = {
        name: sum((line.pnl.quantity for line in statement.lines if line.strategy == name), Decimal(0))
        for name in ("trend", "carry")
    }
    assert {name: share for name, share in shares.items() if share} == parts
    # Costs are kept in units of 1e-8, by strategy.
    if len({strategy for *_, strategy in steps} | ({"trend"} if held else set())) <= 1:
        assert abs(earned - realized) <= Decimal("1e-6") * (len(steps) + 1)
