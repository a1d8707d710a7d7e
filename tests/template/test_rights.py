"""Which rows each function may write and read: what the template says, against what must never be (A16, A17)."""

import json
import re

import pytest

from infra.template.rights import RIGHTS
from tests.support.roles import TABLES, may, statements_of
from tests.template.reading import Resources, as_list

FUNCTIONS = sorted(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in RIGHTS)
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
BUDGET = "VENUE_BUDGET#address/egress/binance"
GUARD = "KILL_SWITCH_GUARD#07"
#: One row of every kind, by table.
ROWS = {
    "StateTable": (
        "ACCOUNT#acme",
        "ACCOUNT#gateway",
        "ACCOUNTS",
        "MARKET",
        "CLOSES",
        "TELEGRAM",
        "KILL_SWITCH_PROGRESS#GLOBAL",
        BUDGET,
    ),
    "ControlTable": (
        "TOKEN",
        "OPERATOR",
        "LIMITS",
        "LIMITS_HISTORY#acme",
        "KILL_SWITCH",
        GUARD,
        "SECRET",
        "KEYED_VENUE",
        "EXCHANGE_KEY",
        "WEBHOOK",
    ),
    "AuditTable": ("acme", "gateway"),
}
#: What each function may write: all there is to write but these.
WRITTEN = {
    "authorizer": [],
    "order_api": ["ACCOUNT#acme", "ACCOUNT#gateway", "acme", "gateway"],
    "admin_api": [
        "ACCOUNT#acme",
        "ACCOUNT#gateway",
        "ACCOUNTS",
        "MARKET",
        "OPERATOR",
        "LIMITS",
        "LIMITS_HISTORY#acme",
        "KILL_SWITCH",
        GUARD,
        "SECRET",
        "KEYED_VENUE",
        "WEBHOOK",
        "acme",
        "gateway",
    ],
    "webhooks": ["ACCOUNT#acme", "ACCOUNT#gateway", "acme", "gateway"],
    "order_worker": ["ACCOUNT#acme", "KILL_SWITCH_PROGRESS#GLOBAL", BUDGET, "acme"],
    "venue_api": ["ACCOUNT#acme", "ACCOUNT#gateway", "acme", "gateway"],
    "venue_reader": [BUDGET],
    "risk_api": [],
    "view_api": [],
    "dashboard": [],
    "market_data": ["MARKET", "CLOSES", BUDGET],
    "monitor": ["ACCOUNT#acme", BUDGET, "acme"],
    "var": ["ACCOUNT#acme", "MARKET"],
    "stress": ["ACCOUNT#acme", "MARKET"],
    "reconcile": ["ACCOUNT#acme", "ACCOUNT#gateway", BUDGET, "KILL_SWITCH", GUARD, "acme", "gateway"],
    "hedge": ["ACCOUNT#acme", "acme"],
    "control_stream": ["ACCOUNT#gateway", "KILL_SWITCH_PROGRESS#GLOBAL", GUARD, "gateway"],
    "audit_seal": [],
    # When an entry goes, and what is left of an order: a policy of its own denies all else.
    "audit_archive": ["ACCOUNT#acme", "acme", "gateway"],
    "telegram_notifier": [],
    "telegram_webhook": [
        "ACCOUNT#acme",
        "ACCOUNT#gateway",
        "TELEGRAM",
        "OPERATOR",
        "KILL_SWITCH",
        GUARD,
        "acme",
        "gateway",
    ],
}
#: Functions whose approvals, or claims to send, hold only while no kill switch is engaged (ADR 0023).
DECIDING = ("order_api", "admin_api", "order_worker", "hedge", "telegram_webhook", "venue_api", "webhooks")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_the_rows_it_must_and_no_others(function: str) -> None:
    written = [
        row
        for table, rows in ROWS.items()
        for row in rows
        if any(may(function, action, table, row) for action in WRITES)
    ]
    assert written == WRITTEN[function]


def test_no_function_can_make_or_change_a_token() -> None:
    """Tokens come from an operator's own AWS identity (`riskctl tokens`), through no function at all."""
    assert not [f for f in FUNCTIONS for action in WRITES if may(f, action, "ControlTable", "TOKEN")]
    readers = [f for f in FUNCTIONS for a in ("GetItem", "BatchGetItem", "Query") if may(f, a, "ControlTable", "TOKEN")]
    assert readers == ["authorizer"]


def test_a_batch_that_holds_one_forbidden_row_is_refused_whole() -> None:
    assert may("order_api", "BatchGetItem", "ControlTable", "ACCOUNT#acme", "LIMITS", "KILL_SWITCH", GUARD)
    assert not may("order_api", "BatchGetItem", "ControlTable", "LIMITS", "TOKEN")
    assert not may("order_api", "BatchGetItem", "ControlTable", "OPERATOR")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_who_decides_can_hold_the_decision_against_the_kill_switches_alone(function: str) -> None:
    for row in ("KILL_SWITCH", GUARD):
        assert may(function, "ConditionCheckItem", "ControlTable", row) == (function in DECIDING)
    assert not may(function, "ConditionCheckItem", "ControlTable", "LIMITS")
    assert not may(function, "ConditionCheckItem", "StateTable", "ACCOUNT#acme")


def test_only_a_phones_commands_and_shown_alerts_are_ever_deleted() -> None:
    rows = [(table, row) for table, rows in ROWS.items() for row in rows] + [("NotificationTable", "CHAT#1")]
    deleted = [(f, row) for f in FUNCTIONS for table, row in rows if may(f, "DeleteItem", table, row)]
    assert deleted == [("telegram_notifier", "CHAT#1"), ("telegram_webhook", "TELEGRAM")]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_right_on_a_table_names_rows_except_the_logs_readers(function: str) -> None:
    tables = [{"Fn::GetAtt": [table, "Arn"]} for table in TABLES]
    for statement in statements_of(function):
        if any(table in as_list(statement["Resource"]) for table in tables) and "Condition" not in statement:
            assert statement["Sid"] in {"ReadAudit", "AppendAudit", "EndEntries"}


def test_every_policy_fits_into_its_role(resources: Resources) -> None:
    """AWS counts the characters of a role's inline policies, ARNs written out."""
    for name, resource in resources.items():
        policies = resource.get("Properties", {}).get("Policies", [])
        if resource["Type"] == "AWS::IAM::Role" and policies:
            written = re.sub(r'\{"(Fn::GetAtt|Ref|Fn::Sub)": [^}]*\}', '"' + "a" * 110 + '"', json.dumps(policies))
            assert len(written.replace(" ", "")) < 10_240, name


@pytest.mark.parametrize("function", FUNCTIONS)
def test_who_writes_guards_reads_all_kill_switches_and_the_guards_before(function: str) -> None:
    if may(function, "PutItem", "ControlTable", GUARD):
        assert may(function, "Query", "ControlTable", "KILL_SWITCH")
        assert may(function, "BatchGetItem", "ControlTable", GUARD)
