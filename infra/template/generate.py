"""Write ``template.yaml`` and ``infra/alarms.yaml`` from the files of this folder (`make template`).

An entry whose ``Type`` names a pattern of ``patterns.yaml`` becomes what the pattern makes. In a pattern, ``<Word>``
stands for the entry's attribute of that name, ``<Name>`` for its logical id (``<kebab>`` and ``<snake>`` in that case),
``<rest>`` for the attributes that the pattern does not name. As an item of a list, or as a key without a value, it puts
its own items there. ``Defaults`` stand in for attributes left out; what comes out as null goes.
``<Rights>`` are a function's statements on tables, from ``rights.py``. ``<Body>`` is the dashboard of
``infra/cloudwatch``, ``<Query>`` the saved query's file in ``infra/observability/logs-insights``.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.cloudwatch.dashboard import write_body
from infra.template.rights import list_statements

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
QUERIES = ROOT / "infra" / "observability" / "logs-insights"
#: Each file that is written, with its sources.
SOURCES = {
    "template.yaml": ("base", "data", "api", "orders", "front_door", "jobs", "alerts"),
    "infra/alarms.yaml": ("alarms", "dashboard", "queries"),
}
HEADER = "# Written by `make template` from infra/template: edit it there.\n"
PLACEHOLDER = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Tagged:
    """A value under one of CloudFormation's own tags, as in ``!Ref Api``."""

    tag: str
    value: Any


class Loader(yaml.CSafeLoader):
    """Reads a template and keeps its tags."""


class Dumper(yaml.SafeDumper):
    """Writes a template in full, without anchors."""

    def ignore_aliases(self, _data: Any) -> bool:  # noqa: D102 - yaml's own
        return True


def _load_tagged(loader: Loader, tag: str, node: yaml.ScalarNode | yaml.SequenceNode) -> Tagged:
    if isinstance(node, yaml.SequenceNode):
        return Tagged(tag, loader.construct_sequence(node, deep=True))
    return Tagged(tag, node.value)


def _dump_tagged(dumper: Dumper, data: Tagged) -> yaml.Node:
    if isinstance(data.value, list):
        return dumper.represent_sequence(f"!{data.tag}", data.value, flow_style=True)
    return dumper.represent_scalar(f"!{data.tag}", data.value)


Loader.add_multi_constructor("!", _load_tagged)
Dumper.add_representer(Tagged, _dump_tagged)


def load(path: Path) -> dict[str, Any]:
    """Read a template."""
    found: dict[str, Any] = Loader(path.read_text(encoding="utf-8")).get_single_data()
    return found


def render(target: str) -> str:
    """Return the text of one of the files that are written."""
    patterns = load(FOLDER / "patterns.yaml")
    template: dict[str, Any] = {}
    for source in SOURCES[target]:
        for section, content in load(FOLDER / f"{source}.yaml").items():
            if isinstance(content, dict):
                _add(template.setdefault(section, {}), expand(content, patterns))
            else:
                template[section] = content
    return HEADER + yaml.dump(template, Dumper=Dumper, sort_keys=False, width=150, allow_unicode=True)


def expand(node: Any, patterns: dict[str, Any]) -> Any:
    """Put what the patterns make in the place of the entries that use them."""
    if isinstance(node, list):
        return [expand(item, patterns) for item in node]
    if not isinstance(node, dict):
        return node
    expanded: dict[str, Any] = {}
    for key, value in node.items():
        if isinstance(value, dict) and value.get("Type") in patterns:
            _add(expanded, expand(_make(key, value, patterns[value["Type"]]), patterns))
        else:
            _add(expanded, {key: expand(value, patterns)})
    return expanded


def list_alarms() -> list[str]:
    """Return the logical ids of all alarms."""
    return list(expand(load(FOLDER / "alarms.yaml")["Resources"], load(FOLDER / "patterns.yaml")))


def _make(name: str, entry: dict[str, Any], pattern: dict[str, Any]) -> dict[str, Any]:
    body = {key: value for key, value in pattern.items() if key != "Defaults"}
    named = {"Type", *PLACEHOLDER.findall(str(body))}
    rest = {key: value for key, value in entry.items() if key not in named}
    if rest and "rest" not in named:
        raise ValueError(f"{name}: {entry['Type']} has no {sorted(rest)}")
    words = re.findall(r"[A-Z][a-z0-9]*", name)
    given = {"Name": name, "kebab": "-".join(words).lower(), "snake": "_".join(words).lower(), **entry, "rest": rest}
    if "Rights" in named:
        given["Rights"] = list_statements(name, lambda table: Tagged("GetAtt", f"{table}.Arn"))
    if "Body" in named:
        given["Body"] = Tagged("Sub", write_body(list_alarms()))
    if "Query" in named:
        given["Query"] = (QUERIES / f"{given['kebab']}.txt").read_text(encoding="utf-8")
    defaults = {key: _fill(value, given) for key, value in pattern.get("Defaults", {}).items()}
    made: dict[str, Any] = _fill(body, {**defaults, **given})
    return made


def _fill(node: Any, values: dict[str, Any]) -> Any:
    """Put values in the place of their names."""
    if isinstance(node, Tagged):
        return Tagged(node.tag, _fill(node.value, values))
    if isinstance(node, str):
        whole = PLACEHOLDER.fullmatch(node)
        return values[whole[1]] if whole else PLACEHOLDER.sub(lambda found: str(values[found[1]]), node)
    if isinstance(node, list):
        return [part for item in node for part in _items(item, _fill(item, values))]
    if not isinstance(node, dict):
        return node
    filled: dict[str, Any] = {}
    for key, value in node.items():
        name = _fill(key, values)
        if value is None:
            _add(filled, name or {})
        elif (content := _fill(value, values)) is not None:
            _add(filled, {name: content})
    return filled


def _items(item: Any, filled: Any) -> list[Any]:
    return filled if isinstance(item, str) and isinstance(filled, list) else [filled]


def _add(items: dict[str, Any], more: dict[str, Any]) -> None:
    if twice := items.keys() & more.keys():
        raise ValueError(f"written twice: {sorted(twice)}")
    items.update(more)


def main() -> None:
    """Write the files."""
    for target in SOURCES:
        (ROOT / target).write_text(render(target), encoding="utf-8")


if __name__ == "__main__":
    main()
