"""Policies as deployed: what each function's role may do to each table.

That the roles suffice is shown by every other end-to-end test, whose stack checks each
call of a function against its role. Two rights that hold for some rows of a table alone
(reconcile on control, telegram_webhook on state) are in tests/template.
"""

from typing import Any

import boto3
import pytest

READS = ["GetItem", "BatchGetItem", "Query"]
APPENDS = ["PutItem"]
UPDATES = ["UpdateItem", "ConditionCheckItem"]
NOBODY = ["DeleteItem", "BatchWriteItem", "Scan", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert", "DeleteTable"]
ACTIONS = READS + APPENDS + UPDATES + NOBODY

ALLOWED = {
    ("authorizer", "state"): [],
    ("authorizer", "control"): ["GetItem"],
    ("authorizer", "audit"): [],
    ("order_api", "state"): READS + APPENDS + UPDATES,
    ("order_api", "control"): ["GetItem", "BatchGetItem", "ConditionCheckItem"],
    ("order_api", "audit"): APPENDS,
    ("admin_api", "state"): READS + APPENDS + UPDATES,
    ("admin_api", "control"): READS + APPENDS + UPDATES,
    ("admin_api", "audit"): [*APPENDS, "GetItem", "Query"],
    ("order_worker", "state"): ["GetItem", "BatchGetItem", *APPENDS, *UPDATES],
    ("order_worker", "control"): ["GetItem", "BatchGetItem", "ConditionCheckItem"],
    ("order_worker", "audit"): APPENDS,
    ("market_data", "state"): ["BatchGetItem", "Query", *APPENDS],
    ("market_data", "control"): ["BatchGetItem"],
    ("market_data", "audit"): [],
    ("monitor", "state"): [*READS, *APPENDS, "UpdateItem"],
    ("monitor", "control"): ["BatchGetItem"],
    ("monitor", "audit"): APPENDS,
    ("var", "state"): ["BatchGetItem", "Query", *APPENDS],
    ("var", "control"): ["BatchGetItem"],
    ("var", "audit"): [],
    ("stress", "state"): ["BatchGetItem", "Query", *APPENDS],
    ("stress", "control"): ["BatchGetItem"],
    ("stress", "audit"): [],
    ("risk_api", "state"): ["BatchGetItem"],
    ("risk_api", "control"): ["BatchGetItem"],
    ("risk_api", "audit"): [],
    ("reconcile", "state"): [*READS, *APPENDS, "UpdateItem"],
    ("reconcile", "audit"): [*APPENDS, "Query"],
    ("hedge", "state"): ["BatchGetItem", "Query", *APPENDS, *UPDATES],
    ("hedge", "control"): ["BatchGetItem", "ConditionCheckItem"],
    ("hedge", "audit"): APPENDS,
    ("control_stream", "state"): [*READS, *APPENDS, "UpdateItem"],
    ("control_stream", "control"): ["BatchGetItem"],
    ("control_stream", "audit"): APPENDS,
    ("alert_fanout", "state"): [],
    ("alert_fanout", "control"): [],
    ("alert_fanout", "audit"): [],
    ("telegram_notifier", "state"): [],
    ("telegram_notifier", "control"): [],
    ("telegram_notifier", "audit"): [],
    ("telegram_webhook", "control"): ["GetItem", "BatchGetItem", *APPENDS, "UpdateItem", "ConditionCheckItem"],
    ("telegram_webhook", "audit"): [*APPENDS, "Query"],
}


@pytest.mark.parametrize(("function", "table"), ALLOWED)
def test_a_role_when_simulated_then_it_may_do_exactly_this(stack: dict[str, Any], function: str, table: str) -> None:
    def client(service: str) -> Any:
        return boto3.client(service, endpoint_url=stack["aws_endpoint_url"], region_name=stack["region"])  # type: ignore[call-overload]

    configuration = client("lambda").get_function(FunctionName=stack["functions"][function])["Configuration"]
    arn = client("dynamodb").describe_table(TableName=stack["tables"][table])["Table"]["TableArn"]
    results = client("iam").simulate_principal_policy(
        PolicySourceArn=configuration["Role"],
        ActionNames=[f"dynamodb:{action}" for action in ACTIONS],
        ResourceArns=[arn],
    )["EvaluationResults"]
    decisions = {result["EvalActionName"].removeprefix("dynamodb:"): result["EvalDecision"] for result in results}
    assert set(decisions) == set(ACTIONS)
    assert {action for action, decision in decisions.items() if decision == "allowed"} == set(ALLOWED[function, table])
    if table == "audit":
        denied = {action for action, decision in decisions.items() if decision == "explicitDeny"}
        assert denied >= {"UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete"}
