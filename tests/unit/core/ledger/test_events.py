"""The list of events: every one has a public name of its own."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

from riskgate.core.ledger import events
from riskgate.core.ledger.events import EVENT_TYPES, Event

CORE = Path(events.__file__).parents[1]


def test_events_when_listed_then_each_has_a_name_of_its_own() -> None:
    kinds = get_args(Event.__value__)

    assert len(EVENT_TYPES) == len(kinds) == len(set(kinds))
    assert list(EVENT_TYPES.values()) == list(kinds)


def test_class_when_named_as_an_event_then_the_list_has_it() -> None:
    named = {
        cls.name
        for path in CORE.rglob("*.py")
        for cls in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(cls, ast.ClassDef)
        for item in cls.body
        if isinstance(item, ast.AnnAssign) and ast.unparse(item.target) == "event_name"
    }

    assert named == {kind.__name__ for kind in EVENT_TYPES.values()}


def test_class_when_it_is_an_event_then_its_name_is_the_one_in_the_log() -> None:
    names = {re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in EVENT_TYPES.values()}

    assert names == EVENT_TYPES
