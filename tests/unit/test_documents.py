"""The documents against the code: nothing is left out, nothing is named that does not exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main
from typer._click.exceptions import MissingParameter
from typer.core import TyperGroup

from infra.riskctl.cli import app
from riskgate.schemas.http.routes import ROUTES
from tests.support.published_metrics import list_published
from tests.support.yaml_files import read_yaml
from tests.template.reading import of_type

ROOT = Path(__file__).parents[2]
README, DOCS = ROOT / "README.md", ROOT / "infra" / "docs"
API, RISKCTL, OPERATIONS, DEVELOPING = (DOCS / f"{name}.md" for name in ("api", "riskctl", "operations", "developing"))
RUNBOOKS = ROOT / "infra" / "runbooks"
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "infra").rglob("*.md")))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
#: Where a command begins, within a code span or a line behind the prompt.
COMMAND = re.compile(r"(?:^|(?<=&& )|(?<=then: ))(?:infra/riskctl/)?(riskctl|make)\b(.*)")
#: What stands for a value in a document, and a value it might be.
PLACEHOLDERS = {"<user id>": "4711", "MODE": "full", "<scenario>": "march_2020_crash"}
REST = "…"


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def section(path: Path, title: str) -> str:
    """Return what stands below a heading, up to the next of its rank."""
    return re.split(r"^## ", read(path).split(f"\n## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


@cache
def read_template(path: str) -> dict[str, dict[str, object]]:
    parsed: dict[str, dict[str, object]] = read_yaml(ROOT / path)
    return parsed


def list_anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", read(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def list_written_commands(path: Path) -> Iterator[str]:
    """Yield every command of riskctl and make that a document shows, alternatives (``on|off``) one by one."""
    text = read(path).replace("\\\n", " ")
    shown = [line.lstrip()[2:] for block in BLOCK.findall(text) for line in block.splitlines() if "$ " in line[:5]]
    for span in [*shown, *SPAN.findall(BLOCK.sub("", text))]:
        for part in re.split(r" && ", re.sub(r"\s+# .*", "", span)):
            if (found := COMMAND.match(part)) is not None and found[2]:
                written = re.sub(r"[\[\]]", "", found[2].replace("\\|", "|"))
                for name, value in PLACEHOLDERS.items():
                    written = written.replace(name, value)
                words = shlex.split(re.sub(r"<[^>]*>", "value", written))
                for chosen in product(*(word.split("|") for word in words)):
                    yield shlex.join((found[1], *chosen))


@cache
def read_command_tree() -> Any:
    return typer.main.get_command(app)


def parse_riskctl(words: list[str]) -> None:
    """Parse a command line against the real commands; one that only names a command needs no arguments."""
    command = read_command_tree()
    context, named = typer.Context(command, info_name="riskctl"), False
    while isinstance(command, TyperGroup):
        _, words, _ = command.make_parser(context).parse_args(list(words))
        assert words, f"{context.command_path} alone does nothing"
        assert words[0] in command.commands, f"there is no {context.command_path} {words[0]}"
        command = command.commands[words[0]]
        context, words = typer.Context(command, info_name=words[0], parent=context), words[1:]
        named = not words
    if REST in words:
        named, words = True, [word for word in words if word != REST]
    try:
        command.parse_args(context, list(words))
    except MissingParameter:
        if not named:
            raise


@cache
def list_targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9]+):", read(ROOT / "Makefile"), flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("path", "command"),
    [
        pytest.param(path, command, id=f"{path.name}: {command}")
        for path in (*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md")), *sorted(RUNBOOKS.glob("*.md")))
        for command in dict.fromkeys(list_written_commands(path))
    ],
)
def test_commands_when_a_document_shows_them_then_they_exist_with_their_options(path: Path, command: str) -> None:
    program, *words = shlex.split(command)
    if program == "riskctl":
        parse_riskctl(words)
    else:
        assert {word for word in words if "=" not in word} <= list_targets(), f"{path.name}: {command}"


def test_commands_when_an_alert_names_them_then_they_exist() -> None:
    named = {
        words
        for path in (ROOT / "layers").rglob("*.py")
        for words in re.findall(r"riskctl ([a-z]+ [a-z]+)", read(path))
    }
    assert {"audit verify", "token revoke"} <= named
    for words in named:
        parse_riskctl(words.split())


def test_rooms_when_the_map_is_read_then_every_folder_of_the_package_is_on_it() -> None:
    package = ROOT / "layers" / "shared" / "riskgate"
    layers = {path.parent.name: {room.parent.name for room in path.parent.glob("*/__init__.py")}
              for path in package.glob("*/__init__.py")}  # fmt: skip
    listed: dict[str, set[str]] = {layer: set() for layer in layers}
    for line in section(DEVELOPING, "The rooms").splitlines():
        if line.startswith("| `"):
            cells = line.strip("| ").split(" | ")
            for layer in cells[-1].split(", "):
                listed[layer] |= set(SPAN.findall(cells[0]))
    assert listed == layers


def list_commands() -> set[str]:
    """Return every command of riskctl: ``kill on``."""
    found = set()
    for name, command in read_command_tree().commands.items():
        below = getattr(command, "commands", None)
        found |= {name} if below is None else {f"{name} {sub}" for sub in below}
    return found


def list_table_spans(path: Path, title: str, column: int) -> set[str]:
    """Return what stands in code marks in one column of a section's tables."""
    rows = [line for line in section(path, title).splitlines() if line.startswith("|")]
    return {span for row in rows for span in SPAN.findall(re.split(r"(?<!\\)\|", row)[column])}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_when_they_lead_within_the_project_then_to_what_there_is(path: Path) -> None:
    for target in LINK.findall(read(path)):
        if target.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        assert found.exists(), target
        assert not anchor or anchor in list_anchors(found), target


