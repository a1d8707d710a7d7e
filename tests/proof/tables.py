"""Sections of the page of proof that are written from tables of the tests: kinds of bad input, and faults."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from tests.proof.faults import FAULTS, Fault
from tests.proof.sections import table
from tests.support.bad_input.kind import Group
from tests.support.bad_input.table import KINDS, requests_of

type Record = Mapping[str, Any]


def write_bad_input(record: Record | None) -> str:
    """Return how many kinds of bad input there are by group, how they are answered, and what the wire's last run came to."""
    kinds, requests = Counter(kind.group for kind in KINDS), Counter[Group]()
    answers: dict[Group, set[str]] = defaultdict(set)
    for kind in KINDS:
        requests[kind.group] += len(list(requests_of(kind)))
        answers[kind.group].add(str(kind.status))
    total = len(KINDS)
    text = (
        f"**{total} kinds** in [one numbered table](../../tests/support/bad_input), each on every route that it concerns: "
        f"{sum(requests.values()):,} requests. Each goes as an event of API Gateway through the real authorizer and the real function, in "
        "`make test` at a fifth of its routes, in `make full` at all of them (`tests/component/bad_input`). It gets exactly the status and code "
        "of the table, in the shape that [the API's document](../openapi.json) gives it, never a 5xx; without a trace and "
        "without more than 64 characters of what was sent; and the tables are as they were, but for a denial that is written down. "
        f"**{total} of {total} hold**: the suite fails on one that does not.\n\n"
    )
    sent, right = (record["sent"], record["as_expected"]) if record else ({}, {})
    rows = [
        (group, kinds[group], f"{requests[group]:,}", ", ".join(sorted(answers[group])), _of(right, sent, group))
        for group in Group
    ]
    text += table(("group", "kinds", "requests", "answered", "as expected over the wire"), rows)
    wire = "Over the wire of the local stack, byte for byte (`tests/e2e/test_bad_input.py`): "
    if record:
        wire += f"{sum(right.values())} of {sum(sent.values())} kinds, each at one route, at {record['measured_at']}."
    else:
        wire += "No run is recorded yet: `make e2e`."
    note = "Beside them, at random: any JSON in any field, and histories of extreme amounts (`tests/component/orders/test_bad_input_fuzz.py`)."
    return f"{text}\n{wire}\n\n{note}\n"


def _of(right: Mapping[str, int], sent: Mapping[str, int], group: Group) -> str:
    return f"{right.get(group, 0)} of {sent[group]}" if group in sent else "—"


def write_faults() -> str:
    """Return each fault with its outcome and the tests that show it."""
    shown = sum(bool(fault.tests) for fault in FAULTS)
    part = sum(bool(fault.aws_only) for fault in FAULTS)
    text = f"**{len(FAULTS)} faults, {shown} shown by a test that is named**, in part by AWS alone: {part}. A test holds that each named one exists.\n\n"
    rows = [(number, fault.name, fault.outcome, _shown(fault)) for number, fault in enumerate(FAULTS, start=1)]
    return text + table(("no.", "what fails", "what happens", "shown by"), rows)


def _shown(fault: Fault) -> str:
    lines = [_link(test) for test in fault.tests]
    if fault.aws_only:
        lines.append(f"AWS only: {fault.aws_only}")
    return "<br>".join(lines)


def _link(test: str) -> str:
    path, *names = test.split("::")
    return f"[{names[-1].removeprefix('test_').replace('_', ' ')}](../../tests/{path})"
