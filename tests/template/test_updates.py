"""A stack of the version before can be updated in place: nothing that keeps data, or that others know by its address, is
replaced.

`stack_before.json` holds what the version before made of that: type, and every property whose change makes another
resource (`createOnlyProperties` of the resource's schema). `RECORD_STACK=1` writes it anew, at a release, never to make
the test pass.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.template.reading import Resources

BEFORE = Path(__file__).with_name("stack_before.json")
#: What keeps data or is known by its address, with what the schemas do not name: a key cannot become another kind of
#: key, and a secret whose generator changes is generated anew.
KEPT: dict[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("LocalSecondaryIndexes",),
    "AWS::S3::Bucket": ("ObjectLockEnabled",),
    "AWS::SQS::Queue": (),
    "AWS::SecretsManager::Secret": ("SecretString", "GenerateSecretString"),
    "AWS::KMS::Key": ("KeySpec", "KeyUsage", "MultiRegion", "Origin"),
    "AWS::SNS::Topic": (),
    "AWS::Logs::LogGroup": (),
    "AWS::Lambda::Function": (),
    "AWS::ApiGateway::RestApi": ("EndpointConfiguration",),
    "AWS::ApiGatewayV2::Api": (),
}


def list_replacing(kind: str) -> set[str]:
    """The properties of a type whose change makes another resource."""
    # A second to load, for this one test.
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # noqa: PLC0415

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    paths = [*schema.get("createOnlyProperties", []), *schema.get("conditionalCreateOnlyProperties", [])]
    return {path.split("/")[2] for path in paths} | set(KEPT[kind])


def reduce_to_identity(resources: Resources) -> dict[str, Any]:
    """What a change of would make another resource, by logical id."""
    found = {}
    for name, resource in resources.items():
        if (kind := resource["Type"]) in KEPT:
            fixed = list_replacing(kind) & resource["Properties"].keys()
            found[name] = {"Type": kind} | {key: resource["Properties"][key] for key in sorted(fixed)}
    return found


@pytest.fixture(scope="module")
def before(resources: Resources) -> dict[str, Any]:
    if os.environ.get("RECORD_STACK"):
        BEFORE.write_text(json.dumps(reduce_to_identity(resources), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    found: dict[str, Any] = json.loads(BEFORE.read_text(encoding="utf-8"))
    return found


def test_schemas_when_read_then_they_name_what_is_known_to_replace() -> None:
    assert "KeySchema" in list_replacing("AWS::DynamoDB::Table")
    assert {"QueueName", "FifoQueue"} <= list_replacing("AWS::SQS::Queue")
    assert "FunctionName" in list_replacing("AWS::Lambda::Function")


def test_stack_when_updated_then_nothing_that_is_kept_is_replaced(before: dict[str, Any], resources: Resources) -> None:
    now = reduce_to_identity(resources)
    assert {kept["Type"] for kept in before.values()} == set(KEPT)
    changed = {name: (kept, now.get(name)) for name, kept in before.items() if now.get(name) != kept}
    assert changed == {}


def test_stack_when_updated_then_what_is_kept_does_not_hang_on_a_parameter(
    before: dict[str, Any], resources: Resources
) -> None:
    """A condition that turns false removes the resource."""
    assert [name for name in before if "Condition" in resources[name]] == []
