"""How the functions run, and that each is watched."""

import json
from typing import Any

import pytest

from infra.local.settings import ROOT
from riskgate.runtime.jobs import audit_seal, exchanges, hedge, market_data, monitor, reconcile, stress, var
from riskgate.schemas.messages.alarm import SILENCE_ALARMS
from tests.support.published_metrics import list_published_by, list_services
from tests.template.reading import Resources, as_list, of_type

COMMON = {
    "STAGE",
    "DYNAMODB_CLIENT",
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
}
TABLES = {"STATE_TABLE", "CONTROL_TABLE", "AUDIT_TABLE"}
PERMITS = {"PERMIT_SECRET_ID", "ORDER_AGE_SECONDS_MAX"}
JOB = {"JOB_QUEUE_URL"}
#: Of functions that ask venues.
BUDGETS = {"EGRESS_NAME", "VENUE_LIMIT_PERCENT"}
DEAD_LETTERS = {"DEAD_LETTER_QUEUE_URL"}
ENVIRONMENT = {
    "AuthorizerFunction": COMMON | {"CONTROL_TABLE"},
    "OrderApiFunction": COMMON | TABLES | PERMITS | {"ORDER_QUEUE_URL"},
    "AdminApiFunction": COMMON | TABLES | PERMITS | {"TOTP_SECRET_ID", "ORDER_QUEUE_URL", "MARKET_QUEUE_URL"},
    "WebhooksFunction": COMMON | TABLES | PERMITS | {"ORDER_QUEUE_URL"},
    "OrderWorkerFunction": COMMON | TABLES | BUDGETS | PERMITS | {"ORDER_QUEUE_URL"},
    "VenueReaderFunction": COMMON | TABLES | BUDGETS | {"PASSES_PUBLIC_DATA"},
    "MarketDataFunction": COMMON
    | TABLES
    | BUDGETS
    | JOB
    | {"MARKET_SECRET_PREFIX", "VAR_QUEUE_URL", "STRESS_QUEUE_URL"},
    "MonitorFunction": COMMON
    | TABLES
    | BUDGETS
    | JOB
    | {
        "ORDER_QUEUE_URL",
        "ORDER_AGE_SECONDS_MAX",
        "MARKET_SECRET_PREFIX",
        "SUMMARY_HOUR",
        "SUMMARY_TIME_ZONE",
    },
    "VarFunction": COMMON | TABLES | JOB,
    "StressFunction": COMMON | TABLES | JOB,
    "RiskApiFunction": COMMON | TABLES,
    "ViewApiFunction": COMMON | TABLES | {"NOTIFICATION_TABLE", "STATEMENT_BUCKET", "METRICS_QUEUES"},
    "DashboardFunction": COMMON,
    "VenueApiFunction": COMMON
    | TABLES
    | PERMITS
    | {"ORDER_QUEUE_URL", "FRONT_DOOR_SECRET_ID", "ORDER_WORKER_FUNCTION", "VENUE_READER_FUNCTION"},
    "ReconcileFunction": COMMON | TABLES | BUDGETS | JOB | {"STATEMENT_BUCKET"},
    "HedgeFunction": COMMON | TABLES | PERMITS | JOB | {"ORDER_QUEUE_URL"},
    "AuditSealFunction": COMMON | TABLES | JOB | {"SEAL_BUCKET", "SEAL_KEY_ID", "ALERT_QUEUE_URL", "ALERT_TOPIC_ARN"},
    "AuditArchiveFunction": COMMON | TABLES | {"ARCHIVE_BUCKET", "SEAL_BUCKET", "SEAL_KEY_ID", "KEEP_DAYS"},
    "ControlStreamFunction": COMMON | TABLES | DEAD_LETTERS | {"ORDER_QUEUE_URL"},
    "AlertFanoutFunction": COMMON | DEAD_LETTERS | {"ALERT_QUEUE_URL", "ALERT_TOPIC_ARN"},
    "TelegramNotifierFunction": COMMON | {"NOTIFICATION_TABLE", "TELEGRAM_SECRET_ID", "ALERT_QUEUE_URL"},
    "TelegramWebhookFunction": COMMON
    | TABLES
    | PERMITS
    | {
        "TOTP_SECRET_ID",
        "TELEGRAM_SECRET_ID",
        "ORDER_QUEUE_URL",
        "STATEMENT_BUCKET",
    },
}
#: Functions that a schedule calls and that then work through a queue of their own, an account or venue at a time.
JOBS = ("AuditSeal", "Hedge", "MarketData", "Monitor", "Reconcile", "Stress", "Var")
SCHEDULES = {
    "MonitorSchedule": ("Monitor", "rate(1 minute)"),
    "QuotesSchedule": ("MarketData", "rate(1 minute)"),
    "InstrumentsSchedule": ("MarketData", "cron(35 * * * ? *)"),
    "ClosesSchedule": ("MarketData", "cron(5 * * * ? *)"),
    "VarSchedule": ("Var", "cron(12 * * * ? *)"),
    "StressSchedule": ("Stress", "cron(17 * * * ? *)"),
    "ReconcileSchedule": ("Reconcile", "rate(5 minutes)"),
    "HedgeSchedule": ("Hedge", "rate(5 minutes)"),
    "AuditSealSchedule": ("AuditSeal", "cron(42 * * * ? *)"),
    "AuditArchiveSchedule": ("AuditArchive", "cron(52 * * * ? *)"),
    "AlertProbeSchedule": ("ControlStream", "rate(5 minutes)"),
    "TelegramNotifierSchedule": ("TelegramNotifier", "rate(1 minute)"),
}
HEAVY_LAYERS = {"QuantLayer", "ExchangeLayer", "TelegramLayer"}


