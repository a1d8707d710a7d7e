"""A new stack takes on what a deleted one kept: tables, queues, buckets, secrets, keys; by CloudFormation's import."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from infra.deploy.account import Account
from infra.deploy.profile import Profile
from infra.local.settings import ROOT, LocalError
from infra.template.generate import Tagged, load

#: What CloudFormation knows a resource by when it is imported (the types' `primaryIdentifier`); it is the physical id.
IDENTIFIERS = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::KMS::Key": "KeyId",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SecretsManager::Secret": "Id",
    "AWS::SQS::Queue": "QueueUrl",
}
_SUBSTITUTED = re.compile(r"\$\{([\w:.]+)\}")


def adopt(profile: Profile, account: Account, kept: Sequence[Mapping[str, Any]]) -> list[str]:
    """Make the profile's stack out of what its deleted predecessor kept, and return the types and names of that.

    Raises LocalError: a stack of this name is there, the template has nothing of it any more, or part of it is missing.
    """
    template = reduce_template(kept)
    found = [row for row in kept if row["LogicalResourceId"] in template["Resources"]]
    account.import_resources(
        profile.stack_name,
        template=json.dumps(template),
        parameters=profile.parameters,
        resources=[
            {
                "ResourceType": row["ResourceType"],
                "LogicalResourceId": row["LogicalResourceId"],
                "ResourceIdentifier": {IDENTIFIERS[row["ResourceType"]]: row["PhysicalResourceId"]},
            }
            for row in found
        ],
    )
    return [f"{row['ResourceType']} {row['PhysicalResourceId']}" for row in found]


def reduce_template(kept: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the template with nothing but what is there already: an import may make nothing new."""
    template = to_long_form(load(ROOT / "template.yaml"))
    there = {row["LogicalResourceId"]: row["ResourceType"] for row in kept}
    resources = {
        name: {**resource, "DeletionPolicy": "Retain"}  # an import that fails leaves it as it was
        for name, resource in template["Resources"].items()
        if there.get(name) == resource["Type"] and resource["Type"] in IDENTIFIERS
    }
    if not resources:
        raise LocalError("nothing was kept that the template still has")
    names = {*resources, *template["Parameters"]}
    if missing := {name for name in list_references(resources) if not name.startswith("AWS::")} - names:
        raise LocalError(f"what was kept needs {', '.join(sorted(missing))}, which was not kept")
    sections = ("AWSTemplateFormatVersion", "Description", "Parameters")
    return {section: template[section] for section in sections} | {"Resources": resources}


def to_long_form(node: Any) -> Any:
    """Return a template without tags, as JSON writes it."""
    if isinstance(node, Tagged):
        value = to_long_form(node.value)
        if node.tag == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {node.tag if node.tag in {"Ref", "Condition"} else f"Fn::{node.tag}": value}
    if isinstance(node, dict):
        return {key: to_long_form(value) for key, value in node.items()}
    return [to_long_form(item) for item in node] if isinstance(node, list) else node


def list_references(node: Any) -> set[str]:
    """Return the names that a part of a template refers to."""
    if isinstance(node, dict):
        found = set().union(*(list_references(value) for value in node.values()))
        if "Ref" in node:
            found.add(node["Ref"])
        if "Fn::GetAtt" in node:
            found.add(node["Fn::GetAtt"][0])
        if isinstance(text := node.get("Fn::Sub"), str):
            found |= {name.split(".")[0] for name in _SUBSTITUTED.findall(text)}
        return found
    return set().union(*map(list_references, node)) if isinstance(node, list) else set()
