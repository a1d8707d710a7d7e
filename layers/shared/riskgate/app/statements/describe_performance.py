"""What an account earned, day by day and by strategy and market: from what is stored, nothing is computed anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from riskgate.app.account.describe_account import pnl_rows
from riskgate.app.ports.jobs import Objects
from riskgate.core.account.document import AccountState, ClosedTrade
from riskgate.core.errors import StateCorrupt
from riskgate.core.money import ZERO, plain, plain_figure, with_risk_context
from riskgate.core.risk.report import VarRecord
from riskgate.core.statements.view import BookView
from riskgate.schemas.http.answers.performance import DayRow, MarketRow, PerformanceAnswer, TradeRow
from riskgate.schemas.texts.statement_csv import PNL_FILE, PnlRecord, read_pnl


class _Statement(NamedTuple):
    day: date
    lines: Sequence[PnlRecord]


@with_risk_context
def performance_body(view: BookView, records: Sequence[VarRecord], objects: Objects, *, days: int) -> PerformanceAnswer:
    """Return what an account earned on each of the last days.

    `records` are the first risk report of each day. Raises Transient: the bucket did not answer; StateCorrupt: a
    statement cannot be read.
    """
    state, today = view.state, view.now.date()
    shown = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    statements = {item.day: item for item in _read_statements(state.account_id, shown[:-1], objects)}
    known = {record.day: record for record in records}
    rows = [_day_row(day, known, statements.get(day), state) for day in shown[:-1]]
    return PerformanceAnswer(
        account_id=state.account_id,
        base_currency=state.base_currency,
        as_of=view.now,
        pnl=pnl_rows(view),
        days=[*rows, _today_row(view, known.get(today))],
        statements=len(statements),
        by_market=_market_rows(statements.values()),
        closed_trades=_trade_rows(state.closed_trades),
    )


def _read_statements(account_id: str, days: Iterable[date], objects: Objects) -> Iterable[_Statement]:
    # Most accounts that have none are told apart by one look.
    if objects.get(f"statements/{account_id}/latest.json") is None:
        return
    for day in days:
        data = objects.get(f"statements/{account_id}/{day.isoformat()}/{PNL_FILE}")
        if data is None:
            continue
        try:
            yield _Statement(day, read_pnl(data))
        except (ValueError, ArithmeticError) as error:
            raise StateCorrupt(f"the statement of {day} cannot be read", code="STATEMENT_UNREADABLE") from error


def _day_row(day: date, known: Mapping[date, VarRecord], statement: _Statement | None, state: AccountState) -> DayRow:
    first, following = known.get(day), known.get(day + timedelta(days=1))
    total = _own(following) - _own(first) if first is not None and following is not None else None
    lines = statement.lines if statement is not None else None
    return DayRow(
        day=day,
        equity=plain_figure(first.equity) if first is not None else None,
        total=plain_figure(total),
        realized=plain_figure(_convert(lines, state, "realized")),
        fees=plain_figure(_convert(lines, state, "fees")),
        funding=plain_figure(_convert(lines, state, "funding")),
        fills=sum(line.fills for line in lines) if lines is not None else None,
    )


def _today_row(view: BookView, first: VarRecord | None) -> DayRow:
    day = view.periods[0]
    return DayRow(
        day=view.now.date(),
        equity=plain_figure(first.equity) if first is not None else None,
        total=plain_figure(day.total),
        realized=plain_figure(day.realized),
        fees=plain_figure(day.fees),
        funding=plain_figure(day.funding),
        fills=None,
    )


def _own(record: VarRecord) -> Decimal:
    """Return equity without what was ever transferred."""
    return record.equity - record.transferred


def _convert(lines: Sequence[PnlRecord] | None, state: AccountState, what: str) -> Decimal | None:
    """Return one figure of a statement's lines in base currency; None where a currency has no rate."""
    if lines is None:
        return None
    total = ZERO
    for line in lines:
        amount: Decimal = getattr(line, what)
        rate = state.rate(line.currency)
        if amount and rate is None:
            return None
        total += amount * (rate or ZERO)
    return total


def _market_rows(statements: Iterable[_Statement]) -> list[MarketRow]:
    found: dict[tuple[str, str, str, str], list[PnlRecord]] = {}
    for statement in statements:
        for line in statement.lines:
            found.setdefault((line.strategy, line.venue, line.symbol, line.currency), []).append(line)
    return [
        MarketRow(
            strategy=strategy,
            venue=venue,
            symbol=symbol,
            currency=currency,
            days=len(lines),
            fills=sum(line.fills for line in lines),
            realized=plain(sum((line.realized for line in lines), ZERO)),
            fees=plain(sum((line.fees for line in lines), ZERO)),
            funding=plain(sum((line.funding for line in lines), ZERO)),
        )
        for (strategy, venue, symbol, currency), lines in sorted(found.items())
    ]


def _trade_rows(trades: Iterable[ClosedTrade]) -> list[TradeRow]:
    found: dict[tuple[str, str], list[ClosedTrade]] = {}
    for trade in trades:
        found.setdefault((trade.strategy, trade.key), []).append(trade)
    return [
        TradeRow(
            strategy=strategy,
            venue=key.partition(":")[0],
            symbol=key.partition(":")[2],
            trades=len(same),
            won=sum(trade.realized_pnl > 0 for trade in same),
            stopped=sum(trade.stopped for trade in same),
            realized=plain(sum((trade.realized_pnl for trade in same), ZERO)),
            since=min(trade.at for trade in same),
        )
        for (strategy, key), same in sorted(found.items())
    ]
