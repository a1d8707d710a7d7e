"""What each part may take of what all share: concurrency of the account, requests of an address."""

from typing import Any

import pytest

from infra.deploy.account import CONCURRENCY_MIN, UNRESERVED_MIN
from infra.deploy.profile import add_up_shares
from tests.template.reading import Resources, of_type

#: What AWS gives an account by default (Lambda quotas).
USUAL_LIMIT = 1000
#: Of a tick, or of what calls a job besides its queue.
BESIDES_QUEUE = 5


@pytest.fixture(scope="module")
def shares(functions: Resources) -> dict[str, int]:
    found = {}
    for name, function in functions.items():
        condition, share, otherwise = function["ReservedConcurrentExecutions"]["Fn::If"]
        assert (condition, otherwise) == ("ReservesConcurrency", {"Ref": "AWS::NoValue"})
        found[name] = share
    return found


def test_shares_when_added_up_then_an_account_of_the_usual_size_holds_them(shares: dict[str, int]) -> None:
    assert add_up_shares() == sum(shares.values()) <= USUAL_LIMIT - UNRESERVED_MIN


def test_open_routes_when_flooded_then_the_order_path_has_several_times_their_share(shares: dict[str, int]) -> None:
    """Anybody may call these: they show their secrets to the function itself, or have none."""
    open_to_anybody = ("Webhooks", "TelegramWebhook", "Dashboard", "RiskApi")
    assert 2 * sum(shares[f"{name}Function"] for name in open_to_anybody) <= shares["OrderApiFunction"]


def test_queues_when_full_then_they_run_no_more_than_the_functions_share(
    resources: Resources, shares: dict[str, int]
) -> None:
    sources = of_type(resources, "AWS::Lambda::EventSourceMapping")
    queues = {name: source for name, source in sources.items() if "Queue" in str(source["EventSourceArn"])}
    bounded = 0
    for name, source in queues.items():
        function = source["FunctionName"]["Ref"].removesuffix("Aliaslive")
        if "ScalingConfig" in source:
            assert source["ScalingConfig"]["MaximumConcurrency"] + BESIDES_QUEUE <= shares[function], name
            bounded += 1
    assert [name for name, source in queues.items() if "ScalingConfig" not in source] == ["TelegramNotifierSource"]
    assert bounded == len(queues) - 1


def test_functions_when_nothing_is_reserved_then_jobs_leave_room_in_the_smallest_account(resources: Resources) -> None:
    """Without shares each job is still bounded by itself."""
    sources = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    assert all(
        source["ScalingConfig"]["MaximumConcurrency"] < CONCURRENCY_MIN
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
