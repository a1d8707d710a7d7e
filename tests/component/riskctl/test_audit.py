"""``riskctl audit``: what verification and replay find, and what they must not miss."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from typer.testing import Result

from infra.riskctl import audit
from riskgate import ENGINE_VERSION
from riskgate.adapters.dynamodb.items import account_item
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.core.orders.events import RULES
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.log.audit_entry import read_entry, seal
from tests.component.riskctl.conftest import Gateway

Riskctl = Callable[..., Result]

ENTRIES = 6


@pytest.fixture
def traded(gateway: Gateway) -> Gateway:
    """Give an account with a history: registration, approvals, denials, a modified and a cancelled order."""
    assert gateway.submit()["decision"] == "approved"
    assert gateway.submit(client_order_id="second", quantity="5")["decision"] == "denied"
    assert gateway.submit(client_order_id="third", quantity="0.2")["decision"] == "approved"
    gateway.api.call("PATCH", "/accounts/demo/orders/third", {"quantity": "0.3"})
    gateway.api.call("POST", "/accounts/demo/orders/third/cancel")
    return gateway


def read_item(gateway: Gateway, sequence: int) -> dict[str, Any]:
    key: Any = {"account_id": {"S": "demo"}, "sequence": {"N": str(sequence)}}
    return dict(gateway.aws.dynamodb.get_item(TableName=gateway.aws.audit_table, Key=key)["Item"])


def write_item(gateway: Gateway, item: dict[str, Any]) -> None:
    gateway.aws.dynamodb.put_item(TableName=gateway.aws.audit_table, Item=item)


def find(riskctl: Riskctl, command: str) -> list[tuple[int, str]]:
    shown = riskctl("audit", command, "-o", "json")
    (chain,) = json.loads(shown.output)["chains"]
    findings = [(found["sequence"], found["problem"]) for found in chain["findings"]]
    assert shown.exit_code == (1 if findings else 0)
    return findings


@pytest.mark.parametrize("command", ["verify", "replay"])
def test_audit_when_nothing_was_touched_then_no_findings(traded: Gateway, riskctl: Riskctl, command: str) -> None:
    shown = riskctl("audit", command)
    assert shown.exit_code == 0, shown.output
    assert f"demo: {ENTRIES} entries" in shown.output
    assert "no findings" in shown.output
    stored = traded.session.aws.store.read_chain("demo")
    assert stored is not None
    assert f"head {stored.audit_head}" in shown.output


@pytest.mark.parametrize("command", ["verify", "replay"])
def test_audit_when_the_log_has_several_pages_then_all_are_read(
    traded: Gateway, riskctl: Riskctl, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    shown = riskctl("audit", command, "--account", "demo", "-o", "json")
    assert json.loads(shown.output)["chains"][0]["entries"] == ENTRIES
    assert traded.transport.requests


def test_verify_when_an_entry_was_edited_then_found(traded: Gateway, riskctl: Riskctl) -> None:
    item = read_item(traded, 3)
    item["entry"] = {"S": unpack(item["entry"]).decode().replace('"decision":"denied"', '"decision":"approved"')}
    write_item(traded, item)
    assert find(riskctl, "verify") == [(3, "the entry does not match its hash")]
    assert [sequence for sequence, _ in find(riskctl, "replay")] == [3]


def test_verify_when_an_entry_was_forged_with_its_hash_then_the_link_breaks(traded: Gateway, riskctl: Riskctl) -> None:
    item = read_item(traded, 3)
    text = unpack(item["entry"]).decode().replace('"actor":"token:', '"actor":"job:')
    entry = read_entry(text)
    item |= {"entry": {"S": text}, "hash": {"S": sha256_hex(text.encode())}, "actor": {"S": entry.actor}}
    write_item(traded, item)
    assert find(riskctl, "verify") == [(4, "does not link to the entry before")]


def test_replay_when_the_whole_chain_was_forged_then_the_decision_comes_out_differently(
    traded: Gateway, riskctl: Riskctl
) -> None:
    item = read_item(traded, 2)
    entry = read_entry(unpack(item["entry"]).decode())
    entry.inputs["order"]["quantity"] = "1.3"  # an order that is denied, still written as approved
    text, digest = seal(entry)
    write_item(traded, item | {"entry": {"S": text}, "hash": {"S": digest}})
    problems = dict(find(riskctl, "replay"))
    assert "decided differently" in problems[2] or "came out differently" in problems[2]


@pytest.mark.parametrize(
    ("sequence", "problem"), [(3, "gap after 2"), (6, "the last entry is not the head the account names")]
)
def test_verify_when_an_entry_is_missing_then_found(
    traded: Gateway, riskctl: Riskctl, sequence: int, problem: str
) -> None:
    key: Any = {"account_id": {"S": "demo"}, "sequence": {"N": str(sequence)}}
    traded.aws.dynamodb.delete_item(TableName=traded.aws.audit_table, Key=key)
    assert problem in [text for _, text in find(riskctl, "verify")]


def test_verify_when_an_entry_lies_beyond_the_head_then_found(traded: Gateway, riskctl: Riskctl) -> None:
    item = read_item(traded, ENTRIES)
    write_item(traded, item | {"sequence": {"N": str(ENTRIES + 1)}})
    assert find(riskctl, "verify") == [(ENTRIES + 1, "an entry beyond the head the account names")]


ACCOUNT_KEY: Any = {"pk": {"S": "ACCOUNT#demo"}, "sk": {"S": "STATE"}}


@pytest.mark.parametrize("command", ["verify", "replay"])
def test_audit_when_the_account_document_is_gone_then_found(traded: Gateway, riskctl: Riskctl, command: str) -> None:
    traded.aws.dynamodb.delete_item(TableName=traded.aws.state_table, Key=ACCOUNT_KEY)
    assert find(riskctl, command) == [(0, "the account document is missing")]


@pytest.mark.parametrize("command", ["verify", "replay"])
def test_audit_when_the_account_document_was_edited_then_found(traded: Gateway, riskctl: Riskctl, command: str) -> None:
    item: Any = traded.aws.dynamodb.get_item(TableName=traded.aws.state_table, Key=ACCOUNT_KEY)["Item"]
    before = unpack(item["document"]).decode()
    richer = before.replace('"equity":"100000"', '"equity":"900000"')
    assert richer != before
    traded.aws.dynamodb.put_item(TableName=traded.aws.state_table, Item=item | {"document": {"S": richer}})
    assert find(riskctl, command) == [(0, "the account document does not match its hash")]


def test_replay_when_the_account_document_was_replaced_with_its_hash_then_found(
    traded: Gateway, riskctl: Riskctl
) -> None:
    stored = traded.session.aws.store.read_chain("demo")
    assert stored is not None
    assert stored.state is not None
    richer = replace(stored.state, equity=Decimal(900_000))
    item = account_item(
        "demo",
        richer,
        encode(richer).decode(),
        version=stored.version,
        sequence=stored.audit_sequence,
        head=stored.audit_head,
    )
    traded.aws.dynamodb.put_item(TableName=traded.aws.state_table, Item=item)
    assert find(riskctl, "verify") == []
    assert find(riskctl, "replay") == [(ENTRIES, "the account document is not the fold of the log")]


def test_audit_when_all_chains_are_wanted_then_the_gateway_s_own_is_among_them(
    traded: Gateway, riskctl: Riskctl
) -> None:
    assert [
        chain["account_id"] for chain in json.loads(riskctl("audit", "verify", "--all", "-o", "json").output)["chains"]
    ] == ["demo"]
    assert riskctl("kill", "on", "-r", "drill").exit_code == 0
    traded.api.call("POST", "/accounts/nobody/orders", traded.order(), is_answer=lambda _: True)
    for command in ("verify", "replay"):
        shown = riskctl("audit", command, "--all", "-o", "json")
        assert shown.exit_code == 0, shown.output
        chains = {chain["account_id"]: chain["entries"] for chain in json.loads(shown.output)["chains"]}
        # The account takes note of the kill switch when the stream tells of it.
        assert chains == {"gateway": 2, "demo": ENTRIES}


def test_tail_then_the_last_entries_with_their_decisions(traded: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("audit", "tail", "-n", "3", "-o", "json")
    assert shown.exit_code == 0, shown.output
    entries = json.loads(shown.output)["entries"]
    assert [(entry["sequence"], entry["event"], entry["decision"]) for entry in entries] == [
        (4, "order_decided", "approved"),
        (5, "order_modified", "approved"),
        (6, "order_closed", None),
    ]
    table = riskctl("audit", "tail").output
    assert "denied NOTIONAL_ABOVE_MAXIMUM" in table
    assert len(table.splitlines()) == ENTRIES + 1
    assert traded.admin_token not in table


@pytest.mark.parametrize("command", ["tail", "verify", "replay"])
def test_audit_when_the_account_is_unknown_then_usage(riskctl: Riskctl, command: str) -> None:
    shown = riskctl("audit", command, "--account", "nobody")
    assert shown.exit_code == 2
    assert "nobody has no audit log" in shown.output


def test_audit_when_no_table_is_named_then_it_says_how(gateway: Gateway, riskctl: Riskctl) -> None:
    connection = ["--api-url", "https://gateway.test/v1", "--token", gateway.admin_token]
    shown = riskctl(*connection, "audit", "verify", "-a", "demo", env={"RISKCTL_STACK_FILE": ""})
    assert shown.exit_code == 2
    assert "--stack-name" in shown.output
    assert Decimal(json.loads(riskctl(*connection, "status", "-a", "demo", "-o", "json").output)["equity"]) == 100000


def test_tail_when_following_then_new_entries_are_added_until_interrupted(
    traded: Gateway, riskctl: Riskctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 1:
            raise KeyboardInterrupt
        traded.submit(client_order_id="later", quantity="5")

    monkeypatch.setattr("infra.riskctl.audit.time.sleep", sleep)
    shown = riskctl("audit", "tail", "--follow", "-n", "1")
    assert shown.exit_code == 0, shown.output
    last, added = shown.output.splitlines()[-2:]
    assert "order_closed" in last
    assert added.split()[0] == str(ENTRIES + 1)
    assert "denied NOTIONAL_ABOVE_MAXIMUM" in added
    assert riskctl("audit", "tail", "--follow", "-o", "json").exit_code == 2


def test_replay_when_done_then_it_says_which_engines_and_rules_decided(traded: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("audit", "replay")
    assert (
        f"engine {ENGINE_VERSION} decided {ENTRIES} by rules {RULES}; engine {ENGINE_VERSION} replayed" in shown.output
    )
    (chain,) = json.loads(riskctl("audit", "replay", "-o", "json").output)["chains"]
    assert chain["engines"] == [{"engine_version": ENGINE_VERSION, "entries": ENTRIES, "rules": [RULES, RULES]}]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"engine_version": "9.0.0", "rules": RULES + 1}, f"engine 9.0.0 with rules {RULES + 1}, this is engine"),
        ({"engine_version": "1.10.0"}, f"engine 1.10.0 with rules {RULES}, this is engine {ENGINE_VERSION}"),
        ({"rules": RULES + 1}, f"with rules {RULES + 1}, this is engine {ENGINE_VERSION} with rules up to {RULES}"),
    ],
)
def test_replay_when_a_newer_engine_decided_then_refused_by_name_and_nothing_is_guessed_behind_it(
    traded: Gateway, riskctl: Riskctl, changes: dict[str, Any], named: str
) -> None:
    rewrite(traded, 4, **changes)
    ((sequence, problem),) = find(riskctl, "replay")
    assert (sequence, named in problem) == (4, True), problem
    assert "replay it with that or a later one" in problem


def test_verify_when_a_newer_engine_wrote_an_entry_then_its_chain_is_held_against_its_hashes(
    traded: Gateway, riskctl: Riskctl
) -> None:
    rewrite(traded, ENTRIES, engine_version="9.0.0", of_later={"a": "1"})
    assert [problem for _, problem in find(riskctl, "verify")] == ["the last entry is not the head the account names"]


@pytest.mark.parametrize("text", ["x", "1.x", ""])
def test_replay_when_no_engine_is_called_so_then_unreadable(traded: Gateway, riskctl: Riskctl, text: str) -> None:
    rewrite(traded, 4, engine_version=text)
    assert find(riskctl, "replay")[0][0] == 4


def test_replay_when_an_event_has_what_this_engine_does_not_know_then_not_replayed_without_it(
    traded: Gateway, riskctl: Riskctl
) -> None:
    inputs = json.loads(unpack(read_item(traded, 2)["entry"]))["inputs"]
    rewrite(traded, 2, inputs=inputs | {"of_later": "1"})
    problems = dict(find(riskctl, "replay"))
    assert "unknown field `of_later`" in problems[2]


def rewrite(gateway: Gateway, sequence: int, **changes: Any) -> None:
    """Let another build have written an entry."""
    item = read_item(gateway, sequence)
    text = encode(json.loads(unpack(item["entry"])) | changes).decode()
    write_item(gateway, item | {"entry": {"S": text}, "hash": {"S": sha256_hex(text.encode())}})


def test_repair_when_a_document_is_behind_then_asked_applied_and_verified(traded: Gateway, riskctl: Riskctl) -> None:
    aws = traded.aws
    before = {
        (row["pk"]["S"], row["sk"]["S"]): row for row in aws.items(aws.state_table) if row["pk"]["S"] == "ACCOUNT#demo"
    }
    assert traded.submit(client_order_id="after", quantity="0.05")["decision"] == "approved"
    aws.dynamodb.delete_item(TableName=aws.state_table, Key={"pk": {"S": "ACCOUNT#demo"}, "sk": {"S": "ORDER#after"}})
    aws.dynamodb.put_item(TableName=aws.state_table, Item=before["ACCOUNT#demo", "STATE"])
    assert find(riskctl, "verify") == [(ENTRIES + 1, "an entry beyond the head the account names")]
    assert riskctl("audit", "repair", input="n\n").exit_code != 0
    assert find(riskctl, "verify") != []
    shown = riskctl("audit", "repair", "--yes")
    assert shown.exit_code == 0
    assert f"demo: entries {ENTRIES + 1} to {ENTRIES + 1} applied again, 1 order written" in shown.output
    assert find(riskctl, "verify") == []
    assert find(riskctl, "replay") == []
    assert riskctl("audit", "repair").output == "no document is behind its log\n"


def test_repair_when_the_log_does_not_continue_the_document_then_told_and_nothing_written(
    traded: Gateway, riskctl: Riskctl
) -> None:
    aws = traded.aws
    old = aws.dynamodb.get_item(TableName=aws.state_table, Key={"pk": {"S": "ACCOUNT#demo"}, "sk": {"S": "STATE"}})
    assert traded.submit(client_order_id="after", quantity="0.05")["decision"] == "approved"
    aws.dynamodb.put_item(TableName=aws.state_table, Item=old["Item"])
    item = read_item(traded, ENTRIES + 1)
    write_item(traded, item | {"hash": {"S": "0" * 64}})
    shown = riskctl("audit", "repair", "--yes")
    assert shown.exit_code == 1
    assert "demo: not repaired" in shown.output
    now = aws.dynamodb.get_item(TableName=aws.state_table, Key={"pk": {"S": "ACCOUNT#demo"}, "sk": {"S": "STATE"}})
    assert now["Item"] == old["Item"]
