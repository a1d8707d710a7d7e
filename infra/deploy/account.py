"""What an AWS account needs before the gateway can be deployed to it, asked of the account itself."""

import os
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from infra.deploy.profile import CONCURRENCY_MIN, RULES, UNRESERVED_MIN
from infra.local.settings import LocalError

#: An hour, five seconds each: snapshots of functions take long to go.
DELETION_POLLS = 720
_IMPORTING = {"Delay": 5, "MaxAttempts": 240}
LOGS_RESOURCE = "ApiGatewayAccount"
RESERVES = "ReserveConcurrency"
_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"})


class Account:
    """The account and region that the caller's credentials lead to."""

    def __init__(self, region: str | None) -> None:
        # The SDK reads AWS_DEFAULT_REGION alone; functions and people know the other name.
        self._session = boto3.Session(region_name=region or os.environ.get("AWS_REGION"))
        if self._session.region_name is None:
            raise LocalError("no region: set AWS_REGION, or region in samconfig.toml")

    @property
    def region(self) -> str:
        """The region's name."""
        return str(self._session.region_name)

    def describe(self) -> str:
        """Return who deploys where; LocalError without usable credentials."""
        try:
            caller = self._client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise LocalError(f"AWS does not know the caller: {error}") from error
        return f"account {caller['Account']}, {self.region}, as {caller['Arn']}"

    def require_concurrency(self, needed: int = CONCURRENCY_MIN) -> None:
        """Raise LocalError where the account runs too few functions at once."""
        limit = self._get_limits()["ConcurrentExecutions"]
        if limit < needed:
            raise LocalError(
                f"this account runs {limit} functions at once, {needed} are needed: ask for more under"
                " Service Quotas, AWS Lambda, Concurrent executions (a day or two), then deploy again"
            )

    def can_reserve(self, stack_name: str, shares: int) -> bool:
        """Tell whether the account holds a stack's shares of concurrency: it does already, or nobody reserved these."""
        return self._has_parameter(stack_name, RESERVES, "true") or (
            self._get_limits()["UnreservedConcurrentExecutions"] >= shares + UNRESERVED_MIN
        )

    def must_manage_logs(self, stack_name: str) -> bool:
        """Tell whether this stack sets the region's role for API Gateway's logs: nobody else does, or it did before."""
        if self._client("apigateway").get_account().get("cloudwatchRoleArn") is None:
            return True
        try:
            self._client("cloudformation").describe_stack_resource(
                StackName=stack_name, LogicalResourceId=LOGS_RESOURCE
            )
        except ClientError:
            return False
        return True

    def list_retained(self, stack_name: str) -> list[str]:
        """Return what stays when the stack is deleted: type and name of each."""
        template = self._client("cloudformation").get_template(StackName=stack_name, TemplateStage="Processed")
        kept = {
            name
            for name, resource in template["TemplateBody"]["Resources"].items()
            if str(resource.get("DeletionPolicy", "")).startswith("Retain")
        }
        pages = self._client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_name)
        return [
            f"{row['ResourceType']} {row['PhysicalResourceId']}"
            for page in pages
            for row in page["StackResourceSummaries"]
            if row["LogicalResourceId"] in kept
        ]

    def delete(self, stack_name: str) -> None:
        """Delete a stack and wait until it is gone; LocalError when it is not."""
        cloudformation = self._client("cloudformation")
        cloudformation.delete_stack(StackName=stack_name)
        try:
            cloudformation.get_waiter("stack_delete_complete").wait(
                StackName=stack_name, WaiterConfig={"Delay": 5, "MaxAttempts": DELETION_POLLS}
            )
        except WaiterError as error:
            raise LocalError(f"{stack_name} is not deleted: {error}") from error

    def find_rules(self, stack_name: str) -> str:
        """Return what a stack's code decides and stores by; empty where there is no stack, or it does not say."""
        return self._find_parameters(stack_name).get(RULES, "")

    def find_deleted(self, stack_name: str) -> str:
        """Return the id of the stack of this name that was deleted last; LocalError where CloudFormation knows none."""
        pages = self._client("cloudformation").get_paginator("list_stacks")
        deleted = [
            (stack["CreationTime"], stack["StackId"])  # one of a name is there at a time
            for page in pages.paginate(StackStatusFilter=["DELETE_COMPLETE"])
            for stack in page["StackSummaries"]
            if stack["StackName"] == stack_name
        ]
        if not deleted:
            raise LocalError(f"no stack {stack_name} was deleted in the last 90 days: give its id, or import by hand")
        return str(max(deleted)[1])

    def list_left_behind(self, stack_id: str) -> list[dict[str, Any]]:
        """Return what a deleted stack kept, as its events tell: the last word on each resource."""
        pages = self._client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack_id)
        kept: dict[str, dict[str, Any]] = {}
        for event in (event for page in pages for event in page["StackEvents"]):  # the newest first
            if event.get("ResourceStatus") == "DELETE_SKIPPED":
                kept.setdefault(event["LogicalResourceId"], event)
        return list(kept.values())

    def import_resources(
        self, stack_name: str, *, template: str, parameters: Mapping[str, str], resources: list[dict[str, Any]]
    ) -> None:
        """Make a stack of resources that are there, and wait until it has them; LocalError when it has not."""
        cloudformation = self._client("cloudformation")
        named = {"StackName": stack_name, "ChangeSetName": f"adopt-{uuid4().hex[:8]}"}
        try:
            cloudformation.create_change_set(
                **named,
                ChangeSetType="IMPORT",
                TemplateBody=template,
                Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
                ResourcesToImport=resources,
            )
            cloudformation.get_waiter("change_set_create_complete").wait(**named, WaiterConfig=_IMPORTING)
            cloudformation.execute_change_set(**named)
            cloudformation.get_waiter("stack_import_complete").wait(StackName=stack_name, WaiterConfig=_IMPORTING)
        except (ClientError, WaiterError) as error:
            raise LocalError(f"{stack_name} did not take on what was kept: {error}") from error

    def _get_limits(self) -> Any:
        return self._client("lambda").get_account_settings()["AccountLimit"]

    def _has_parameter(self, stack_name: str, name: str, value: str) -> bool:
        return self._find_parameters(stack_name).get(name) == value

    def _find_parameters(self, stack_name: str) -> dict[str, str]:
        try:
            [stack] = self._client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
        except ClientError:
            return {}  # there is none yet
        return {row["ParameterKey"]: row["ParameterValue"] for row in stack.get("Parameters", [])}

    def _client(self, service: str) -> Any:
        return self._session.client(service, config=_CONFIG)  # type: ignore[call-overload]
