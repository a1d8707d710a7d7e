"""The pure engine: one order through the whole catalogue, against books of every size, and the codec."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import rfc8785

from riskgate.core.account.document import AccountState
from riskgate.core.checks import CHECKS
from riskgate.core.checks.result import CheckOutcome
from riskgate.core.money import with_risk_context
from riskgate.core.orders.decide import decide_order, prepare
from riskgate.core.orders.evaluate import Inputs, evaluate
from riskgate.core.orders.events import OrderDecided
from riskgate.schemas.codec import decode, encode
from tests.bench.books import LIMITS, build_book, build_order_inputs
from tests.bench.measure import Row, Section, measure_cpu

#: Most open orders that still leave room for one more.
OPEN_ORDERS = (50, 100, 499)
POSITIONS = 50
#: What a floor per check is measured with: as many comparisons of an amount's share with its limit.
BARE_CHECKS = 12


def run() -> list[Section]:
    """Measure the engine and the codec."""
    now = datetime.now(UTC)
    return [_evaluation(now), _codec(now)]


def _evaluation(now: datetime) -> Section:
    inputs = build_order_inputs(now)
    books = {"no open orders, no positions": build_book(now)}
    for count in OPEN_ORDERS:
        books[f"{count} open orders in other markets"] = build_book(now, open_orders=count)
        books[f"{count} open orders in the order's market"] = build_book(now, open_orders=count, in_one_market=True)
    books[f"{POSITIONS} positions"] = build_book(now, positions=POSITIONS)
    books[f"{POSITIONS} positions, 100 open orders"] = build_book(now, open_orders=100, positions=POSITIONS)
    for name, book in books.items():
        evaluation = evaluate(book, inputs)
        if evaluation.code is not None:
            raise RuntimeError(f"the order must pass at {name}: {evaluation.violations}")
    times = measure_cpu(
        {"bare": _bare_checks}
        | {name: partial(evaluate, book, inputs) for name, book in books.items()}
        | {"decide": _decide(next(iter(books.values())), inputs)}
    )
    first = next(iter(books))
    active = sum(
        result.outcome in {CheckOutcome.PASSED, CheckOutcome.VIOLATED}
        for _, result in evaluate(books[f"{POSITIONS} positions"], inputs).checks
    )
    rows = [Row(name=f"evaluate: {first}", value=times[first], unit="µs CPU")]
    rows += [
        Row(name=f"evaluate: {name}", value=times[name], unit="µs CPU", reference_name=first, reference=times[first])
        for name in list(books)[1:]
    ]
    rows += [
        Row(
            name=f"evaluate, per check of {len(CHECKS)}",
            value=times[first] / len(CHECKS),
            unit="µs CPU",
            reference_name="one bare Decimal check",
            reference=times["bare"] / BARE_CHECKS,
        ),
        Row(
            name="settle, mark, evaluate and reserve",
            value=times["decide"],
            unit="µs CPU",
            reference_name="evaluate",
            reference=times[first],
        ),
    ]
    notes = [f"An approved limit buy with a stop: {active} of {len(CHECKS)} checks compare a figure, the rest is off."]
    return Section(name="core", title="Engine", rows=rows, notes=notes)


def _bare_checks() -> bool:
    """Hold a dozen amounts against their limits, as the least that checks can cost."""
    equity, limit = _EQUITY, _LIMIT
    return all([amount / equity <= limit for amount in _AMOUNTS])  # noqa: C419 each is compared, as a catalogue does


_EQUITY, _LIMIT = Decimal("1000000.00"), Decimal("0.10")
_AMOUNTS = [Decimal(f"{1000 + number}.25") for number in range(BARE_CHECKS)]


def _decide(book: AccountState, inputs: Inputs) -> Callable[[], object]:
    event = OrderDecided(
        order=inputs.order, market=inputs.market, kill_switches=inputs.kill_switches, report=inputs.report
    )

    def decide() -> object:
        prepared, _ = prepare(book, LIMITS, [inputs.market.quote], inputs.now)
        return decide_order(prepared, LIMITS, event, inputs.now)

    return with_risk_context(decide)


def _codec(now: datetime) -> Section:
    rows: list[Row] = []
    for count in (0, 100):
        book = build_book(now, open_orders=count, positions=20)
        plain = json.loads(encode(book))
        document = encode(book)
        if rfc8785.dumps(plain) != document:
            raise RuntimeError("the document is not canonical")
        times = measure_cpu(
            {
                "encode": partial(encode, book),
                "encode again": partial(encode, plain),
                "decode": partial(decode, document, AccountState),
                "json.dumps": partial(_dumps, book),
                "json.dumps again": partial(json.dumps, plain, sort_keys=True, separators=(",", ":")),
                "rfc8785": partial(rfc8785.dumps, plain),
                "json.loads": partial(json.loads, document),
            }
        )
        size = f"20 positions, {count} open orders ({len(document) / 1000:.0f} kB)"
        pairs = (
            ("codec.encode of an account", "encode", "json.dumps(sort_keys) of it", "json.dumps"),
            ("codec.encode of plain JSON values", "encode again", "json.dumps(sort_keys)", "json.dumps again"),
            ("codec.encode of plain JSON values", "encode again", "rfc8785.dumps", "rfc8785"),
            ("codec.decode to an account", "decode", "json.loads", "json.loads"),
        )
        rows += [
            Row(
                name=f"{what}, {size}",
                value=times[name],
                unit="µs CPU",
                reference_name=against,
                reference=times[reference],
            )
            for what, name, against, reference in pairs
        ]
    return Section(name="codec", title="Canonical JSON", rows=rows)


def _dumps(book: AccountState) -> str:
    """Encode with the standard library alone: dataclasses to dicts, amounts and instants by a default."""
    value: dict[str, Any] = asdict(book)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