def test_api_when_it_lists_the_routes_then_exactly_those_there_are() -> None:
    listed = {span for span in list_table_spans(API, "Routes", 1) if re.match(r"[A-Z]+ ", span)}
    assert listed == {f"{route.method} {route.path}".replace("/accounts/{account_id}", "…") for route in ROUTES}


def test_api_when_it_lists_scopes_then_those_of_the_routes() -> None:
    rows = [line.split(" | ") for line in section(API, "Routes").splitlines() if re.match(r"\| `[A-Z]+ ", line)]
    listed = {}
    for cells in rows:
        routes, scopes = cells[0].removeprefix("| ").split(" · "), cells[1].split(" · ")
        assert len(scopes) in {1, len(routes)}, cells
        listed |= dict(zip(routes, scopes * (1 if len(scopes) > 1 else len(routes)), strict=True))
    for route in ROUTES:
        said = listed[f"`{route.method} {route.path}`".replace("/accounts/{account_id}", "…")]
        own = "secret header" if route.secret_header else "own secrets" if route.proves_itself else "open"
        wanted = route.scope.value if route.scope else own
        assert said == wanted + (" ⚿" if route.totp else ""), route


def test_riskctl_when_it_lists_the_commands_then_exactly_those_there_are() -> None:
    listed: set[str] = set()
    for span in list_table_spans(RISKCTL, "Commands", 1):
        words = re.sub(r"\\\|", "|", span).split()
        names = [word for word in words[1:] if re.fullmatch(r"[a-z|-]+", word)]
        listed |= {" ".join((*names[:-1], last)) for last in names[-1].split("|")}
    assert listed == list_commands()


def test_operations_when_it_lists_the_metrics_then_exactly_those_published() -> None:
    assert list_table_spans(OPERATIONS, "Metrics", 2) == set().union(*list_published().values())


def test_operations_when_it_lists_the_alarms_then_exactly_those_there_are() -> None:
    resources: Any = read_template("infra/alarms.yaml")["Resources"]
    alarms = of_type(resources, "AWS::CloudWatch::Alarm").values()
    names = [alarm["AlarmName"]["Fn::Sub"].removeprefix("${ParentName}-") for alarm in alarms]
    listed = list_table_spans(OPERATIONS, "Alarms", 1)
    assert {span for span in listed if not span.startswith("-")} == {name.split("-")[0] for name in names}
    suffixes = {name[name.index("-") :] for name in names if "-" in name and not name.startswith("Function")}
    assert {span for span in listed if span.startswith("-")} == {*suffixes, "-<function>"}
    # An alarm on an expression is labelled by the metric in it.
    metrics = {alarm["Metrics"][0]["Label"] if "Metrics" in alarm else alarm["MetricName"] for alarm in alarms}
    assert list_table_spans(OPERATIONS, "Alarms", 2) == metrics


def test_operations_when_it_is_read_then_every_runbook_is_linked() -> None:
    assert set(re.findall(r"\(\.\./runbooks/(\w+)\.md\)", read(OPERATIONS))) == {
        path.stem for path in RUNBOOKS.glob("*.md")
    }


def test_operations_when_it_lists_the_parameters_then_exactly_those_of_the_template() -> None:
    assert list_table_spans(OPERATIONS, "Parameters", 1) == set(read_template("template.yaml")["Parameters"])


def test_operations_when_it_lists_functions_and_variables_then_those_of_the_template() -> None:
    resources = read_template("template.yaml")["Resources"].values()
    functions = [one["Properties"] for one in resources if one["Type"] == "AWS::Serverless::Function"]  # type: ignore[index]
    given = {
        name: variables
        for variables in (function["Environment"]["Variables"] for function in functions)
        for name in [variables["POWERTOOLS_SERVICE_NAME"]]
    }
    assert list_table_spans(OPERATIONS, "Functions", 1) == set(given)
    common = {"POWERTOOLS_SERVICE_NAME"}
    assert list_table_spans(OPERATIONS, "Settings of the functions", 1) == {
        name for variables in given.values() for name in variables if name not in common
    }