def base_name(layer: dict[str, str]) -> str:
    """The layer's name in the template; SAM adds a hash to it."""
    return layer["Ref"][:-10]


#: Functions that somebody waits for, a bot or a person who stops it: each snapshot costs.
WAITED_FOR = {"AuthorizerFunction", "OrderApiFunction", "AdminApiFunction", "WebhooksFunction", "VenueApiFunction"}
#: Where CPU time is waited for, or numpy computes: Lambda gives CPU by memory.
QUICK = {"OrderApiFunction", "VenueApiFunction", "VenueReaderFunction", "OrderWorkerFunction", "ViewApiFunction"}
QUICK |= {"VarFunction", "StressFunction", "RiskApiFunction"}


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_function_runs_behind_an_alias_and_starts_from_a_snapshot_where_somebody_waits(
    name: str, resources: Resources
) -> None:
    function = resources[name]["Properties"]
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == [{"Ref": "Architecture"}]
    assert function["Handler"] == "app.lambda_handler"
    assert function.get("SnapStart") == ({"ApplyOn": "PublishedVersions"} if name in WAITED_FOR else None)
    # A job begins no trace: X-Ray would take every tick.
    begins_none = name.removesuffix("Function") in {*JOBS, "AuditArchive"}
    assert function["TracingConfig"] == {"Mode": "PassThrough" if begins_none else "Active"}
    assert function["MemorySize"] == (1024 if name in QUICK else 512)
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


def test_exchanges_are_reached_by_the_functions_that_need_them_alone(functions: Resources) -> None:
    found = {name for name, f in functions.items() if "ExchangeLayer" in {base_name(layer) for layer in f["Layers"]}}
    assert found == {
        "OrderWorkerFunction",
        "VenueReaderFunction",
        "MarketDataFunction",
        "MonitorFunction",
        "ReconcileFunction",
    }


