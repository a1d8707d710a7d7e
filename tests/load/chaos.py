"""Each part of the gateway fails once on the local stack: ``python -m tests.load.chaos``; writes ``.local/chaos.json``.

Functions are killed, a queue delivers again, the venue and Telegram are dead, tables are throttled. A row has what was
injected, what the bot got, and what an operator sees: what the phone showed by itself, and the alarm. The emulator sets
off no alarms: what CloudWatch would tell is put on the alert topic, and goes from there to the phone as it does on AWS.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "layers" / "shared")) if path not in sys.path]

import httpx  # noqa: E402

from infra.local import first_jobs as jobs  # noqa: E402
from riskgate.app.safeguards.set_kill_switch import set_kill_switch  # noqa: E402
from riskgate.core.kill_switch import KillSwitch  # noqa: E402
from tests.bench import record  # noqa: E402
from tests.bench.stack import ORDER  # noqa: E402
from tests.bots.on_stack import gateway_on_stack  # noqa: E402
from tests.load.field import SPOT, SYMBOL, Field  # noqa: E402
from tests.load.place import MARKET, TIMEOUT_SECONDS, fresh_quotes, running_place  # noqa: E402
from tests.load.proxy import READS, WRITE, through_proxy  # noqa: E402
from tests.support.waiting import wait_for  # noqa: E402

REPORT = ROOT / ".local" / "chaos.json"
ORDERS, BOTS, KILLS, STILL_SECONDS, HELD_SECONDS, LOOK_SECONDS = 100, 4, 8, 0.5, 0.3, 0.01
DECIDED = frozenset({"200", "201", "422"})
MUTE_SECONDS, DEAD_SECONDS = 30.0, 20.0
#: What each single action and route does under throttling is asked in one process.
THROTTLED = (
    "tests/component/ledger/test_faults_commit.py::test_refusal_when_it_passes_then_201_and_when_it_lasts_503",
    "tests/component/ledger/test_faults_commit.py::test_transaction_when_one_action_is_throttled_then_retried",
    "tests/component/ledger/test_faults_routes.py::test_every_route_when_the_database_is_down_then_503_and_nothing_is_approved",
    "tests/component/ledger/test_faults_time_budget.py::test_order_when_the_database_fails_for_good_then_503_in_time",
)


def kill_functions(field: Field) -> dict[str, Any]:
    """The processes of `order_api` stand still and are then killed, again and again, while bots order."""
    [account] = field.place.open_accounts(field.client, "chaos", 1)
    seen: Counter[str] = Counter()

    def trade(first: int) -> None:
        for number in range(first, ORDERS, BOTS):
            body = ORDER | {"client_order_id": f"chaos-{number}", "quantity": "0.001"}
            field.ask_until_decided(lambda body=body: field.client.post(f"/accounts/{account}/orders", json=body), seen)  # type: ignore[misc]

    bots = [threading.Thread(target=trade, args=(first,)) for first in range(BOTS)]
    killed = kills = 0
    with through_proxy(field.place, "order_api") as proxy:
        proxy.hold_seconds = HELD_SECONDS
        for bot in bots:
            bot.start()
        while kills < KILLS and any(bot.is_alive() for bot in bots):
            if proxy.holding:
                kills += 1
                killed += field.kill_workers("order_api", stand_still_seconds=STILL_SECONDS)
            time.sleep(LOOK_SECONDS)
        for bot in bots:
            bot.join()
    failed = sum(count for outcome, count in seen.items() if outcome.partition(" ")[0] not in DECIDED)
    require(failed >= BOTS, f"hardly an answer failed: {_tell(seen)}")
    require(seen["200 replayed"] > 0, f"no function died after it had written: {_tell(seen)}")
    decided = sum(seen.values()) - failed
    require(decided == ORDERS, f"{decided} of {ORDERS} orders were decided: {_tell(seen)}")
    orders = [field.client.get(f"/accounts/{account}/orders/chaos-{n}").status_code for n in range(ORDERS)]
    require(orders == [200] * ORDERS, f"orders are read as {Counter(orders)}")
    return {
        "injected": f"{killed} processes of `order_api` stopped where they were, one at least between its write and DynamoDB's answer, and killed "
        f"{STILL_SECONDS:g} s later, {kills} times, while {BOTS} bots "
        f"sent {ORDERS} orders",
        "bot": f"{_tell(seen)}; {failed} answers failed, each order asked again with the same id was decided once: "
        "what is replayed had been written before its function died",
    }


def redeliver(field: Field) -> dict[str, Any]:
    """The worker is killed after the venue took the order and before the worker heard of it."""
    before = field.at_the_exchange()
    field.exchange.post("faults", kind="delay", method="POST", path="/api/v3/order", seconds=30, when="after_accept")
    seen: Counter[str] = Counter()
    try:
        field.ask_until_decided(lambda: field.send_routed("redelivered"), seen)
        wait_for(lambda: field.at_the_exchange() > before)
        killed = field.kill_workers("order_worker")
    finally:
        field.exchange.delete("faults")
    began = time.monotonic()
    wait_for(lambda: field.status_of("redelivered") == "submitted", every=1)
    waited = time.monotonic() - began
    sent = field.at_the_exchange() - before
    require(sent == 1, f"the exchange has {sent} orders")
    return {
        "injected": f"{killed} process(es) of `order_worker` killed after the venue took the order, before its answer",
        "bot": f"{_tell(seen)}; the order is `submitted` {waited:.0f} s later, once at the venue",
    }


def kill_venue(field: Field) -> dict[str, Any]:
    """The venue takes no connection."""
    before, heard, seen = field.at_the_exchange(), len(field.read_phone()), Counter[str]()
    for method in ("GET", "POST", "DELETE"):
        field.exchange.post("faults", kind="drop_before_accept", method=method, path="/api/*", count=None)
    try:
        field.ask_until_decided(lambda: field.send_routed("venue-dead"), seen)
        time.sleep(DEAD_SECONDS)
        meanwhile = field.status_of("venue-dead")
        health = wait_for(lambda: _look_at(field, SPOT), every=DEAD_SECONDS)
    finally:
        field.exchange.delete("faults")
    settled = wait_for(lambda: _settled(field, "venue-dead"), every=2)
    sent = field.at_the_exchange() - before
    require(sent == (settled == "submitted"), f"the order is {settled}, the exchange has {sent}")
    return {
        "injected": "the venue drops every request",
        "bot": f"{_tell(seen)}; the order is `{meanwhile}`, the venue `{health}`; when the venue is back the order is `{settled}`",
        "phone": [text for text in field.read_phone()[heard:] if field.gateway.account_id in text][:2],
    }


def _look_at(field: Field, venue: str) -> str:
    """Have the venues read, as the schedule does each minute; return a venue's health once a second look confirmed it."""
    jobs.run(field.place.settings, field.place.stack["functions"]["monitor"], {"account_id": field.gateway.account_id})
    rows = field.client.get(f"/accounts/{field.gateway.account_id}").json()["venues"]
    [health] = [row["health"] for row in rows if row["venue"] == venue]
    return "" if health == "healthy" else str(health)


