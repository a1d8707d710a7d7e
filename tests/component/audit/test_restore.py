"""Accounts after a restore: what the log holds comes back, and nothing else passes for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.restored import RestoredTables
from riskgate.app.audit.repair_account import catch_up
from riskgate.core.account.stored import GATEWAY_CHAIN, OrderRecord
from tests.component.audit.test_stored_corpus import Tables, assert_document, assert_log, list_names, load_scenarios
from tests.component.audit.test_stored_corpus import tables_of as tables_of  # noqa: PLC0414 a fixture
from tests.support.aws import Aws

#: What the log has not of an order's item: the permit, who sent it under which name, and what only a batch knows.
NOT_IN_THE_LOG: dict[str, Any] = {
    "permit": "", "decided_at": None, "claimed_by": "", "venue_client_id": "", "next_terms": None, "batch_id": None,
    "trace_id": "", "version": 0,
}  # fmt: skip
#: What earlier versions left out of an item, or wrote otherwise: made again, it is today's.
OF_THIS_VERSION: dict[str, Any] = {"has_rebates": False, "stop_kept_by": None, "reserved_until": None}
#: Scenarios that edit the items of orders, which the log then contradicts.
EDITED = "disagreement: "
#: Markers of what is found again otherwise: a batch by its orders, an edit of a table by the stream's own id of it.
MARKERS_LOST = ("BATCH#", "EDIT#")


def without(scenario: dict[str, Any], *prefixes: str) -> dict[str, Any]:
    """Return a scenario whose state table has lost the rows of its accounts whose sort keys begin so."""

    def is_lost(item: dict[str, Any]) -> bool:
        return item["pk"]["S"].startswith("ACCOUNT#") and item["sk"]["S"].startswith(prefixes)

    state = [item for item in scenario["items"]["state"] if not is_lost(item)]
    return scenario | {"items": scenario["items"] | {"state": state}}


def known(row: dict[str, Any]) -> OrderRecord:
    """Return what of an order's item its log knows."""
    return replace(items.parse_order(row), **NOT_IN_THE_LOG, **OF_THIS_VERSION)


@pytest.mark.parametrize(("version", "name"), list_names())
def test_restore_when_all_of_an_account_is_lost_then_its_log_brings_it_back(
    aws: Aws, tables_of: Any, version: str, name: str
) -> None:
    scenario = load_scenarios(version)[name]
    tables: Tables = tables_of(
        without(dict(scenario), "STATE", "ORDER#", "FILL#", "TRANSFER#", "FUNDING#", "EXIT", "HEDGE#")
    )
    whole = {"state": scenario["items"]["state"]}
    restored = RestoredTables(aws.dynamodb, state_table=aws.state_table, control_table=aws.control_table)
    for chain in scenario["chains"]:
        account_id = chain["account_id"]
        assert catch_up(tables.store, restored, account_id).entries == chain["entries"]
        assert_log(tables, chain)
        if account_id == GATEWAY_CHAIN:
            continue
        assert_document(_recorded(tables, whole), chain)
        found = {row["sk"]["S"]: row for row in aws.items(aws.state_table) if row["pk"]["S"] == f"ACCOUNT#{account_id}"}
        for row in whole["state"]:
            sort_key = row["sk"]["S"]
            if row["pk"]["S"] != f"ACCOUNT#{account_id}" or sort_key.startswith(("STATE", "REPORT#", *MARKERS_LOST)):
                continue
            assert sort_key in found
            if sort_key.startswith("ORDER#"):
                assert known(found[sort_key]) == known(row) or name.startswith(EDITED), sort_key


def _recorded(tables: Tables, recorded_items: dict[str, Any]) -> Tables:
    """Return the tables as they are, beside the items as they were recorded."""
    recorded = Tables.__new__(Tables)
    recorded.__dict__ |= tables.__dict__ | {"scenario": {"items": recorded_items}}
    return recorded
