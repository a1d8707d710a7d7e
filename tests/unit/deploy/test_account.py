"""What `make deploy` makes of an account's limits."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from infra import sam
from infra.deploy.__main__ import require_newer
from infra.deploy.account import Account
from infra.local.settings import LocalError
from riskgate import ENGINE_VERSION
from riskgate.core.orders.events import RULES


class Answers(Account):
    """An account whose services answer what a test says."""

    def __init__(self, *, limit: int = 1000, unreserved: int = 1000, parameters: dict[str, str] | None = None) -> None:
        super().__init__("us-east-1")
        self._limits = {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": unreserved}
        self._parameters = parameters

    def _client(self, service: str) -> Any:
        client = super()._client(service)
        stub = Stubber(client)
        if service == "lambda":
            stub.add_response("get_account_settings", {"AccountLimit": self._limits})
        elif self._parameters is None:
            stub.add_client_error("describe_stacks", "ValidationError", "does not exist")
        else:
            rows = [{"ParameterKey": name, "ParameterValue": value} for name, value in self._parameters.items()]
            stack = {"StackName": "s", "CreationTime": "2026-11-30", "StackStatus": "UPDATE_COMPLETE"}
            stub.add_response("describe_stacks", {"Stacks": [{**stack, "Parameters": rows}]})
        stub.activate()
        return client


def test_account_when_new_then_it_runs_too_few_functions_and_says_what_to_do() -> None:
    with pytest.raises(LocalError, match="runs 10 functions at once, 100 are needed.*Service Quotas"):
        Answers(limit=10).require_concurrency()
    Answers(limit=100).require_concurrency()


@pytest.mark.parametrize(
    ("unreserved", "parameters", "can"),
    [
        (1000, None, True),
        (954, None, False),
        (955, None, True),
        (145, {"ReserveConcurrency": "true"}, True),  # this stack's own shares are what is missing
        (145, {"ReserveConcurrency": "false"}, False),  # another stack's are
    ],
)
def test_shares_when_the_account_holds_them_then_reserved(
    unreserved: int, parameters: dict[str, str] | None, can: bool
) -> None:
    assert Answers(unreserved=unreserved, parameters=parameters).can_reserve("s", 855) == can


@pytest.mark.parametrize(("parameters", "rules"), [(None, ""), ({}, ""), ({"Rules": "ab"}, "ab")])
def test_rules_when_a_stack_says_its_own_then_they_are_found(parameters: dict[str, str] | None, rules: str) -> None:
    assert Answers(parameters=parameters).find_rules("s") == rules


def test_rules_when_described_then_those_of_the_package_and_their_order() -> None:
    order, digest = sam.parse_rules(sam.describe_rules())
    assert order == (*map(int, ENGINE_VERSION.split(".")), RULES)
    assert digest == sam.hash_rules()
    assert sam.parse_rules("f" * 64) == ((), "f" * 64)


@pytest.mark.parametrize(
    ("deployed", "refused"),
    [
        ("", False),
        ("none", False),
        ("f" * 64, False),
        (f"1.1.0-r5-{'f' * 64}", False),
        (f"1.0.9-r9-{'f' * 64}", False),
        (f"1.1.0-r6-{'f' * 64}", True),
        (f"1.10.0-r5-{'f' * 64}", True),
    ],
)
def test_sources_when_what_is_deployed_is_newer_then_refused(deployed: str, refused: bool) -> None:
    ours = f"1.1.0-r5-{'0' * 64}"
    if not refused:
        require_newer(deployed, ours)
        return
    with pytest.raises(LocalError, match=r"engine 1\.1\.0, rules 5, the stack by the newer .* OLDER_RULES=1"):
        require_newer(deployed, ours)


def test_rules_when_code_that_decides_changes_then_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core, runtime = (tmp_path / "layers/shared/riskgate" / name / "a.py" for name in ("core", "runtime"))
    monkeypatch.setattr(sam, "ROOT", tmp_path)
    for path in (core, runtime):
        path.parent.mkdir(parents=True)
        path.write_text("1", encoding="utf-8")
    for name in sam.RULES:
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
    before = sam.hash_rules()
    runtime.write_text("2", encoding="utf-8")
    assert sam.hash_rules() == before
    core.write_text("2", encoding="utf-8")
    assert sam.hash_rules() != before


class Stubbed(Account):
    """An account of which one service gives the answers of a stub, in order."""

    def __init__(self) -> None:
        super().__init__("us-east-1")
        self.cloudformation = super()._client("cloudformation")
        self.stub = Stubber(self.cloudformation)
        self.stub.activate()

    def _client(self, service: str) -> Any:
        assert service == "cloudformation"
        return self.cloudformation


def summarize(name: str, stack_id: str, day: int) -> dict[str, Any]:
    at = datetime(2026, 11, day, tzinfo=UTC)
    return {
        "StackName": name,
        "StackId": stack_id,
        "StackStatus": "DELETE_COMPLETE",
        "CreationTime": at,
        "DeletionTime": at,
    }


def test_deleted_stack_when_several_had_the_name_then_the_last_one_and_no_other_stacks() -> None:
    account = Stubbed()
    stacks = [summarize("s", "first", 1), summarize("s", "second", 3), summarize("other", "third", 4)]
    asked = {"StackStatusFilter": ["DELETE_COMPLETE"]}
    account.stub.add_response("list_stacks", {"StackSummaries": stacks}, asked)
    assert account.find_deleted("s") == "second"
    account.stub.add_response("list_stacks", {"StackSummaries": stacks}, asked)
    with pytest.raises(LocalError, match="no stack t was deleted"):
        account.find_deleted("t")


def test_left_behind_when_a_stack_was_deleted_then_what_its_deletion_skipped() -> None:
    account = Stubbed()
    event = {"StackId": "id", "StackName": "s", "Timestamp": datetime(2026, 11, 1, tzinfo=UTC)}
    events = [
        {**event, "EventId": str(number), "LogicalResourceId": name, "PhysicalResourceId": at, "ResourceStatus": status}
        for number, (name, at, status) in enumerate(
            [
                ("Kept", "now", "DELETE_SKIPPED"),
                ("Gone", "gone", "DELETE_COMPLETE"),
                ("Kept", "replaced", "DELETE_SKIPPED"),  # by an update, long before
            ]
        )
    ]
    account.stub.add_response("describe_stack_events", {"StackEvents": events}, {"StackName": "id"})
    assert [found["PhysicalResourceId"] for found in account.list_left_behind("id")] == ["now"]


def test_import_when_cloudformation_refuses_then_says_so() -> None:
    account = Stubbed()
    account.stub.add_client_error("create_change_set", "AlreadyExistsException", "Stack s exists")
    with pytest.raises(LocalError, match="did not take on what was kept: .*Stack s exists"):
        account.import_resources("s", template="{}", parameters={}, resources=[])
