"""How a new version of what an order passes takes over: gradually where a parameter says so, and back at an alarm."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.template.reading import Resources, of_type

Translate = Callable[..., Resources]
GRADUAL = "Canary10Percent5Minutes"
#: What an order passes on its way from a bot to the venue.
ORDER_PATH = ("Authorizer", "OrderApi", "Webhooks", "VenueApi", "OrderWorker")


@pytest.fixture(scope="module")
def gradual(translate: Translate) -> Resources:
    return translate(Rollout=GRADUAL, Release="0a")


def test_rollout_when_all_at_once_then_nothing_of_codedeploy_is_there(resources: Resources) -> None:
    assert [name for name, one in resources.items() if one["Type"].startswith("AWS::CodeDeploy")] == []
    assert [name for name, one in resources.items() if "UpdatePolicy" in one] == []


def test_rollout_when_gradual_then_what_an_order_passes_moves_a_part_at_a_time(gradual: Resources) -> None:
    groups = of_type(gradual, "AWS::CodeDeploy::DeploymentGroup")
    assert set(groups) == {f"{name}FunctionDeploymentGroup" for name in ORDER_PATH}
    for name in ORDER_PATH:
        group = groups[f"{name}FunctionDeploymentGroup"]
        assert GRADUAL in json.dumps(group["DeploymentConfigName"])
        assert group["AutoRollbackConfiguration"]["Enabled"] is True
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        policy = gradual[f"{name}FunctionAliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert policy["DeploymentGroupName"] == {"Ref": f"{name}FunctionDeploymentGroup"}


def test_rollout_when_an_alarm_is_named_then_it_exists(gradual: Resources, alarms: dict[str, Any]) -> None:
    """CodeDeploy looks alarms up by name: one that does not exist is never on."""
    existing = {
        alarm["AlarmName"]["Fn::Sub"].replace("${ParentName}", "${AWS::StackName}")
        for alarm in of_type(alarms["Resources"], "AWS::CloudWatch::Alarm").values()
    }
    for group in of_type(gradual, "AWS::CodeDeploy::DeploymentGroup").values():
        named = {alarm["Name"]["Fn::Sub"] for alarm in group["AlarmConfiguration"]["Alarms"]}
        assert named <= existing
        assert any("Errors-" in name or "AuthorizerFailed" in name for name in named)


def test_rollout_when_gradual_then_its_role_moves_these_aliases_and_no_other(gradual: Resources) -> None:
    groups = of_type(gradual, "AWS::CodeDeploy::DeploymentGroup").values()
    assert {json.dumps(group["ServiceRoleArn"]) for group in groups} == {
        json.dumps({"Fn::If": ["RollsOutGradually", {"Fn::GetAtt": ["RolloutRole", "Arn"]}, {"Ref": "AWS::NoValue"}]})
    }
    assert "CodeDeployServiceRole" not in gradual, "AWS's own policy moves any alias of the account"
    [policy] = gradual["RolloutRole"]["Properties"]["Policies"]
    move, look = policy["PolicyDocument"]["Statement"]
    assert look["Action"] == "cloudwatch:DescribeAlarms"
    named = {arn["Fn::Sub"].partition(":function:")[2].removesuffix(":*") for arn in move["Resource"]}
    assert named == {gradual[f"{name}Function"]["Properties"]["FunctionName"]["Fn::Sub"] for name in ORDER_PATH}


def test_rollout_when_it_changes_then_no_function_is_replaced(gradual: Resources, resources: Resources) -> None:
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        after = gradual[name]["Properties"]
        # SAM writes a release into the description.
        assert {key for key in function if function[key] != after[key]} <= {"Description"}
