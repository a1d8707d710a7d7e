"""A new stack takes on what a deleted one kept: the import's template and identifiers."""

import json
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from infra.deploy import adopt as adoption
from infra.deploy.profile import read_profile
from infra.local.settings import ROOT, LocalError
from infra.template.generate import load


def list_kept() -> list[dict[str, Any]]:
    """What a deleted stack of this template leaves behind, as CloudFormation lists it."""
    return [
        {"LogicalResourceId": name, "ResourceType": one["Type"], "PhysicalResourceId": f"physical-{name}"}
        for name, one in load(ROOT / "template.yaml")["Resources"].items()
        if str(one.get("DeletionPolicy", "")).startswith("Retain")
    ]


#: Of the region, not of this stack: the next one finds them in place.
SHARED = {"ApiGatewayLogsRole", "ApiGatewayAccount"}


class Imports:
    """An account that notes what it is to import."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def import_resources(self, stack_name: str, **asked: Any) -> None:
        self.asked = {"stack_name": stack_name, **asked}


def run(kept: list[dict[str, Any]]) -> tuple[Imports, list[str]]:
    account = Imports()
    return account, adoption.adopt(read_profile("dev", []), account, kept)  # type: ignore[arg-type]


def test_adoption_when_everything_was_kept_then_all_of_it_and_nothing_else_is_imported() -> None:
    kept = list_kept()
    account, told = run(kept)
    template = json.loads(account.asked["template"])
    assert account.asked["stack_name"] == "riskgate-dev"
    assert set(template["Resources"]) == {row["LogicalResourceId"] for row in kept} - SHARED
    assert {one["LogicalResourceId"] for one in account.asked["resources"]} == set(template["Resources"])
    # An import needs the attribute, makes nothing, and CloudFormation takes a body of this size without a bucket.
    assert {one["DeletionPolicy"] for one in template["Resources"].values()} == {"Retain"}
    assert not {"Transform", "Outputs", "Conditions"} & template.keys()
    assert len(account.asked["template"]) < 51_200
    assert len(told) == len(kept) - len(SHARED)


def test_adoption_when_the_template_is_reduced_then_properties_are_those_of_the_deployment() -> None:
    whole = adoption.to_long_form(load(ROOT / "template.yaml"))["Resources"]
    reduced = adoption.reduce_template(list_kept())["Resources"]
    assert all(one["Properties"] == whole[name]["Properties"] for name, one in reduced.items())


@pytest.mark.parametrize("kind", adoption.IDENTIFIERS)
def test_identifier_when_a_type_is_imported_then_the_one_of_its_schema(kind: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    assert schema["primaryIdentifier"] == [f"/properties/{adoption.IDENTIFIERS[kind]}"]


def test_types_when_something_is_kept_then_it_can_be_adopted() -> None:
    kinds = {row["ResourceType"] for row in list_kept() if row["LogicalResourceId"] not in SHARED}
    assert kinds == set(adoption.IDENTIFIERS)


def test_adoption_when_the_key_is_gone_then_refused_before_anything_is_made() -> None:
    account = Imports()
    kept = [row for row in list_kept() if row["LogicalResourceId"] != "Key"]
    with pytest.raises(LocalError, match="needs Key, which was not kept"):
        adoption.adopt(read_profile("dev", []), account, kept)  # type: ignore[arg-type]
    assert account.asked == {}


def test_adoption_when_some_are_gone_then_the_rest_is_adopted() -> None:
    kept = [row for row in list_kept() if row["LogicalResourceId"] in {"Key", "AuditTable"}]
    account, told = run(kept)
    assert set(json.loads(account.asked["template"])["Resources"]) == {"Key", "AuditTable"}
    assert told == ["AWS::KMS::Key physical-Key", "AWS::DynamoDB::Table physical-AuditTable"]


def test_adoption_when_nothing_was_kept_then_refused() -> None:
    with pytest.raises(LocalError, match="nothing was kept"):
        run([])
