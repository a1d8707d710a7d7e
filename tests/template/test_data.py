"""What keeps data: tables, key, secret, topic, logs."""

from typing import Any

import pytest

from riskgate.runtime.jobs.alert_fanout import KEEP_DAYS_MIN
from tests.template.reading import Resources, of_type

KEY = {"Fn::GetAtt": ["Key", "Arn"]}
STATEFUL = {
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::SQS::Queue",
}
#: What waits here is worth nothing after minutes: the next tick sends it again.
PASSING = {
    f"{job}{kind}"
    for job in ("AuditSeal", "Hedge", "MarketData", "Monitor", "Reconcile", "Stress", "Var")
    for kind in ("Queue", "DeadLetterQueue")
}
#: What outlives the stack, by logical id: under another id an update would begin with an empty one.
KEPT = {
    "Key",
    "StateTable",
    "ControlTable",
    "AuditTable",
    "NotificationTable",
    "StatementBucket",
    "SealBucket",
    "ArchiveBucket",
    "SealKey",
    "TotpSecret",
    "PermitSecret",
    "TelegramSecret",
    "FrontDoorSecret",
    "OrderQueue",
    "OrderDeadLetterQueue",
    "AlertQueue",
    "AlertDeadLetterQueue",
    "StreamDeadLetterQueue",
}
TABLE_KEYS = {
    "StateTable": [("pk", "S", "HASH"), ("sk", "S", "RANGE")],
    "ControlTable": [("pk", "S", "HASH"), ("sk", "S", "RANGE")],
    "AuditTable": [("account_id", "S", "HASH"), ("sequence", "N", "RANGE")],
    "NotificationTable": [("pk", "S", "HASH"), ("sk", "S", "RANGE")],
}


def test_stateful_resources_outlive_the_stack(resources: Resources) -> None:
    stateful = {name: r for name, r in resources.items() if r["Type"] in STATEFUL}
    assert set(stateful) == KEPT | PASSING
    for name, resource in stateful.items():
        # What a first deployment that fails had made is empty: it goes with it.
        expected = ("Delete", "Delete") if name in PASSING else ("RetainExceptOnCreate", "Retain")
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == expected, name


def test_the_tables_are_the_three_of_the_contract_and_the_notifiers_own(resources: Resources) -> None:
    keys = {}
    for name, table in of_type(resources, "AWS::DynamoDB::Table").items():
        types = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
        keys[name] = [(k["AttributeName"], types[k["AttributeName"]], k["KeyType"]) for k in table["KeySchema"]]
    assert keys == TABLE_KEYS


@pytest.mark.parametrize("name", TABLE_KEYS)
def test_a_table_can_be_restored_watched_and_not_dropped(name: str, resources: Resources) -> None:
    table = resources[name]["Properties"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    if name != "NotificationTable":  # what is to be shown is told from the audit table's stream
        assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    assert "TableName" not in table, "a fixed name would keep a stack from being made again"


def test_control_never_expires_and_entries_where_their_archive_says(resources: Resources) -> None:
    expiring = {
        name: table["TimeToLiveSpecification"]
        for name, table in of_type(resources, "AWS::DynamoDB::Table").items()
        if "TimeToLiveSpecification" in table
    }
    expires = {"AttributeName": "ttl", "Enabled": True}
    assert expiring == {"StateTable": expires, "AuditTable": expires, "NotificationTable": expires}


def test_everything_at_rest_is_under_the_projects_own_key(resources: Resources) -> None:
    assert of_type(resources, "AWS::KMS::Key")["Key"]["EnableKeyRotation"] is True
    groups = [
        (of_type(resources, "AWS::SecretsManager::Secret"), "KmsKeyId"),
        (of_type(resources, "AWS::SNS::Topic"), "KmsMasterKeyId"),
        (of_type(resources, "AWS::SQS::Queue"), "KmsMasterKeyId"),
        (of_type(resources, "AWS::Logs::LogGroup"), "KmsKeyId"),
        (of_type(resources, "AWS::Lambda::Function"), "KmsKeyArn"),
    ]
    for found, attribute in groups:
        for name, properties in found.items():
            assert properties[attribute] == KEY, name


def test_the_stack_never_writes_over_the_totp_seeds(resources: Resources) -> None:
    secret = resources["TotpSecret"]["Properties"]
    assert not {"SecretString", "GenerateSecretString"} & set(secret)


def test_the_permit_key_is_made_once_and_long(resources: Resources) -> None:
    secret = resources["PermitSecret"]["Properties"]
    assert secret["GenerateSecretString"] == {"PasswordLength": 64, "ExcludePunctuation": True}


@pytest.mark.parametrize("name", ["StatementBucket", "SealBucket", "ArchiveBucket"])
def test_what_buckets_keep_is_versioned_encrypted_and_private(name: str, resources: Resources) -> None:
    bucket = resources[name]["Properties"]
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    [denial] = resources[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert denial["Effect"] == "Deny"
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_sealed_heads_are_locked_for_a_stated_time(resources: Resources) -> None:
    bucket = resources["SealBucket"]["Properties"]
    assert bucket["ObjectLockEnabled"] is True
    rule = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert rule == {"Mode": {"Ref": "SealLockMode"}, "Days": {"Ref": "SealLockDays"}}
    key = resources["SealKey"]["Properties"]
    assert (key["KeySpec"], key["KeyUsage"]) == ("HMAC_256", "GENERATE_VERIFY_MAC")


def test_finding_of_the_scanner_when_it_is_passed_over_then_the_reason_stands_beside_the_resource(
    template: dict[str, Any],
) -> None:
    skips = [
        skip
        for resource in template["Resources"].values()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]
    assert {skip["id"] for skip in skips} >= {"CKV_AWS_117", "CKV_AWS_18"}
    assert all(len(skip["comment"]) > 20 for skip in skips)


def test_the_archive_is_locked_longer_than_the_tables_keep_entries(
    resources: Resources, template: dict[str, Any]
) -> None:
    bucket = resources["ArchiveBucket"]["Properties"]
    assert bucket["ObjectLockEnabled"] is True
    rule = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert rule == {"Mode": {"Ref": "SealLockMode"}, "Days": {"Ref": "ArchiveLockDays"}}
    assert template["Parameters"]["ArchiveLockDays"]["Default"] > template["Parameters"]["KeepDays"]["Default"]
    # What the alert of an edited entry rests on: none so young has a time to go.
    assert template["Parameters"]["KeepDays"]["MinValue"] == KEEP_DAYS_MIN


def test_logs_are_kept_for_a_stated_time(resources: Resources, functions: Resources) -> None:
    groups = of_type(resources, "AWS::Logs::LogGroup")
    for name, group in groups.items():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
    used = {function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions.values()}
    assert used | {"ApiLogGroup", "FrontDoorLogGroup"} == set(groups)
    assert len(used) == len(functions)


def test_the_key_policy_covers_every_log_group(resources: Resources) -> None:
    policy = resources["Key"]["Properties"]["KeyPolicy"]["Statement"]
    [logs] = [statement for statement in policy if statement["Sid"] == "LogGroups"]
    pattern = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]["Fn::Sub"]
    assert pattern.endswith(":log-group:/aws/*/${AWS::StackName}-*")
    for group in of_type(resources, "AWS::Logs::LogGroup").values():
        area, name = group["LogGroupName"]["Fn::Sub"].removeprefix("/aws/").split("/")
        assert area in {"lambda", "apigateway"}
        assert name.startswith("${AWS::StackName}-")
