"""The largest quantity that would pass: what `orders/check` tells a bot beside the decision."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.checks.context import MARKET_STEPS_SINCE, build_context
from riskgate.core.checks.notional import check_minimum
from riskgate.core.checks.result import CheckOutcome, CheckResult
from riskgate.core.checks.scenario_loss import SCENARIOS_MIN, is_var_within, list_known
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import Instrument
from riskgate.core.money import with_risk_context
from riskgate.core.orders.evaluate import Evaluation, Inputs, evaluate
from riskgate.core.replacing import replace

#: Evaluates the order at so many lots.
type _At = Callable[[int], Evaluation]


@with_risk_context
def solve_max_quantity(state: AccountState, inputs: Inputs) -> tuple[Decimal, DenyCode | None]:
    """Return the largest quantity (on the lot grid) that would pass, and the check that binds one step above it.

    Every check but the minimum notional gets stricter with size, so the answer is found by bisection
    over lots, above the smallest quantity the instrument admits; what is linear in the quantity is solved for
    beforehand. 0 with the violated code where even that is denied; the code is None only where the instrument's own
    maximum quantity passes.
    """
    instrument = inputs.market.instrument
    # The duplicate check compares exact quantities and is no bound on size.
    sized = replace(inputs, limits=replace(inputs.limits, duplicate_window_seconds=None))

    def evaluate_at(quantity: Decimal) -> Evaluation:
        order = replace(sized.order, quantity=quantity, quote_quantity=None)
        return evaluate(state, replace(sized, order=order))

    if instrument is None:
        return Decimal(0), evaluate_at(inputs.order.quantity or Decimal(1)).code
    step, least = _grid_of(inputs, instrument)
    known: dict[int, Evaluation] = {}

    def at(lots: int) -> Evaluation:
        if lots not in known:
            known[lots] = evaluate_at(lots * step)
        return known[lots]

    lowest, ceiling = _smallest_lots(state, sized, step, least), int(Decimal(10) ** 15 / step)
    first = at(lowest).code
    if first is not None:
        return Decimal(0), first
    most = _solve_linear(at, lowest, ceiling) if _only_gets_stricter(at(lowest), sized) else None
    is_solved = most is not None and not _may_be_denied(at(lowest), at(most))
    lots, binding = _bisect(at, lowest, ceiling, most, needs_each=not is_solved)
    return lots * step, binding


def _bisect(at: _At, lowest: int, ceiling: int, most: int | None, *, needs_each: bool) -> tuple[int, DenyCode | None]:
    """Return the most lots that pass, found by doubling and halving, and what denies one more.

    Nothing above `most` passes; `needs_each`: what is not above it may be denied as well.
    """

    def passes(lots: int) -> bool:
        if most is not None and lots > most:
            return False
        return not needs_each or at(lots).code is None

    passing = failing = lowest
    while failing <= ceiling and passes(failing):
        passing, failing = failing, failing * 2
    if failing > ceiling:
        return passing, None
    while failing - passing > 1:
        middle = (passing + failing) // 2
        if passes(middle):
            passing = middle
        else:
            failing = middle
    return passing, at(failing).code


def _only_gets_stricter(smallest: Evaluation, inputs: Inputs) -> bool:
    """Tell whether more lots can only be denied by more checks, but for VaR, where the fewest pass.

    Not of an order that shrinks a position first, whose entry may be below a minimum where its exit was not; nor of a
    stop that protects what it was sized for.
    """
    context = smallest.context
    return not (context.is_reducing or context.reducing or inputs.order.type.has_trigger_price)


def _may_recover(smallest: Evaluation) -> bool:
    """Tell whether more lots may lose less in the scenarios that VaR is taken from than fewer do."""
    context = smallest.context
    return context.limits.var_fraction_max is not None and len(list_known(context.report)) >= SCENARIOS_MIN


def _may_be_denied(smallest: Evaluation, largest: Evaluation) -> bool:
    """Tell whether VaR may deny what is in between two quantities at which no other check does."""
    limit = smallest.context.limits.var_fraction_max
    return limit is not None and _may_recover(smallest) and not is_var_within(limit, smallest.context, largest.context)


def _solve_linear(at: _At, lowest: int, ceiling: int) -> int | None:
    """Return the most lots at which no check that only gets stricter denies; None where none bounds them.

    What the checks observe grows in proportion to the quantity, as a rule: two observations tell where each reaches its
    limit. Whether it is so is tried at that number of lots and at one more; elsewhere the search goes on from there.
    """
    exempt = {DenyCode.VAR_LIMIT} if _may_recover(at(lowest)) else set()
    passing, failing, stride = lowest, ceiling, 1
    lots = _extrapolate(at, lowest, exempt)
    while failing - passing > 1:
        if lots is None or lots > ceiling // 2:
            return None
        lots = min(max(lots, passing + 1), failing - 1)
        violated = [result for code, result in at(lots).violations if code not in exempt]
        if violated:
            failing, lots = lots, min([_shrink(lots, result) for result in violated])
            lots = lots if lots < failing else failing - stride
        else:
            passing, lots = lots, lots + stride
        stride *= 2
    return passing


def _extrapolate(at: _At, lowest: int, exempt: set[DenyCode]) -> int | None:
    """Return at how many lots the first check reaches its limit, if all observe what grows in proportion."""
    found = []
    for (code, less), (_, more) in zip(at(lowest).checks, at(2 * lowest).checks, strict=True):
        if code in exempt or less.observed is None or more.observed is None or more.limit is None:
            continue
        growth = more.observed - less.observed
        if growth > 0 and less.outcome is CheckOutcome.PASSED:
            found.append(lowest + int((more.limit - less.observed) / growth * lowest))
    return min(found, default=None)


def _shrink(lots: int, result: CheckResult) -> int:
    """Return how many lots would be at the limit that a violation tells of, if what it observed is in proportion."""
    if not result.observed or not result.limit:
        return lots
    return int((lots * result.limit / result.observed).to_integral_value(ROUND_FLOOR))


def _grid_of(inputs: Inputs, instrument: Instrument) -> tuple[Decimal, Decimal]:
    """Return the lot step and the least quantity of the order: at market a venue may have others."""
    if inputs.rules >= MARKET_STEPS_SINCE and not inputs.order.type.has_limit_price:
        step, least = instrument.market_order_step, instrument.market_order_min
    else:
        step, least = instrument.step_size, instrument.quantity_min
    step = step or Decimal("1e-8")
    return step, max(least or step, step)


def _smallest_lots(state: AccountState, inputs: Inputs, step: Decimal, smallest: Decimal) -> int:
    """Return the fewest lots that meet the least quantity of the grid and the minimum notionals that count."""
    instrument = inputs.market.instrument
    assert instrument is not None  # noqa: S101 the caller checked
    context = build_context(
        replace(inputs.order, quantity=smallest, quote_quantity=None),
        state,
        inputs.limits,
        inputs.market,
        kill_switches=inputs.kill_switches,
        report=inputs.report,
        now=inputs.now,
        rules=inputs.rules,
    )
    if context.price is not None and context.price > 0 and not context.is_reducing:
        unit = context.price * instrument.contract_size
        smallest = max(smallest, (instrument.notional_min or Decimal(0)) / unit)
        if context.rate:
            smallest = max(smallest, (inputs.limits.order_notional_min or Decimal(0)) / (unit * context.rate))
    elif context.is_reducing:
        smallest = max(smallest, _least_exit(smallest, check_minimum(context)))
    return int((smallest / step).to_integral_value(ROUND_CEILING))


def _least_exit(tried: Decimal, minimum: CheckResult) -> Decimal:
    """Return the least quantity that a venue takes of an exit; 0 where it exempts it, or takes what was tried."""
    if minimum.outcome is not CheckOutcome.VIOLATED or not minimum.observed or minimum.limit is None:
        return Decimal(0)
    return minimum.limit / (minimum.observed / tried)
