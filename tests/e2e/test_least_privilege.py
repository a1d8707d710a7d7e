"""Policies as deployed: what each function's role may do to each table.

That the roles suffice is shown by every other end-to-end test, whose stack checks each
call of a function against its role, with the rows it names. Here no row is named: an action
is allowed that is allowed on some rows. Which rows those are is in tests/template.
"""

from typing import Any

import boto3
import pytest

READS = ["GetItem", "BatchGetItem", "Query"]
WRITES = ["PutItem", "UpdateItem"]
NOBODY = ["BatchWriteItem", "Scan", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert", "DeleteTable"]
ACTIONS = [*READS, *WRITES, "DeleteItem", "ConditionCheckItem", *NOBODY]

ALLOWED = {
    ("authorizer", "state"): [],
    ("authorizer", "control"): ["GetItem"],
    ("authorizer", "audit"): [],
    ("order_api", "state"): [*READS, *WRITES],
    ("order_api", "control"): ["BatchGetItem", "ConditionCheckItem"],
    ("order_api", "audit"): ["PutItem"],
    ("admin_api", "state"): [*READS, *WRITES, "BatchWriteItem"],
    ("admin_api", "control"): [*READS, *WRITES, "ConditionCheckItem"],
    ("admin_api", "audit"): ["PutItem", "Query"],
    ("order_worker", "state"): ["GetItem", "BatchGetItem", *WRITES],
    ("order_worker", "control"): ["GetItem", "BatchGetItem", "ConditionCheckItem"],
    ("order_worker", "audit"): ["PutItem"],
    ("market_data", "state"): ["BatchGetItem", "GetItem", "Query", "PutItem", "UpdateItem"],
    ("market_data", "control"): ["BatchGetItem"],
    ("market_data", "audit"): [],
    ("monitor", "state"): [*READS, *WRITES, "BatchWriteItem"],
    ("monitor", "control"): ["BatchGetItem"],
    ("monitor", "audit"): ["PutItem"],
    ("var", "state"): ["BatchGetItem", "Query", "PutItem"],
    ("var", "control"): ["BatchGetItem"],
    ("var", "audit"): [],
    ("stress", "state"): ["BatchGetItem", "Query", "PutItem"],
    ("stress", "control"): ["BatchGetItem"],
    ("stress", "audit"): [],
    ("risk_api", "state"): ["BatchGetItem"],
    ("risk_api", "control"): ["BatchGetItem"],
    ("risk_api", "audit"): [],
    ("view_api", "state"): ["BatchGetItem", "Query"],
    ("view_api", "control"): ["BatchGetItem"],
    ("view_api", "audit"): [],
    ("reconcile", "state"): [*READS, *WRITES],
    ("reconcile", "control"): ["BatchGetItem", "PutItem", "Query"],
    ("reconcile", "audit"): ["PutItem", "Query"],
    ("hedge", "state"): ["BatchGetItem", "Query", *WRITES],
    ("hedge", "control"): ["BatchGetItem", "ConditionCheckItem"],
    ("hedge", "audit"): ["PutItem"],
    ("control_stream", "state"): [*READS, *WRITES],
    ("control_stream", "control"): ["BatchGetItem", "PutItem", "Query"],
    ("control_stream", "audit"): ["PutItem"],
    ("audit_seal", "state"): ["GetItem", "Query"],
    ("audit_seal", "control"): [],
    ("audit_seal", "audit"): ["Query"],
    ("alert_fanout", "state"): [],
    ("alert_fanout", "control"): [],
    ("alert_fanout", "audit"): [],
    ("telegram_notifier", "state"): [],
    ("telegram_notifier", "control"): [],
    ("telegram_notifier", "audit"): [],
    ("telegram_webhook", "state"): [*READS, *WRITES, "DeleteItem"],
    ("telegram_webhook", "control"): ["GetItem", "BatchGetItem", "Query", *WRITES, "ConditionCheckItem"],
    ("telegram_webhook", "audit"): ["PutItem", "Query"],
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
