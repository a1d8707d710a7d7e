"""Who may do what: least privilege, function by function; rows of tables are in test_rights.py."""

from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.dynamodb.items import order_item
from riskgate.app.orders.submit_order import order_id_of
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord
from tests.support.builders import NOW, build_order
from tests.support.roles import TABLES
from tests.template.reading import Resources, as_list

DECRYPT = {"Key": {"kms:Decrypt"}}
#: Sending to an encrypted queue makes a data key.
SEND = {"Key": {"kms:Decrypt", "kms:GenerateDataKey"}}
#: Operators make these secrets: the only resource whose name the template cannot know.
EXCHANGE_SECRETS = (
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/exchange/*"
)
MARKET_SECRETS = EXCHANGE_SECRETS.replace("/exchange/", "/market/")
SEALS = "${SealBucket.Arn}/heads/*"
ARCHIVE, ARCHIVED_ORDERS = "${ArchiveBucket.Arn}/chains/*", "${ArchiveBucket.Arn}/orders/*"
ARCHIVE_ITSELF = (
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-audit-archive:live"
)
STATEMENTS = "${StatementBucket.Arn}/statements/*"
OWN_QUEUE = {
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
}
READ_STREAM = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}

KNOWN_PREFIXES = (
    {"Fn::Sub": EXCHANGE_SECRETS},
    {"Fn::Sub": MARKET_SECRETS},
    {"Fn::Sub": STATEMENTS},
    {"Fn::Sub": SEALS},
    {"Fn::Sub": ARCHIVE},
    {"Fn::Sub": ARCHIVED_ORDERS},
    {"Fn::Sub": ARCHIVE_ITSELF},
)

#: Aliases and versions, whose numbers nobody knows before, of what rolls out gradually.
ROLLED_OUT = [
    {
        "Fn::Sub": f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:${{AWS::StackName}}-{name}:*"
    }
    for name in ("authorizer", "order-api", "webhooks", "order-worker", "venue-api")
]
#: Looks at alarms; with several at once it takes no resource.
UNSCOPED = "cloudwatch:DescribeAlarms"

QUEUES = (
    *(
        f"{job}{kind}"
        for job in ("Order", "MarketData", "Monitor", "Var", "Stress", "Reconcile", "Hedge", "AuditSeal", "Alert")
        for kind in ("Queue", "DeadLetterQueue")
    ),
    "StreamDeadLetterQueue",
)

# Everything that each function may do, by the resource it may do it to; but for tables.
EXPECTED: dict[str, dict[str, set[str]]] = {
    "AuthorizerFunction": DECRYPT,
    "OrderApiFunction": {
        "OrderQueue": {"sqs:SendMessage"},
        "PermitSecret": {"secretsmanager:GetSecretValue"},
        **SEND,
    },
    "VenueApiFunction": {
        "OrderQueue": {"sqs:SendMessage"},
        "PermitSecret": {"secretsmanager:GetSecretValue"},
        "FrontDoorSecret": {"secretsmanager:GetSecretValue"},
        "OrderWorkerFunctionAliaslive": {"lambda:InvokeFunction"},
        "VenueReaderFunctionAliaslive": {"lambda:InvokeFunction"},
        **SEND,
    },
    "AdminApiFunction": {
        "TotpSecret": {"secretsmanager:GetSecretValue"},
        "PermitSecret": {"secretsmanager:GetSecretValue"},
        "OrderQueue": {"sqs:SendMessage"},
        "MarketDataQueue": {"sqs:SendMessage"},
        **SEND,
    },
    "WebhooksFunction": {
        "OrderQueue": {"sqs:SendMessage"},
        "PermitSecret": {"secretsmanager:GetSecretValue"},
        **SEND,
    },
    "OrderWorkerFunction": {
        "OrderQueue": OWN_QUEUE,
        "PermitSecret": {"secretsmanager:GetSecretValue"},
        EXCHANGE_SECRETS: {"secretsmanager:GetSecretValue"},
        **SEND,
    },
    "VenueReaderFunction": {
        EXCHANGE_SECRETS: {"secretsmanager:GetSecretValue"},
        "Key": {"kms:Decrypt"},
    },
    "MarketDataFunction": {
        "MarketDataQueue": OWN_QUEUE,
        "MarketDataDeadLetterQueue": {"sqs:SendMessage"},
        "VarQueue": {"sqs:SendMessage"},
        "StressQueue": {"sqs:SendMessage"},
        MARKET_SECRETS: {"secretsmanager:GetSecretValue"},
        **SEND,
    },
    "MonitorFunction": {
        "MonitorQueue": OWN_QUEUE,
        "OrderQueue": {"sqs:SendMessage"},
        "MonitorDeadLetterQueue": {"sqs:SendMessage"},
        EXCHANGE_SECRETS: {"secretsmanager:GetSecretValue"},
        MARKET_SECRETS: {"secretsmanager:GetSecretValue"},
        **SEND,
    },
    "VarFunction": {
        "VarQueue": OWN_QUEUE,
        "VarDeadLetterQueue": {"sqs:SendMessage"},
        **SEND,
    },
    "StressFunction": {
        "StressQueue": OWN_QUEUE,
        "StressDeadLetterQueue": {"sqs:SendMessage"},
        **SEND,
    },
    "ViewApiFunction": {
        **{queue: {"sqs:GetQueueAttributes"} for queue in QUEUES},
        "StatementBucket": {"s3:ListBucket"},
        STATEMENTS: {"s3:GetObject"},
        **DECRYPT,
    },
    "RiskApiFunction": {
        **DECRYPT,
    },
    # It holds no data and may read none.
    "DashboardFunction": {},
    "ReconcileFunction": {
        "ReconcileQueue": OWN_QUEUE,
        "ReconcileDeadLetterQueue": {"sqs:SendMessage"},
        "StatementBucket": {"s3:ListBucket"},
        STATEMENTS: {"s3:GetObject", "s3:PutObject"},
        EXCHANGE_SECRETS: {"secretsmanager:GetSecretValue"},
        **SEND,
    },
    "HedgeFunction": {
        "OrderQueue": {"sqs:SendMessage"},
        "HedgeQueue": OWN_QUEUE,
        "HedgeDeadLetterQueue": {"sqs:SendMessage"},
        "PermitSecret": {"secretsmanager:GetSecretValue"},
        **SEND,
    },
    "AuditSealFunction": {
        "StateTable stream": READ_STREAM,
        "SealKey": {"kms:GenerateMac", "kms:VerifyMac"},
        "SealBucket": {"s3:ListBucket"},
        SEALS: {"s3:GetObject", "s3:PutObject"},
        "AuditSealQueue": OWN_QUEUE,
        "AuditSealDeadLetterQueue": {"sqs:SendMessage"},
        "AlertQueue": {"sqs:SendMessage"},
        "AlertTopic": {"sns:Publish"},
        "StreamDeadLetterQueue": {"sqs:SendMessage"},
        **SEND,
    },
    "AuditArchiveFunction": {
        "SealKey": {"kms:VerifyMac"},
        "SealBucket": {"s3:ListBucket"},
        "ArchiveBucket": {"s3:ListBucket"},
        SEALS: {"s3:GetObject"},
        ARCHIVE: {"s3:GetObject", "s3:PutObject"},
        ARCHIVED_ORDERS: {"s3:GetObject", "s3:PutObject"},
        ARCHIVE_ITSELF: {"lambda:InvokeFunction"},
        "StreamDeadLetterQueue": {"sqs:SendMessage"},
        "Key": {"kms:Decrypt", "kms:GenerateDataKey"},
    },
    "ControlStreamFunction": {
        "ControlTable stream": READ_STREAM,
        "AuditTable stream": READ_STREAM,
        "OrderQueue": {"sqs:SendMessage"},
        "StreamDeadLetterQueue": {"sqs:SendMessage"},
        **SEND,
    },
    "AlertFanoutFunction": {
        "AuditTable stream": READ_STREAM,
        "AlertQueue": {"sqs:SendMessage"},
        "AlertTopic": {"sns:Publish"},
        "StreamDeadLetterQueue": {"sqs:SendMessage"},
        **SEND,
    },
    "TelegramNotifierFunction": {
        "AlertQueue": OWN_QUEUE - {"sqs:SendMessage"},
        "TelegramSecret": {"secretsmanager:GetSecretValue"},
        **SEND,
    },
    "TelegramWebhookFunction": {
        "TotpSecret": {"secretsmanager:GetSecretValue"},
        "TelegramSecret": {"secretsmanager:GetSecretValue"},
        "PermitSecret": {"secretsmanager:GetSecretValue"},
        "OrderQueue": {"sqs:SendMessage"},
        "StatementBucket": {"s3:ListBucket"},
        STATEMENTS: {"s3:GetObject"},
        **SEND,
    },
}
# AWS managed policies that SAM attaches or that a service needs; nothing narrower exists.
MANAGED_POLICIES = {
    "AWSLambdaBasicExecutionRole",
    "AWSXrayWriteOnlyAccess",
    "AmazonAPIGatewayPushToCloudWatchLogs",
}


def target(reference: Any) -> str:
    """The logical id behind the ARN in a statement."""
    if isinstance(reference, dict) and "Ref" in reference:
        return str(reference["Ref"])
    if isinstance(reference, dict) and "Fn::GetAtt" in reference:
        name, attribute = reference["Fn::GetAtt"]
        if attribute == "StreamArn":
            return f"{name} stream"
        assert attribute == ("Id" if name.endswith("Secret") else "Arn")  # a secret's Id is its ARN
        return str(name)
    if reference in KNOWN_PREFIXES:
        return str(reference["Fn::Sub"])
    return f"not exact: {reference}"


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    return as_list(document["Statement"])


def role_of(function_id: str, resources: Resources) -> dict[str, Any]:
    role: dict[str, Any] = resources[f"{function_id}Role"]["Properties"]
    assert resources[function_id]["Properties"]["Role"] == {"Fn::GetAtt": [f"{function_id}Role", "Arn"]}
    return role


def all_documents(resources: Resources) -> list[dict[str, Any]]:
    documents = []
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] in {
            "AWS::IAM::ManagedPolicy",
            "AWS::SNS::TopicPolicy",
            "AWS::SQS::QueuePolicy",
            "AWS::S3::BucketPolicy",
        }:
            documents.append(properties["PolicyDocument"])
        documents.extend(policy["PolicyDocument"] for policy in properties.get("Policies", []))
    return documents


def test_every_function_is_listed_here(functions: Resources) -> None:
    assert set(functions) == set(EXPECTED)


@pytest.mark.parametrize("function_id", EXPECTED)
def test_a_function_may_do_exactly_what_it_needs(function_id: str, resources: Resources) -> None:
    granted: dict[str, set[str]] = {}
    for policy in role_of(function_id, resources)["Policies"]:
        for statement in statements(policy["PolicyDocument"]):
            assert statement["Effect"] == "Allow"
            for reference in as_list(statement["Resource"]):
                if target(reference) not in TABLES:
                    granted.setdefault(target(reference), set()).update(as_list(statement["Action"]))
    assert granted == EXPECTED[function_id]


@pytest.mark.parametrize("function_id", sorted(EXPECTED.keys() - {"AuditArchiveFunction"}))
def test_no_function_can_change_an_audit_entry(function_id: str, resources: Resources) -> None:
    attached = role_of(function_id, resources)["ManagedPolicyArns"]
    assert {"Ref": "AuditAppendOnlyPolicy"} in attached
    [denial] = statements(resources["AuditAppendOnlyPolicy"]["Properties"]["PolicyDocument"])
    assert denial["Effect"] == "Deny"
    assert target(denial["Resource"]) == "AuditTable"
    assert set(denial["Action"]) >= {
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLUpdate",
        "dynamodb:PartiQLDelete",
    }
    assert "Condition" not in denial


def test_the_archive_can_set_when_an_entry_goes_and_what_is_left_of_an_order_and_nothing_else(
    resources: Resources,
) -> None:
    attached = role_of("AuditArchiveFunction", resources)["ManagedPolicyArns"]
    assert {"Ref": "AuditEndsOnlyPolicy"} in attached
    never, entries, orders = statements(resources["AuditEndsOnlyPolicy"]["Properties"]["PolicyDocument"])
    assert {never["Effect"], entries["Effect"], orders["Effect"]} == {"Deny"}
    assert set(never["Action"]) >= {"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    assert (entries["Action"], target(entries["Resource"])) == ("dynamodb:UpdateItem", "AuditTable")
    [(test, condition)] = entries["Condition"].items()
    assert test == "ForAnyValue:StringNotEquals"
    assert set(condition["dynamodb:Attributes"]) == {"account_id", "sequence", "hash", "ttl"}
    assert (orders["Action"], target(orders["Resource"])) == ("dynamodb:UpdateItem", "StateTable")
    [(test, condition)] = orders["Condition"].items()
    assert test == "ForAnyValue:StringNotEquals"
    changed = set(condition["dynamodb:Attributes"])
    # An account's document is refused where it does not match its hash: what is written there can only be refused.
    order = build_order()
    record = OrderRecord(
        order=order,
        order_id=order_id_of(order),
        status=OrderStatus.FILLED,
        request_hash="",
        answer="{}",
        quantity=Decimal(1),
        decision_price=Decimal(1),
        created_at=NOW,
        updated_at=NOW,
    )
    assert changed == order_item(record, 1).keys()
    assert not changed & {"item_hash", "audit_head", "audit_sequence"}


def test_exchange_keys_are_read_by_the_functions_that_reach_exchanges_alone(resources: Resources) -> None:
    readers = {
        name
        for name in EXPECTED
        for policy in role_of(name, resources)["Policies"]
        for statement in statements(policy["PolicyDocument"])
        if EXCHANGE_SECRETS in {target(reference) for reference in as_list(statement["Resource"])}
    }
    assert readers == {"OrderWorkerFunction", "VenueReaderFunction", "MonitorFunction", "ReconcileFunction"}


def test_who_writes_the_log_reaches_no_seal_and_who_seals_writes_no_log(resources: Resources) -> None:
    makes = {"kms:GenerateMac", "s3:PutObject"}
    makers = [
        name
        for name, granted in EXPECTED.items()
        if any(granted.get(seal, set()) & makes for seal in ("SealKey", SEALS))
    ]
    assert makers == ["AuditSealFunction"]
    # Archived is what is sealed: whoever archives reads seals, and writes no entry.
    readers = [name for name, granted in EXPECTED.items() if {"SealKey", "SealBucket", SEALS} & set(granted)]
    assert readers == ["AuditSealFunction", "AuditArchiveFunction"]
    assert not [
        a
        for policy in role_of("AuditSealFunction", resources)["Policies"]
        for statement in statements(policy["PolicyDocument"])
        for reference in as_list(statement["Resource"])
        if target(reference) in TABLES
        for a in as_list(statement["Action"])
        if a.endswith(("PutItem", "UpdateItem"))
    ]


def test_no_statement_has_a_wildcard(resources: Resources) -> None:
    for document in all_documents(resources):
        for statement in statements(document):
            if statement["Effect"] == "Deny" or statement["Action"] == UNSCOPED:  # may only take away
                continue
            assert not [action for action in as_list(statement["Action"]) if "*" in action]
            resources_named = [r for r in as_list(statement["Resource"]) if r not in [*KNOWN_PREFIXES, *ROLLED_OUT]]
            assert not [resource for resource in resources_named if "*" in str(resource)]
            assert "NotAction" not in statement
            assert "NotResource" not in statement


def test_only_listed_managed_policies_are_attached(resources: Resources) -> None:
    attached = {
        str(arn).rstrip("'}").rsplit("/", 1)[-1]
        for resource in resources.values()
        for arn in resource.get("Properties", {}).get("ManagedPolicyArns", [])
        if arn not in ({"Ref": "AuditAppendOnlyPolicy"}, {"Ref": "AuditEndsOnlyPolicy"})
    }
    assert attached == MANAGED_POLICIES


def test_every_invoke_permission_names_its_source(resources: Resources) -> None:
    permissions = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::Lambda::Permission"]
    assert len(permissions) > len(EXPECTED)
    for permission in permissions:
        if permission["Principal"] == "sns.amazonaws.com":
            assert permission["FunctionName"] == {"Ref": "AlertFanoutFunctionAliaslive"}
            assert permission["SourceArn"] == {"Ref": "AlertTopic"}
        else:
            assert permission["Principal"] == "apigateway.amazonaws.com"
            assert "execute-api" in str(permission["SourceArn"])


def test_the_key_is_open_to_the_account_and_three_services_only(resources: Resources) -> None:
    policy = statements(resources["Key"]["Properties"]["KeyPolicy"])
    principals = [statement["Principal"] for statement in policy]
    assert [list(principal) for principal in principals] == [["AWS"], ["Service"], ["Service"], ["Service"]]
    for statement in policy[1:]:
        assert statement["Condition"], "a service may use the key for this account's resources only"
        assert not [action for action in statement["Action"] if "*" in action]
