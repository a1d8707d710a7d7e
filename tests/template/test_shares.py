"""What each part may take of what all share: concurrency of the account, requests of an address."""

from typing import Any

import pytest

from infra.deploy.profile import CONCURRENCY_MIN, UNRESERVED_MIN, add_up_shares, read_profile
from infra.local.settings import LocalError
from tests.template.reading import Resources, of_type

#: What AWS gives an account by default (Lambda quotas).
USUAL_LIMIT = 1000
#: The most that a queue's mapping takes (Lambda, "Configuring maximum concurrency for Amazon SQS event sources").
SQS_CONCURRENCY_MAX = 1000
#: Of a tick, or of what calls a job besides its queue.
BESIDES_QUEUE = 5


def read_number(value: Any, template: dict[str, Any], scale: str = "1") -> int:
    """Return a number, or the one that the template's mapping has for a scale of the jobs."""
    if isinstance(value, int):
        return value
    mapping, row, parameter = value["Fn::FindInMap"]
    assert parameter == {"Ref": "JobScale"}
    number = template["Mappings"][mapping][row][scale]
    assert isinstance(number, int)
    return number


def list_shares(functions: Resources, template: dict[str, Any], scale: str = "1") -> dict[str, int]:
    found = {}
    for name, function in functions.items():
        condition, share, otherwise = function["ReservedConcurrentExecutions"]["Fn::If"]
        assert (condition, otherwise) == ("ReservesConcurrency", {"Ref": "AWS::NoValue"})
        found[name] = read_number(share, template, scale)
    return found


@pytest.fixture(scope="module")
def shares(functions: Resources, template: dict[str, Any]) -> dict[str, int]:
    return list_shares(functions, template)


def test_shares_when_added_up_then_an_account_of_the_usual_size_holds_them(shares: dict[str, int]) -> None:
    assert add_up_shares() == sum(shares.values()) <= USUAL_LIMIT - UNRESERVED_MIN


def test_open_routes_when_flooded_then_the_order_path_has_several_times_their_share(shares: dict[str, int]) -> None:
    """Anybody may call these: they show their secrets to the function itself, or have none."""
    open_to_anybody = ("Webhooks", "TelegramWebhook", "Dashboard", "RiskApi")
    assert 2 * sum(shares[f"{name}Function"] for name in open_to_anybody) <= shares["OrderApiFunction"]


@pytest.mark.parametrize("scale", ["1", "2", "4", "8"])
def test_queues_when_full_then_they_run_no_more_than_the_functions_share(
    resources: Resources, functions: Resources, template: dict[str, Any], scale: str
) -> None:
    shares = list_shares(functions, template, scale)
    sources = of_type(resources, "AWS::Lambda::EventSourceMapping")
    queues = {name: source for name, source in sources.items() if "Queue" in str(source["EventSourceArn"])}
    bounded = 0
    for name, source in queues.items():
        function = source["FunctionName"]["Ref"].removesuffix("Aliaslive")
        if "ScalingConfig" in source:
            at_once = read_number(source["ScalingConfig"]["MaximumConcurrency"], template, scale)
            assert at_once + BESIDES_QUEUE <= shares[function], name
            bounded += 1
    assert [name for name, source in queues.items() if "ScalingConfig" not in source] == ["TelegramNotifierSource"]
    assert bounded == len(queues) - 1


def test_jobs_when_scaled_then_those_that_read_accounts_work_on_so_many_times_as_many(
    resources: Resources, template: dict[str, Any]
) -> None:
    parameter = template["Parameters"]["JobScale"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("1", ["1", "2", "4", "8"])
    sources = of_type(resources, "AWS::Lambda::EventSourceMapping")
    for job in ("Monitor", "Reconcile", "Var", "Stress", "Hedge"):
        at_once = sources[f"{job}Source"]["ScalingConfig"]["MaximumConcurrency"]
        found = {scale: read_number(at_once, template, scale) for scale in parameter["AllowedValues"]}
        assert found == {scale: int(scale) * found["1"] for scale in found}, job
        assert found["8"] <= SQS_CONCURRENCY_MAX


def test_deployment_when_jobs_are_scaled_then_it_takes_an_account_that_holds_all_shares(
    functions: Resources, template: dict[str, Any]
) -> None:
    for scale, needed in [
        ("1", CONCURRENCY_MIN),
        ("4", sum(list_shares(functions, template, "4").values()) + UNRESERVED_MIN),
    ]:
        profile = read_profile("prod", [f"JobScale={scale}"])
        assert profile.concurrency_min == needed
    with pytest.raises(LocalError):
        read_profile("prod", ["JobScale=3"])


def test_functions_when_nothing_is_reserved_then_jobs_leave_room_in_the_smallest_account(
    resources: Resources, template: dict[str, Any]
) -> None:
    """Without shares each job is still bounded by itself."""
    sources = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    assert all(
        read_number(source["ScalingConfig"]["MaximumConcurrency"], template) < CONCURRENCY_MIN
        for source in sources
        if "ScalingConfig" in source and "Order" not in str(source["EventSourceArn"])
    )


def test_requests_when_limited_then_by_address_and_by_token_each_where_its_parameter_says(
    resources: Resources, template: dict[str, Any]
) -> None:
    acl, link = resources["RequestLimits"], resources["RequestLimitsOfTheApi"]
    assert acl["Condition"] == link["Condition"] == "LimitsRequests"
    assert link["Properties"]["ResourceArn"]["Fn::Sub"].endswith("::/restapis/${Api}/stages/${Apiv1Stage}")
    assert acl["Properties"]["Scope"] == "REGIONAL"
    assert acl["Properties"]["DefaultAction"] == {"Allow": {}}
    counted = {}
    for rule in acl["Properties"]["Rules"]:
        condition, made, otherwise = rule["Fn::If"]
        assert otherwise == {"Ref": "AWS::NoValue"}
        assert made["Action"] == {"Block": {}}
        assert made["VisibilityConfig"]["SampledRequestsEnabled"] is False, "samples would keep tokens"
        counted[condition] = made["Statement"]["RateBasedStatement"]
    assert counted["LimitsAddresses"]["AggregateKeyType"] == "IP"
    for condition, limit in (("LimitsAddresses", "RequestsPerAddressMax"), ("LimitsTokens", "RequestsPerTokenMax")):
        assert counted[condition]["Limit"] == {"Ref": limit}
        [left_out] = counted[condition]["ScopeDownStatement"].values()  # what reduces risk
        ends = [one["ByteMatchStatement"] for one in left_out["Statement"]["OrStatement"]["Statements"]]
        assert {one["SearchString"] for one in ends} == {"/cancel", "/exits", "/kill-switch"}
        assert {one["PositionalConstraint"] for one in ends} == {"ENDS_WITH"}
    assert counted["LimitsTokens"]["CustomKeys"] == [
        {"Header": {"Name": "Authorization", "TextTransformations": [{"Priority": 0, "Type": "NONE"}]}}
    ]
    for name in ("RequestsPerAddressMax", "RequestsPerTokenMax"):
        assert template["Parameters"][name]["Default"] == 0
