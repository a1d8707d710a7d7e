"""README and operations reference against the code: nothing is left out, nothing is named that does not exist."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
import typer.main
from samtranslator.yaml_helper import yaml_parse

from infra.riskctl.cli import app
from riskgate.schemas.http.routes import ROUTES

ROOT = Path(__file__).parents[2]
README, OPERATIONS = ROOT / "README.md", ROOT / "infra" / "operations.md"
DOCUMENTS = (README, *sorted((ROOT / "infra").rglob("*.md")))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
#: A metric is published by its literal name, or by a variable that holds one of the names in the same module.
PUBLISHED = re.compile(r'(?:add_metric\(\s*name=|add_venue_metric\(\s*)"([A-Z]\w+)"')
BY_VARIABLE = re.compile(r"add_metric\(\s*name=[a-z]")
NAME = re.compile(r'"([A-Z][a-z]+[A-Z]\w+)"')


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def section(path: Path, title: str) -> str:
    """Return what stands below a heading, up to the next of its rank."""
    return re.split(r"^## ", read(path).split(f"\n## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


@cache
def read_template(path: str) -> dict[str, dict[str, object]]:
    return json.loads(json.dumps(yaml_parse(read(ROOT / path)), default=str))


def list_anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", read(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def list_commands() -> set[str]:
    """Return every command of riskctl: ``kill on``."""
    found = set()
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
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


def test_readme_when_it_lists_the_routes_then_exactly_those_there_are() -> None:
    listed = {span for span in list_table_spans(README, "API", 1) if re.match(r"[A-Z]+ ", span)}
    assert listed == {f"{route.method} {route.path}".replace("/accounts/{account_id}", "…") for route in ROUTES}


def test_readme_when_it_lists_scopes_then_those_of_the_routes() -> None:
    rows = [line.split(" | ") for line in section(README, "API").splitlines() if re.match(r"\| `[A-Z]+ ", line)]
    listed = {}
    for cells in rows:
        routes, scopes = cells[0].removeprefix("| ").split(" · "), cells[1].split(" · ")
        assert len(scopes) in {1, len(routes)}, cells
        listed |= dict(zip(routes, scopes * (1 if len(scopes) > 1 else len(routes)), strict=True))
    for route in ROUTES:
        said = listed[f"`{route.method} {route.path}`".replace("/accounts/{account_id}", "…")]
        wanted = route.scope.value if route.scope else "secret header" if route.secret_header else "open"
        assert said == wanted + (" ⚿" if route.totp else ""), route


def test_readme_when_it_lists_the_commands_then_exactly_those_there_are() -> None:
    listed: set[str] = set()
    for span in list_table_spans(README, "Operators' commands", 1):
        words = re.sub(r"\\\|", "|", span).split()
        names = [word for word in words[1:] if re.fullmatch(r"[a-z|-]+", word)]
        listed |= {" ".join((*names[:-1], last)) for last in names[-1].split("|")}
    assert listed == list_commands()


def test_operations_when_it_lists_the_metrics_then_exactly_those_published() -> None:
    published = set()
    for path in (path for folder in ("layers/shared", "functions") for path in (ROOT / folder).rglob("*.py")):
        published |= set(PUBLISHED.findall(read(path)))
        published |= set(NAME.findall(read(path))) if BY_VARIABLE.search(read(path)) else set()
    assert list_table_spans(OPERATIONS, "Metrics", 2) == published


def test_operations_when_it_lists_the_alarms_then_exactly_those_there_are() -> None:
    alarms = read_template("infra/alarms.yaml")["Resources"].values()
    names = [alarm["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${ParentName}-") for alarm in alarms]  # type: ignore[index]
    listed = list_table_spans(OPERATIONS, "Alarms", 1)
    assert {span for span in listed if not span.startswith("-")} == {name.split("-")[0] for name in names}
    suffixes = {name[name.index("-") :] for name in names if "-" in name and not name.startswith("Function")}
    assert {span for span in listed if span.startswith("-")} == {*suffixes, "-<function>"}
    metrics = {alarm["Properties"]["MetricName"] for alarm in alarms}  # type: ignore[index]
    assert list_table_spans(OPERATIONS, "Alarms", 2) == metrics


def test_operations_when_it_is_read_then_every_runbook_is_linked() -> None:
    assert set(re.findall(r"\(runbooks/(\w+)\.md\)", read(OPERATIONS))) == {
        path.stem for path in (ROOT / "infra" / "runbooks").glob("*.md")
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