def _settled(field: Field, name: str) -> str:
    """Have unknown orders looked up, as the schedule does each minute; return a status that is certain."""
    status = field.status_of(name)
    if status in {"submitted", "cancelled", "rejected", "expired", "filled"}:
        return status
    jobs.run(field.place.settings, field.place.stack["functions"]["monitor"], {"account_id": field.gateway.account_id})
    return ""


def kill_telegram(field: Field) -> dict[str, Any]:
    """Telegram answers every call with an error, while a kill switch is engaged."""
    control = f"{field.place.stack['telegram_url']}/control/faults"
    [account] = field.place.open_accounts(field.client, "mute", 1)
    httpx.post(control, json={"kind": "error", "count": 100_000, "status": 502}, timeout=60).raise_for_status()
    try:
        set_kill_switch(
            field.place.acting(),
            KillSwitch(scope="account", key=account, engaged=True, reason="chaos"),
            cancel_open_orders=False,
        )
        body = ORDER | {"client_order_id": "mute", "quantity": "0.001"}
        denied = field.client.post(f"/accounts/{account}/orders", json=body)
        time.sleep(MUTE_SECONDS)
        require(not _told_of(field, account), "Telegram was to be dead")
    finally:
        httpx.delete(control, timeout=60).raise_for_status()
    began = time.monotonic()
    told = wait_for(lambda: _told_of(field, account), every=1)
    return {
        "injected": f"Telegram answers 502 for {MUTE_SECONDS:.0f} s, and a kill switch is engaged meanwhile",
        "bot": f"{denied.status_code} {denied.json().get('code')}: the switch acts, whether or not it is told",
        "phone": told,
        "note": f"told {time.monotonic() - began:.0f} s after Telegram was back",
    }


def _told_of(field: Field, account: str) -> list[str]:
    """Return the messages on the phone that tell of an account's kill switch."""
    return [text for text in field.read_phone() if account in text and "Kill switch engaged" in text]


def throttle_tables(field: Field) -> dict[str, Any]:
    """DynamoDB throttles what `order_api` asks of it: for a moment, then all transactions, then all reads."""
    [account] = field.place.open_accounts(field.client, "throttled", 1)
    path, answers = f"/accounts/{account}/orders", list[str]()

    def order(name: str, **left: int) -> httpx.Response:
        proxy.left = Counter(left)
        answer = field.client.post(path, json=ORDER | {"client_order_id": name, "quantity": "0.001"})
        proxy.left = Counter()
        retry_after = ", with `Retry-After`" if "Retry-After" in answer.headers else ""
        code = f" `{answer.json()['code']}`" if answer.is_error else ""
        answers.append(f"{answer.status_code}{code}{retry_after}")
        return answer

    with through_proxy(field.place, "order_api") as proxy:
        require(order("moment", **{WRITE: 1, READS[0]: 1}).status_code == 201, f"for a moment: {answers[-1]}")
        for name, left in (("writes", {WRITE: 1000}), ("reads", dict.fromkeys(READS, 1000))):
            require(order(name, **left).status_code == 503, f"{name} refused: {answers[-1]}")
            found = field.client.get(f"{path}/{name}").status_code
            require(found == 404, f"an order that was refused is read as {found}")
            require(order(name).status_code == 201, f"{name} again: {answers[-1]}")
    passed = _run_tests(THROTTLED)
    return {
        "injected": f"DynamoDB refuses requests of `order_api` as throttled, by a proxy before it: {_tell(proxy.refused)}; "
        "for a moment, then transactions for good, then reads for good",
        "bot": f"a moment: {answers[0]}; writes refused: {answers[1]}, then there is no such order, and asked again {answers[2]}; "
        f"reads refused: {answers[3]}, asked again {answers[4]}. In one process {passed} cases of single actions and every route",
        "tests": list(THROTTLED),
    }


