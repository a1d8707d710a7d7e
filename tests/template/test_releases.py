"""What is changed goes live: a release publishes every function anew, and old versions go."""

import re
from collections.abc import Callable
from typing import Any

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
