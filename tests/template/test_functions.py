"""How the functions run, and that each is watched."""

from typing import Any

import pytest

from infra.local.settings import ROOT
from riskgate.runtime import worker_wiring
from tests.template.reading import Resources, of_type

COMMON = {"STAGE", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
TABLES = {"STATE_TABLE", "CONTROL_TABLE", "AUDIT_TABLE"}
PERMITS = {"PERMIT_SECRET_ID", "ORDER_AGE_SECONDS_MAX"}
ENVIRONMENT = {
    "AuthorizerFunction": COMMON | {"CONTROL_TABLE"},
    "OrderApiFunction": COMMON | TABLES | PERMITS | {"ORDER_QUEUE_URL"},
    "AdminApiFunction": COMMON | TABLES | {"TOTP_SECRET_ID", "ORDER_QUEUE_URL"},
    "OrderWorkerFunction": COMMON | TABLES | PERMITS | {"ORDER_QUEUE_URL"},
}
HEAVY_LAYERS = {"QuantLayer", "ExchangeLayer"}


def base_name(layer: dict[str, str]) -> str:
    """The layer's name in the template; SAM adds a hash to it."""
    return layer["Ref"][:-10]


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_function_starts_from_a_snapshot_behind_an_alias(name: str, resources: Resources) -> None:
    function = resources[name]["Properties"]
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == [{"Ref": "Architecture"}]
    assert function["Handler"] == "app.lambda_handler"
    assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["MemorySize"] == 1024
    assert resources[f"{name}Aliaslive"]["Properties"]["Name"] == "live"


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_function_gets_only_the_variables_it_reads(name: str, functions: Resources) -> None:
    assert set(functions[name]["Environment"]["Variables"]) == ENVIRONMENT[name]


def test_every_function_is_listed_here(functions: Resources) -> None:
    assert set(functions) == set(ENVIRONMENT)


def test_each_function_has_the_shared_layer_and_one_heavy_one_at_most(functions: Resources) -> None:
    for name, function in functions.items():
        layers = {base_name(layer) for layer in function["Layers"]}
        assert "SharedLayer" in layers, name
        assert len(layers & HEAVY_LAYERS) <= 1, name


def test_the_order_path_has_no_heavy_layer(functions: Resources) -> None:
    for name in ("AuthorizerFunction", "OrderApiFunction"):
        assert [base_name(layer) for layer in functions[name]["Layers"]] == ["SharedLayer"]


def test_exchanges_are_reached_by_the_order_worker_alone(functions: Resources) -> None:
    found = {name for name, f in functions.items() if "ExchangeLayer" in {base_name(layer) for layer in f["Layers"]}}
    assert found == {"OrderWorkerFunction"}


def test_the_order_worker_gets_one_message_at_a_time_and_hands_failures_back(resources: Resources) -> None:
    [source] = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    assert source["EventSourceArn"] == {"Fn::GetAtt": ["OrderQueue", "Arn"]}
    assert source["FunctionName"] == {"Ref": "OrderWorkerFunctionAliaslive"}
    assert source["BatchSize"] == 1, "a batch may hold several accounts: one that waits would hold up the others"
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_order_queue_keeps_order_per_account_and_gives_up_into_dead_letters(
    resources: Resources, functions: Resources
) -> None:
    queue, dead = (resources[name]["Properties"] for name in ("OrderQueue", "OrderDeadLetterQueue"))
    assert queue["FifoQueue"] is True
    assert dead["FifoQueue"] is True, "the dead letters of a FIFO queue are FIFO"
    assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
    timeout = functions["OrderWorkerFunction"]["Timeout"]
    assert queue["VisibilityTimeout"] >= 6 * timeout
    assert timeout < worker_wiring.LIFE_SECONDS, "an order counts as sending for as long as its invocation may live"
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["OrderDeadLetterQueue", "Arn"]}
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 10
    assert dead["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_every_queue_has_its_alarm(resources: Resources, alarms: dict[str, Any]) -> None:
    passed = resources["Alarms"]["Properties"]["Parameters"]
    for name in of_type(resources, "AWS::SQS::Queue"):
        assert passed[name] == {"Fn::GetAtt": [name, "QueueName"]}
    assert watched_names(alarms, "AWS/SQS", "ApproximateNumberOfMessagesVisible") == ["OrderDeadLetterQueue"]
    assert watched_names(alarms, "AWS/SQS", "ApproximateAgeOfOldestMessage") == ["OrderQueue"]


def test_layers_are_built_for_the_architecture_of_the_functions(template: dict[str, Any]) -> None:
    layers = {n: r for n, r in template["Resources"].items() if r["Type"] == "AWS::Serverless::LayerVersion"}
    assert layers
    for layer in layers.values():
        assert layer["Metadata"]["BuildMethod"] == "makefile"
        assert layer["Metadata"]["ContextPath"] == {"Fn::Sub": "layers/build/${Architecture}"}
        assert layer["Properties"]["CompatibleArchitectures"] == [{"Ref": "Architecture"}]


def test_every_function_has_its_alarms(functions: Resources, resources: Resources, alarms: dict[str, Any]) -> None:
    passed = resources["Alarms"]["Properties"]["Parameters"]
    parameter_of = {value["Ref"]: name for name, value in passed.items() if value.get("Ref") in functions}
    assert set(parameter_of) == set(functions)
    for metric in ("Errors", "Throttles"):
        watched = watched_names(alarms, "AWS/Lambda", metric)
        assert watched == sorted(parameter_of.values())


def test_every_table_has_its_alarms(resources: Resources, alarms: dict[str, Any]) -> None:
    tables = sorted(of_type(resources, "AWS::DynamoDB::Table"))
    for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
        assert watched_names(alarms, "AWS/DynamoDB", metric) == tables


def test_every_alarm_reaches_the_topic_and_names_its_runbook(alarms: dict[str, Any]) -> None:
    names = set()
    for alarm in of_type(alarms["Resources"], "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": "AlertTopicArn"}]
        kind = alarm["AlarmName"]["Fn::Sub"].removeprefix("${ParentName}-").split("-")[0]
        runbook = f"infra/runbooks/{kind}.md"
        assert alarm["AlarmDescription"].endswith(f"Runbook: {runbook}")
        text = (ROOT / runbook).read_text(encoding="utf-8")
        assert text.startswith(f"# {kind}\n")
        assert all(f"**{part}.**" in text for part in ("Meaning", "Impact", "Diagnosis", "Mitigation"))
        names.add(alarm["AlarmName"]["Fn::Sub"])
    assert len(names) == len(alarms["Resources"])


def watched_names(alarms: dict[str, Any], namespace: str, metric: str) -> list[str]:
    """The parameters whose resource has an alarm on `metric`."""
    return sorted(
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in of_type(alarms["Resources"], "AWS::CloudWatch::Alarm").values()
        if (alarm["Namespace"], alarm["MetricName"]) == (namespace, metric)
    )


def test_every_parameter_has_a_default_and_says_what_it_is(template: dict[str, Any]) -> None:
    for name, parameter in template["Parameters"].items():
        assert "Default" in parameter, name
        assert parameter["Description"], name
