"""Make a history that fails smaller while it still fails in the same way: fewer actors, faults, steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.history import Report
from tests.simulation.world import Plan

ACTORS = (
    "release",
    "jobs",
    "flattener",
    "mistaken",
    "keyholder",
    "risk",
    "hedger",
    "perpcloser",
    "perpoperator",
    "perpmarket",
    "perp1",
    "perp0",
    "closer",
    "operator",
    "feeder",
    "market",
    "bot2",
    "bot1",
    "bot0",
)
TRIALS_MAX = 120


def shrink(report: Report, run: Callable[[Plan], Report]) -> Report:
    """Return the smallest failing history that leaving things out one by one leads to."""
    trials = 0
    smaller = True
    while smaller and trials < TRIALS_MAX:
        smaller = False
        for plan in _list_smaller(report):
            trials += 1
            found = run(plan)
            if found.code == report.code:
                report, smaller = found, True
                break
            if trials >= TRIALS_MAX:
                break
    return report


def _list_smaller(report: Report) -> Iterator[Plan]:
    plan = report.plan
    if plan.weather != 0.0:
        yield replace(plan, weather=0.0)
    for name in (*ACTORS, *sorted(report.injected, key=lambda kind: -report.injected[kind])):
        if name not in plan.without:
            yield replace(plan, without=plan.without | {name})
    for steps in (1, 2, 3, 4, 6):
        if steps < plan.steps_max:
            yield replace(plan, steps_max=steps)


def command_of(plan: Plan) -> str:
    """Return what runs a history again."""
    told = [f"SEED={plan.seed}"]
    if plan.without:
        told.append(f"WITHOUT={','.join(sorted(plan.without))}")
    if plan.steps_max < Plan(seed=0).steps_max:
        told.append(f"STEPS={plan.steps_max}")
    if plan.weather is not None:
        told.append(f"WEATHER={plan.weather}")
    return f"make sim {' '.join(told)}"