def throttle_tokens(field: Field) -> dict[str, Any]:
    """DynamoDB throttles the authorizer: a client must not take that for a wrong token."""
    stack = field.place.stack
    url, headers = (
        f"{stack['api_url']}/accounts/{stack['account_id']}",
        {"Authorization": f"Bearer {stack['tokens']['reader']}"},
    )
    with through_proxy(field.place, "authorizer") as proxy:
        proxy.left = Counter(dict.fromkeys((*READS, "GetItem"), 1000))
        refused = httpx.get(url, headers=headers, timeout=TIMEOUT_SECONDS)
        proxy.left = Counter()
        again = httpx.get(url, headers=headers, timeout=TIMEOUT_SECONDS)
    problem = refused.json()
    require(
        (refused.status_code, problem["code"]) == (503, "UNAVAILABLE"),
        f"tokens unread: {refused.status_code} {problem}",
    )
    require("Retry-After" in refused.headers, f"nothing says when to ask again: {refused.headers}")
    require(again.status_code == 200, f"asked again: {again.status_code}")
    return {
        "injected": f"DynamoDB refuses requests of `authorizer` as throttled, by a proxy before it: {_tell(proxy.refused)}",
        "bot": "503 `UNAVAILABLE`, with `Retry-After`: a token that nobody could check is not called wrong; asked again 200",
    }


def _run_tests(names: Sequence[str]) -> str:
    """Return how many cases passed; all have to."""
    command = [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    require(done.returncode == 0, done.stdout[-500:])
    return str(re.findall(r"(\d+) passed", done.stdout)[-1])


#: What fails -> how, and the alarms that go off on AWS; the first one is rung.
SCENARIOS: Mapping[str, tuple[Callable[[Field], dict[str, Any]], tuple[str, ...]]] = {
    "functions killed": (kill_functions, ("FunctionErrors-order-api", "ApiServerErrors")),
    "queue delivers again": (redeliver, ("OrderQueueAge", "FunctionErrors-order-worker")),
    "venue dead": (kill_venue, ("VenueDown", "OrderQueueAge")),
    "Telegram dead": (kill_telegram, ("AlertsHeldUp", "AlertPathBroken")),
    "tables throttled": (throttle_tables, ("TableWriteThrottles-state", "TableReadThrottles-state")),
    "tokens throttled": (throttle_tokens, ("AuthorizerFailed", "TableReadThrottles-control")),
}


def main() -> int:
    """Let each part fail once; 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.chaos", description="Each part fails once.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SCENARIOS)} (default: all)")
    named = parser.parse_args().names or list(SCENARIOS)
    report: dict[str, Any] = record.begin("make chaos") | {"scenarios": {}}
    if len(named) < len(SCENARIOS) and REPORT.exists():
        report["scenarios"] |= json.loads(REPORT.read_text(encoding="utf-8"))["scenarios"]
    with running_place() as place, tempfile.TemporaryDirectory() as folder, place.client() as client:
        gateway = gateway_on_stack(place.stack, Path(folder))
        gateway.open()
        gateway.loosen()
        field = Field(place=place, gateway=gateway, client=client)
        with fresh_quotes(place, MARKET | {(SPOT, SYMBOL): gateway.prices["BTC"]}):
            for name in named:
                report["scenarios"][name] = _run(field, name)
                sys.stdout.write(f"{name}: {json.dumps(report['scenarios'][name], ensure_ascii=False)}\n")
                sys.stdout.flush()
        report["violations"] = place.find_violations()
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    held = all("failed" not in row for row in report["scenarios"].values())
    return 0 if held and not report["violations"] else 1


def _run(field: Field, name: str) -> dict[str, Any]:
    scenario, alarms = SCENARIOS[name]
    row: dict[str, Any] = {"alarms": list(alarms)}
    try:
        row |= scenario(field)
        row |= field.ring(alarms[0])
    except AssertionError as error:
        row["failed"] = str(error)
    return row


def require(holds: bool, what: str) -> None:
    """Fail a scenario that does not end as it must."""
    if not holds:
        raise AssertionError(what)


def _tell(seen: Mapping[str, int]) -> str:
    return ", ".join(f"{count} × {status}" for status, count in sorted(seen.items()))


if __name__ == "__main__":
    sys.exit(main())
