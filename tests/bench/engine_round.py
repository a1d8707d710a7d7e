"""The pure engine in a process of its own: CPU times as JSON, the counterpart of `nautilus_peer`.

`apply` is what a decision does to an account: settle, mark, run the breakers, evaluate all checks, reserve, note levels.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from riskgate.core.account.document import AccountState
from riskgate.core.checks import correlation
from riskgate.core.checks.context import build_context
from riskgate.core.ledger.apply import apply_event
from riskgate.core.money import with_risk_context
from riskgate.core.orders.evaluate import Inputs, evaluate
from riskgate.core.orders.events import RULES, OrderDecided
from tests.bench.books import LIMITS, build_book, build_order_inputs
from tests.bench.gate_figures import build_gate_figures
from tests.bench.measure import measure_cpu
from tests.support.builders import ACCOUNT_ID, MINUTE, build_quote

#: Rounds within the process; it tells their median.
ROUNDS = 5
ASSETS, HELD, WORKING = 100, 20, 20
#: Most that leave room for one more.
POSITIONS_MOST, WORKING_MOST = 199, 499
MOVED = Decimal("100.5")


def main() -> None:
    """Measure and print one object: name to microseconds, and how many checks there are."""
    now = datetime.now(UTC)
    functions: dict[str, Callable[[], object]] = {}
    empty = build_book(now)
    figures = build_gate_figures(empty, ASSETS, now)
    inputs = build_order_inputs(now, empty)
    checks = len(evaluate(empty, inputs).checks)
    functions["evaluate"] = partial(evaluate, empty, inputs)
    functions["apply"] = _apply(empty, inputs)
    functions["apply, figures"] = _apply(empty, build_order_inputs(now, empty, figures))
    for name, book in (
        ("1 position", build_book(now, positions=1)),
        ("positions", build_book(now, positions=POSITIONS_MOST)),
        ("marks", build_book(now, positions=POSITIONS_MOST, marked_at=now - MINUTE)),
        ("orders", build_book(now, open_orders=WORKING_MOST, in_one_market=True)),
    ):
        functions[f"apply, {name}"] = _apply(book, build_order_inputs(now, book), moves=name == "marks")
    functions |= _shares(now)
    sys.stdout.write(json.dumps({"checks": checks, "times": measure_cpu(functions, rounds=ROUNDS)}))


def _apply(book: AccountState, inputs: Inputs, *, moves: bool = False) -> Callable[[], object]:
    """Return the decision on one order, with a newer price of every other market that is held where the market moves."""
    marks = (build_quote(held.symbol, MOVED, at=inputs.now) for held in book.positions.values()) if moves else ()
    event = OrderDecided(
        order=inputs.order,
        market=inputs.market,
        kill_switches=inputs.kill_switches,
        report=inputs.report,
        marks=tuple(marks),
        rules=RULES,
    )
    apply = partial(apply_event, ACCOUNT_ID, book, LIMITS, event, inputs.now)
    result = apply()
    if not result.decisions[0].approved:
        raise RuntimeError(f"the order must pass: {result.decisions[0].evaluation.violations}")
    if moves and any(held.mark_price != MOVED for held in result.state.positions.values()):
        raise RuntimeError("the marks must move")
    return apply


def _shares(now: datetime) -> dict[str, Callable[[], object]]:
    """Return evaluate on a book of real assets, and two parts of it alone."""
    book = build_book(now, open_orders=WORKING, positions=HELD)
    inputs = build_order_inputs(now, book, build_gate_figures(book, ASSETS, now))
    build = with_risk_context(
        partial(
            build_context,
            inputs.order,
            book,
            inputs.limits,
            inputs.market,
            kill_switches=inputs.kill_switches,
            report=inputs.report,
            now=inputs.now,
            rules=inputs.rules,
        )
    )
    check = with_risk_context(correlation.check)
    context = build()
    if check(context).observed is None:
        raise RuntimeError("the correlation must be compared")
    return {
        "evaluate, figures": partial(evaluate, book, inputs),
        "context": build,
        "correlation": partial(check, context),
    }


if __name__ == "__main__":
    main()
