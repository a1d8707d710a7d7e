"""What is changed goes live: a release publishes every function anew, and old versions go."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import sam
from infra.deploy.profile import COMPUTED, RELEASE, read_parameters, read_profile
from infra.local.settings import ROOT
from infra.template.generate import Dumper, load
from tests.template.reading import Resources

Translate = Callable[..., Resources]


def list_versions(resources: Resources) -> set[str]:
    return {name for name, resource in resources.items() if resource["Type"] == "AWS::Lambda::Version"}


def test_versions_when_the_release_changes_then_all_are_published_and_live(
    translate: Translate, template: dict[str, Any]
) -> None:
    first, second = translate(Release="0a"), translate(Release="0b")
    functions = [name for name, one in template["Resources"].items() if one["Type"] == "AWS::Serverless::Function"]
    assert len(list_versions(first)) == len(functions)
    assert not list_versions(first) & list_versions(second)
    for resources in (first, second):
        named = {
            re.sub(r"\.Version$", "", ".".join(one["Properties"]["FunctionVersion"]["Fn::GetAtt"]))
            for one in resources.values()
            if one["Type"] == "AWS::Lambda::Alias"
        }
        assert named == list_versions(resources)


def test_versions_when_the_release_is_the_same_then_none_is_published(translate: Translate) -> None:
    assert list_versions(translate(Release="0a")) == list_versions(translate(Release="0a", OrderAgeSecondsMax=77))


def test_versions_when_no_alias_names_them_then_deleted(translate: Translate) -> None:
    resources = translate(Release="0a")
    assert {resources[name]["DeletionPolicy"] for name in list_versions(resources)} == {"Delete"}


def find_release(*given: str) -> str:
    [release] = [word.removeprefix(f"{RELEASE}=") for word in read_profile("dev", given).overrides if RELEASE in word]
    return release


def give_another(parameter: dict[str, Any]) -> str:
    """A value that the parameter takes and does not have now, whatever its kind."""
    default = str(parameter["Default"])
    choices = [str(choice) for choice in parameter.get("AllowedValues", []) if str(choice) != default]
    tried = [*choices, "23", "other", "https://other.example"]
    return next(value for value in tried if re.fullmatch(parameter.get("AllowedPattern", ".*"), value))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in {"OrderAgeSecondsMax", "Architecture"} else pytest.mark.long)
        for name in read_parameters()
        if name not in COMPUTED
    ],
)
def test_versions_when_a_parameter_changes_then_every_function_is_published(
    name: str, translate: Translate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sam, "SOURCES", ("template.yaml",))
    given = give_another(read_parameters()[name])
    before = {"Stage": "dev", "LogRetentionDays": "14"}
    first = translate(Release=find_release(), **before)
    second = translate(Release=find_release(f"{name}={given}"), **before | {name: given})
    assert list_versions(first)
    assert not list_versions(first) & list_versions(second)


def change(function: dict[str, Any], what: str) -> None:
    """Change one thing of a function, as an edit of the template would."""
    properties = function["Properties"]
    if what == "Layers":
        properties[what] = [*properties[what], "arn:aws:lambda:us-east-1:123456789012:layer:other:1"]
    elif what == "Environment":
        properties[what]["Variables"]["POWERTOOLS_LOG_LEVEL"] = "DEBUG"
    else:
        properties[what] = {"Timeout": 29, "MemorySize": 2048, "Handler": "app.other", "Tracing": "PassThrough"}[what]


@pytest.mark.parametrize(
    "what",
    [
        "Timeout",
        *(
            pytest.param(what, marks=pytest.mark.long)
            for what in ("MemorySize", "Layers", "Environment", "Handler", "Tracing")
        ),
    ],
)
def test_versions_when_a_functions_own_property_changes_then_every_function_is_published(
    what: str, translate: Translate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sam, "SOURCES", ("template.yaml",))
    before = translate(Release=find_release())
    template = load(ROOT / "template.yaml")
    change(template["Resources"]["OrderApiFunction"], what)
    (tmp_path / "template.yaml").write_text(yaml.dump(template, Dumper=Dumper), encoding="utf-8")
    monkeypatch.setattr(sam, "ROOT", tmp_path)
    assert not list_versions(before) & list_versions(translate(Release=find_release()))


@pytest.mark.parametrize("source", ["functions/order_api/app.py", "layers/shared/riskgate/core/codes.py"])
def test_versions_when_a_source_or_a_layer_changes_then_every_function_is_published(
    source: str, translate: Translate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for text in ("before", "after"):
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / source).write_text(text, encoding="utf-8")
        monkeypatch.setattr(sam, "SOURCES", (source.partition("/")[0],))
        monkeypatch.setattr(sam, "ROOT", tmp_path)
        found.append(list_versions(translate(Release=find_release())))
    assert not found[0] & found[1]


def test_versions_when_only_a_parameter_changes_by_hand_then_that_is_why_there_is_a_release(
    translate: Translate,
) -> None:
    """What SAM does by itself: nothing goes live."""
    assert list_versions(translate(ThrottleRate=1)) == list_versions(translate(ThrottleRate=2))