@pytest.mark.parametrize("name", ["OrderWorker", *JOBS])
def test_a_queue_is_worked_through_one_message_at_a_time_and_failures_go_back(name: str, resources: Resources) -> None:
    source = resources[f"{name}Source"]["Properties"]
    queue = "OrderQueue" if name == "OrderWorker" else f"{name}Queue"
    assert source["EventSourceArn"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert source["FunctionName"] == {"Ref": f"{name}FunctionAliaslive"}
    assert source["BatchSize"] == 1, "a batch may hold several accounts: one that waits would hold up the others"
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_source_of_events_is_listed_here(resources: Resources) -> None:
    assert set(of_type(resources, "AWS::Lambda::EventSourceMapping")) == {
        *(f"{name}Source" for name in ("OrderWorker", *JOBS)),
        "ControlStreamSource",
        "BreakerSource",
        "AuditSealStateSource",
        "AlertFanoutSource",
        "TelegramNotifierSource",
    }


@pytest.mark.parametrize("name", JOBS)
def test_a_job_gives_up_into_its_dead_letters(name: str, resources: Resources, functions: Resources) -> None:
    queue, dead = (resources[f"{name}{kind}"]["Properties"] for kind in ("Queue", "DeadLetterQueue"))
    assert queue["VisibilityTimeout"] >= 6 * functions[f"{name}Function"].get("Timeout", 3)
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [f"{name}DeadLetterQueue", "Arn"]}
    assert 2 <= queue["RedrivePolicy"]["maxReceiveCount"] <= 5
    assert dead["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]
    ticks = resources[f"{name}Ticks"]["Properties"]
    assert (ticks["FunctionName"], ticks["Qualifier"]) == ({"Ref": f"{name}Function"}, "live")
    assert ticks["MaximumRetryAttempts"] == 1
    assert ticks["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": [f"{name}DeadLetterQueue", "Arn"]}


def test_call_that_nobody_waits_for_when_it_fails_then_it_is_put_aside(resources: Resources) -> None:
    """Of schedules and of the topic. The notifier's tick comes again in a minute."""
    put_aside = {
        config["FunctionName"]["Ref"]: config["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
        for config in of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
    }
    called = {f"{function}Function" for function, _ in SCHEDULES.values()} | {"AlertFanoutFunction"}
    assert set(put_aside) == called - {"TelegramNotifierFunction"}
    for function, queue in put_aside.items():
        policies = json.dumps(resources[f"{function}Role"]["Properties"]["Policies"])
        assert queue in policies, f"{function} may not send to {queue}"


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_calls_its_function_and_loses_no_tick_silently(name: str, resources: Resources) -> None:
    function, expression = SCHEDULES[name]
    schedule = resources[name]["Properties"]
    assert schedule["ScheduleExpression"] == expression
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    target = schedule["Target"]
    assert target["Arn"] == {"Ref": f"{function}FunctionAliaslive"}
    own = f"{function}DeadLetterQueue" if function in JOBS else "StreamDeadLetterQueue"
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [own, "Arn"]}}
    assert target["RoleArn"] == {"Fn::GetAtt": ["SchedulerRole", "Arn"]}
    assert target["Input"] in {"{}", json.dumps({"task": name.removesuffix("Schedule").lower()})}


def test_the_scheduler_may_call_what_is_scheduled_and_give_up_into_its_dead_letters_alone(resources: Resources) -> None:
    targets = [schedule["Target"] for schedule in of_type(resources, "AWS::Scheduler::Schedule").values()]
    role = resources["SchedulerRole"]["Properties"]
    [policy] = role["Policies"]
    granted = {str(s["Action"]): as_list(s["Resource"]) for s in policy["PolicyDocument"]["Statement"]}
    assert set(granted) == {"lambda:InvokeFunction", "sqs:SendMessage", "['kms:Decrypt', 'kms:GenerateDataKey']"}
    assert names_in(granted["lambda:InvokeFunction"]) == names_in([target["Arn"] for target in targets])
    dead_letters = [target["DeadLetterConfig"]["Arn"] for target in targets]
    assert names_in(granted["sqs:SendMessage"]) == names_in(dead_letters)
    assert granted["['kms:Decrypt', 'kms:GenerateDataKey']"] == [{"Fn::GetAtt": ["Key", "Arn"]}]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def names_in(references: list[dict[str, Any]]) -> set[str]:
    return {json.dumps(reference) for reference in references}


def test_every_schedule_is_listed_here(resources: Resources) -> None:
    assert set(of_type(resources, "AWS::Scheduler::Schedule")) == set(SCHEDULES)


def test_alerts_keep_order_per_account_and_give_up_into_dead_letters(
    resources: Resources, functions: Resources
) -> None:
    queue, dead = (resources[name]["Properties"] for name in ("AlertQueue", "AlertDeadLetterQueue"))
    assert queue["FifoQueue"] is True
    assert dead["FifoQueue"] is True
    assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
    assert queue["VisibilityTimeout"] >= 6 * functions["TelegramNotifierFunction"]["Timeout"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["AlertDeadLetterQueue", "Arn"]}


