"""What is stored keeps its fields: a change without a step of its version is found here, and told what to do.

`tests/data/shapes.json` records the fields of every version. With ``RECORD_SHAPES=1`` a version that is not recorded yet
is added; one that is stays as it is.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from riskgate import ENGINE_VERSION
from riskgate.core.orders.events import RULES
from riskgate.schemas.log.audit_entry import AuditEntry
from riskgate.schemas.shape.first_fields import FIRST_FIELDS
from riskgate.schemas.shape.shapes import _strict_decoder
from riskgate.schemas.versions import SCHEMAS, schema_of
from tests.unit.schemas.stored_kinds import KINDS, LOGGED, describe, structs_of

FILE = Path(__file__).parents[2] / "data" / "shapes.json"
ALL = (*KINDS, AuditEntry)
HOW_TO = "infra/docs/developing.md, 'Change a stored document', says how"

type Fields = dict[str, str]


def load() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {"kinds": {}, "engines": {}}


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """Give what is recorded, after today's versions were added where that was asked for."""
    found = load()
    if os.environ.get("RECORD_SHAPES") == "1":
        for kind in ALL:
            found["kinds"].setdefault(kind.__name__, {}).setdefault(str(schema_of(kind).version), describe(kind))
        found["engines"].setdefault(ENGINE_VERSION, {"rules": RULES, "log": schema_of(AuditEntry).version})
        FILE.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return found


def list_changes(before: dict[str, Fields], after: dict[str, Fields]) -> list[str]:
    """Return what differs, field by field."""
    flat = [
        {f"{struct}.{name}": kind for struct, listed in shape.items() for name, kind in listed.items()}
        for shape in (before, after)
    ]
    old, new = flat
    return (
        [f"{name} is gone" for name in sorted(old.keys() - new.keys())]
        + [f"{name} is new" for name in sorted(new.keys() - old.keys())]
        + [
            f"{name} was {old[name]}, is {new[name]}"
            for name in sorted(old.keys() & new.keys())
            if old[name] != new[name]
        ]
    )


def find_problem(kind: type, versions: dict[str, dict[str, Fields]]) -> str:
    """Return what is to be done about a kind's fields; empty where nothing is."""
    schema, today = schema_of(kind), describe(kind)
    known = versions.get(str(schema.version))
    if known is None:
        return (
            f"version {schema.version} of {kind.__name__} is not recorded: RECORD_SHAPES=1 pytest {Path(__file__).name}"
        )
    changes = list_changes(known, today)
    if changes:
        return (
            f"{kind.__name__} has other fields than version {schema.version} is recorded with: {'; '.join(changes)}. "
            f"Step its version in schemas/versions.py, with an upcaster where what is stored cannot be read as it is; {HOW_TO}"
        )
    before = versions.get(str(schema.version - 1))
    return find_missing_step(kind, before, today) if before is not None else ""


def find_missing_step(kind: type, before: dict[str, Fields], today: dict[str, Fields]) -> str:
    """Return what the step from the version before lacks."""
    schema = schema_of(kind)
    lost = [change for change in list_changes(before, today) if not change.endswith("is new")]
    needed = [
        f"{struct}.{name}"
        for struct, listed in today.items()
        for name, hint in listed.items()
        if struct in before and name not in before[struct] and not hint.endswith("?")
    ]
    if (lost or needed) and schema.version - 1 not in schema.upcasters:
        return (
            f"{kind.__name__} reads version {schema.version - 1} wrongly without an upcaster: "
            f"{'; '.join([*lost, *(f'{name} is needed' for name in needed)])}; {HOW_TO}"
        )
    return ""


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_stored_fields_when_they_change_then_the_version_steps(kind: type, recorded: dict[str, Any]) -> None:
    problem = find_problem(kind, recorded["kinds"].get(kind.__name__, {}))
    assert not problem, problem


def test_engine_when_rules_or_the_shape_of_the_log_step_then_it_steps_too(recorded: dict[str, Any]) -> None:
    """Entries name it: one name for two engines would say nothing."""
    decides = {"rules": RULES, "log": schema_of(AuditEntry).version}
    assert recorded["engines"].get(ENGINE_VERSION) == decides, (
        f"engine {ENGINE_VERSION} is recorded with {recorded['engines'].get(ENGINE_VERSION)} and has {decides}: "
        "step ENGINE_VERSION in riskgate/__init__.py and record it with RECORD_SHAPES=1"
    )


def test_structs_when_stored_then_their_first_fields_are_known_by_a_name_of_their_own() -> None:
    structs = {struct for kind in ALL for struct in structs_of(kind)}
    names = [struct.__name__ for struct in structs]
    assert sorted(names) == sorted(set(names)), "two stored structs of one name"
    unlisted = sorted(set(names) - FIRST_FIELDS.keys())
    assert not unlisted, (
        f"give {unlisted} a line in schemas/shape/first_fields.py with the defaults it is first stored with"
    )


def test_versions_when_listed_then_of_kinds_that_are_stored() -> None:
    assert SCHEMAS.keys() <= {kind.__name__ for kind in ALL}
    for schema in SCHEMAS.values():
        assert 1 <= schema.oldest_reader <= schema.version
        assert all(1 <= step < schema.version for step in schema.upcasters)
        assert all(1 < step <= schema.version for step in schema.downcasters)


@pytest.mark.parametrize("kind", [*KINDS, *LOGGED], ids=lambda kind: kind.__name__)
def test_unknown_field_when_in_a_struct_of_any_depth_then_it_can_be_told(kind: type) -> None:
    _strict_decoder(kind)


V1: dict[str, Fields] = {"Stored": {"name": "str", "size": "int"}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "str", "size": "int", "note": "str?"}, "Marker.note is new. Step its version"),
        ({"name": "str"}, "Marker.size is gone. Step its version"),
        ({"name": "str", "size": "Decimal"}, "Marker.size was int, is Decimal. Step its version"),
    ],
)
def test_fields_when_changed_without_a_step_then_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, change: Fields, told: str
) -> None:
    kind = next(kind for kind in KINDS if kind.__name__ == "Marker")
    monkeypatch.setattr(f"{__name__}.describe", lambda _kind: {"Marker": change})
    before = {"1": {"Marker": V1["Stored"]}}
    assert told in find_problem(kind, before)
    monkeypatch.setitem(SCHEMAS, "Marker", type(schema_of(kind))(version=2))  # type: ignore[index]
    assert "version 2 of Marker is not recorded" in find_problem(kind, before)
    stepped = before | {"2": {"Marker": change}}
    missing = "" if change.get("note") else "Marker reads version 1 wrongly without an upcaster"
    assert missing in find_problem(kind, stepped)
    assert bool(missing) == bool(find_problem(kind, stepped))
