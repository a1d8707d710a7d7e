"""Replay the stored corpus with whatever build is on the path; prints what came of it as JSON."""

from __future__ import annotations

import base64
import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from riskgate import ENGINE_VERSION
from riskgate.adapters.dynamodb.items import parse_account, parse_order
from riskgate.adapters.dynamodb.store import _parse_audit
from riskgate.app.audit.verify_audit import Replay, verify_chain
from riskgate.core.account.stored import GATEWAY_CHAIN
from riskgate.schemas.codec import encode

type Item = dict[str, Any]
type Chain = tuple[str, str]

CORPUS = Path(__file__).parents[1] / "corpus"


def load() -> tuple[dict[Chain, list[Item]], dict[Chain, Item], list[Item]]:
    """Return the entries of each scenario's accounts, their documents, and all orders."""
    entries: dict[Chain, list[Item]] = defaultdict(list)
    documents: dict[Chain, Item] = {}
    orders: list[Item] = []
    for path in sorted(CORPUS.glob("*/items.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                item: Item = {
                    name: {"B": base64.b64decode(value["B"])} if "B" in value else value
                    for name, value in row["item"].items()
                }
                if row["table"] == "audit":
                    entries[row["scenario"], item["account_id"]["S"]].append(item)
                elif row["table"] == "state" and item["sk"]["S"] == "STATE":
                    documents[row["scenario"], item["pk"]["S"].removeprefix("ACCOUNT#")] = item
                elif row["table"] == "state" and item["sk"]["S"].startswith("ORDER#"):
                    orders.append(item)
    return entries, documents, orders


def main() -> None:
    """Verify and replay every chain, and hold each document against the fold of its log."""
    entries, documents, orders = load()
    findings, replayed = [], 0
    for (scenario, account_id), items in entries.items():
        rows = sorted((_parse_audit(item) for item in items), key=lambda row: row.sequence)
        found = [finding.problem for finding in verify_chain(rows)]
        replay = Replay(account_id=account_id)
        for row in rows:
            found += [finding.problem for finding in replay.feed(row)]
        replayed += replay.replayed
        if account_id != GATEWAY_CHAIN:
            stored = parse_account(documents[scenario, account_id])
            if encode(stored.state) != encode(replay.state):
                found.append("the document is not the fold of the log")
        findings += [f"{scenario} {account_id}: {problem}" for problem in found]
    for order in orders:
        parse_order(order)
    told = {"engine": ENGINE_VERSION, "replayed": replayed, "orders": len(orders), "findings": findings[:5]}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