def test_the_order_queue_keeps_order_per_account_and_gives_up_into_dead_letters(
    resources: Resources, functions: Resources
) -> None:
    queue, dead = (resources[name]["Properties"] for name in ("OrderQueue", "OrderDeadLetterQueue"))
    assert queue["FifoQueue"] is True
    assert dead["FifoQueue"] is True, "the dead letters of a FIFO queue are FIFO"
    assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
    timeout = functions["OrderWorkerFunction"]["Timeout"]
    assert queue["VisibilityTimeout"] >= 6 * timeout
    assert timeout < exchanges.LIFE_SECONDS, "an order counts as sending for as long as its invocation may live"
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["OrderDeadLetterQueue", "Arn"]}
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 10
    assert dead["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_every_queue_has_its_alarm(resources: Resources, alarms: dict[str, Any]) -> None:
    passed = resources["Alarms"]["Properties"]["Parameters"]
    queues = set(of_type(resources, "AWS::SQS::Queue"))
    for name in queues:
        assert passed[name] == {"Fn::GetAtt": [name, "QueueName"]}
    dead = {name for name in queues if name.endswith("DeadLetterQueue")}
    assert watched_names(alarms, "AWS/SQS", "ApproximateNumberOfMessagesVisible") == sorted(dead)
    assert watched_names(alarms, "AWS/SQS", "ApproximateAgeOfOldestMessage") == sorted(queues - dead)


def test_every_job_has_a_watchdog_that_goes_off_without_it(alarms: dict[str, Any]) -> None:
    watched = {
        name: alarm["Dimensions"][0]["Value"]
        for name, alarm in of_type(alarms["Resources"], "AWS::CloudWatch::Alarm").items()
        if (alarm.get("MetricName"), alarm["TreatMissingData"]) == ("JobRuns", "missing")
    }
    services = {job: "".join(f"_{c.lower()}" if c.isupper() else c for c in job).removeprefix("_") for job in JOBS}
    assert watched == {f"{job}NotSucceeding": service for job, service in services.items()}


def test_alarm_when_its_metric_stops_then_told_but_not_before_it_began(alarms: dict[str, Any]) -> None:
    """A new alarm begins in INSUFFICIENT_DATA: only data that stops brings it back there, and only then is it told."""
    told = set()
    for alarm in of_type(alarms["Resources"], "AWS::CloudWatch::Alarm").values():
        assert alarm["TreatMissingData"] in {"missing", "notBreaching", "ignore"}, "breaching goes off when it is made"
        is_told = "InsufficientDataActions" in alarm
        assert is_told == (alarm["TreatMissingData"] == "missing"), alarm["AlarmName"]
        if is_told:
            assert alarm["InsufficientDataActions"] == [{"Ref": "AlertTopicArn"}]
            told.add(alarm["AlarmName"]["Fn::Sub"].removeprefix("${ParentName}-").split("-")[0])
    assert told == set(SILENCE_ALARMS)


#: How long a message of a job is carried out, in seconds: after that it is dropped when it is taken.
DROPPED_AFTER = {
    "AuditSeal": audit_seal.AGE_SECONDS_MAX,
    "Hedge": hedge.AGE_SECONDS_MAX,
    "MarketData": market_data.AGE_MAX_DEFAULT.total_seconds(),
    "Monitor": monitor.AGE_SECONDS_MAX,
    "Reconcile": reconcile.AGE_SECONDS_MAX,
    "Stress": stress.AGE_SECONDS_MAX,
    "Var": var.AGE_SECONDS_MAX,
}


@pytest.mark.parametrize("name", JOBS)
def test_job_when_its_messages_wait_then_an_alarm_before_they_are_dropped(name: str, alarms: dict[str, Any]) -> None:
    age = alarms["Resources"][f"{name}QueueAge"]["Properties"]
    assert age["Threshold"] < DROPPED_AFTER[name]
    dropped = alarms["Resources"][f"{name}Dropped"]["Properties"]
    assert (dropped["MetricName"], dropped["TreatMissingData"]) == ("JobMessagesDropped", "notBreaching")


@pytest.mark.parametrize(("name", "minutes"), [("Monitor", 1), ("Reconcile", 5)])
def test_job_when_one_account_fails_each_time_then_an_alarm_and_none_for_a_single_failure(
    name: str, minutes: int, resources: Resources, alarms: dict[str, Any]
) -> None:
    failures = alarms["Resources"][f"{name}Failures"]["Properties"]
    assert (failures["MetricName"], failures["Statistic"], failures["Threshold"]) == ("JobFailures", "Sum", 1)
    assert failures["TreatMissingData"] == "notBreaching"
    # A period is a tick: one account that fails each time is in every one of them.
    assert resources[f"{name}Schedule"]["Properties"]["ScheduleExpression"].startswith(f"rate({minutes} minute")
    assert failures["Period"] == minutes * 60
    assert 1 < failures["DatapointsToAlarm"] < failures["EvaluationPeriods"]


@pytest.mark.parametrize("name", JOBS)
def test_job_when_a_message_that_failed_would_be_dropped_next_time_then_it_does_not_come_again(
    name: str, resources: Resources
) -> None:
    is_too_late = resources[f"{name}Queue"]["Properties"]["VisibilityTimeout"] > DROPPED_AFTER[name]
    handler = (
        ROOT
        / "functions"
        / resources[f"{name}Function"]["Properties"]["FunctionName"]["Fn::Sub"]
        .removeprefix("${AWS::StackName}-")
        .replace("-", "_")
    )
    assert is_too_late == ("comes_again=False" in (handler / "app.py").read_text(encoding="utf-8"))


def test_alarms_on_metrics_of_the_functions_name_service_and_stage(alarms: dict[str, Any]) -> None:
    found = of_type(alarms["Resources"], "AWS::CloudWatch::Alarm").values()
    own = [alarm for alarm in found if alarm.get("Namespace") == "RiskGateway"]
    assert own
    for alarm in own:
        service, stage = alarm["Dimensions"]
        assert service["Name"] == "service"
        assert stage == {"Name": "stage", "Value": {"Ref": "Stage"}}


def test_metric_with_an_alarm_is_watched_at_every_function_that_publishes_it(alarms: dict[str, Any]) -> None:
    watched: dict[str, set[str]] = {}
    for alarm in of_type(alarms["Resources"], "AWS::CloudWatch::Alarm").values():
        if alarm.get("Namespace") == "RiskGateway":
            watched.setdefault(alarm["MetricName"], set()).add(alarm["Dimensions"][0]["Value"])
    # What fails at the other jobs comes again, and ends among their dead letters, which have alarms.
    assert watched.pop("JobFailures") == {
        app.parent.name
        for app in (ROOT / "functions").glob("*/app.py")
        if "comes_again=False" in app.read_text(encoding="utf-8")
    }
    for metric, services in watched.items():
        assert services == {service for service in list_services() if metric in list_published_by(service)}, metric


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
    every = sorted(parameter_of.values())
    assert watched_names(alarms, "AWS/Lambda", "Throttles") == every
    # A wrong token is an error of the authorizer: it counts its own failures.
    assert watched_names(alarms, "AWS/Lambda", "Errors") == [name for name in every if name != "Authorizer"]
    assert alarms["Resources"]["AuthorizerFailed"]["Properties"]["MetricName"] == "AuthorizerFailures"


def test_every_table_has_its_alarms(resources: Resources, alarms: dict[str, Any]) -> None:
    """Of metrics of AWS/DynamoDB CloudWatch ignores missing data whatever an alarm says: FILL ends it where they stop."""
    watched = set()
    for alarm in of_type(alarms["Resources"], "AWS::CloudWatch::Alarm").values():
        assert alarm.get("Namespace") != "AWS/DynamoDB", "never ends"
        if "Throttles-" in alarm["AlarmName"]["Fn::Sub"] and "-Table" in alarm["AlarmName"]["Fn::Sub"]:
            told, measured = alarm["Metrics"]
            assert told["Expression"] == f"FILL({measured['Id']}, 0)"
            assert (measured["ReturnData"], measured["MetricStat"]["Stat"]) == (False, "Sum")
            metric = measured["MetricStat"]["Metric"]
            assert metric["Namespace"] == "AWS/DynamoDB"
            watched.add((metric["Dimensions"][0]["Value"]["Ref"], metric["MetricName"]))
    tables = of_type(resources, "AWS::DynamoDB::Table")
    assert watched == {(table, f"{kind}ThrottleEvents") for table in tables for kind in ("Read", "Write")}


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
    assert len(names) == len(of_type(alarms["Resources"], "AWS::CloudWatch::Alarm"))


def watched_names(alarms: dict[str, Any], namespace: str, metric: str) -> list[str]:
    """The parameters whose resource has an alarm on `metric`."""
    return sorted(
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in of_type(alarms["Resources"], "AWS::CloudWatch::Alarm").values()
        if (alarm.get("Namespace"), alarm.get("MetricName")) == (namespace, metric)
    )


def test_every_parameter_has_a_default_and_says_what_it_is(template: dict[str, Any]) -> None:
    for name, parameter in template["Parameters"].items():
        assert "Default" in parameter, name
        assert parameter["Description"], name
