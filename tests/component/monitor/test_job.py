"""The job around the monitor: one message per account, and none of them in another's way."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.monitor.app import lambda_handler
from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.dynamodb.wants import DynamoWants
from riskgate.core.market.needs import WantKind
from riskgate.runtime import wiring
from riskgate.runtime.jobs import exchanges
from tests.support.gateway import ACCOUNT_ID
from tests.support.market_data_job import metric_values
from tests.support.monitored_account import BOTH_VENUES, SWAP_VENUE, VENUE, MonitorContext, Watch
from tests.support.routed_account import VENUE_SECRET, put_venue_secret, to_lambda_record

EVENTS = Path(__file__).resolve().parents[3] / "events/monitor"
OTHER, OTHER_KEY, OTHER_SECRET = "other", "other-key", "riskgate/exchange/other"

#: Two exchanges, as far as a share of equity goes: wallets at one count together.
APART = [venue | {"group": venue["venue"]} for venue in BOTH_VENUES]


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def invoke(payload: dict[str, Any]) -> Any:
    return lambda_handler(payload, MonitorContext())  # type: ignore[arg-type]


@pytest.fixture
def two(watch: Watch) -> Watch:
    """Two accounts with keys of their own at the same venue."""
    watch.simulator.control.post(
        "accounts", account="bob", key=OTHER_KEY, secret="simulated-secret", balances={"spot": {"USDT": "100000"}}
    )
    put_venue_secret(watch.routed.gateway.aws, watch.simulator, OTHER_SECRET, OTHER_KEY)
    venues = [{"venue": VENUE, "market_type": "spot", "secret_name": OTHER_SECRET}]
    assert watch.routed.gateway.register(OTHER, venues=venues).status == 201
    return watch


def drain() -> list[dict[str, Any]]:
    """Take all messages of the job's queue as one batch."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="monitor")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]).get("Messages", [])
    return [to_lambda_record(message) for message in found]


def test_tick_when_it_comes_then_one_message_per_account_and_each_is_read(two: Watch) -> None:
    assert invoke(event("tick")) == {"accounts": 2}
    records = drain()
    assert len(records) == 2

    assert invoke({"Records": records}) == {"batchItemFailures": []}
    for account in (ACCOUNT_ID, OTHER):
        state = two.routed.state(account)
        assert (state.equity, state.equity_at) == (100_000, two.routed.gateway.now)


def test_batch_when_one_accounts_venue_refuses_its_key_then_the_others_are_read(two: Watch) -> None:
    two.simulator.control.delete("keys", key=OTHER_KEY)
    two.routed.gateway.advance(seconds=60)
    invoke(event("tick"))

    assert invoke({"Records": drain()}) == {"batchItemFailures": []}, "the next tick asks again"
    assert two.routed.state(ACCOUNT_ID).equity_at == two.routed.gateway.now
    assert two.routed.state(OTHER).equity_at < two.routed.gateway.now


def test_batch_when_one_accounts_data_is_broken_then_the_others_are_read_and_the_next_tick_asks_again(
    two: Watch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = exchanges.priced_exchange_of

    def broken(venue: Any) -> Any:
        if venue.secret_name == VENUE_SECRET:
            raise ValueError("broken")
        return real(venue)

    monkeypatch.setattr(exchanges, "priced_exchange_of", broken)
    invoke(event("tick"))
    capsys.readouterr()

    # Given back, it would wait for six times the function's timeout, as if nobody had taken it, and then be dropped.
    assert invoke({"Records": drain()}) == {"batchItemFailures": []}

    assert metric_values(capsys.readouterr().out, "JobFailures") == [1]
    assert two.routed.state(OTHER).equity_at == two.routed.gateway.now
    monkeypatch.undo()


def test_batch_when_what_is_wanted_cannot_be_noted_then_each_account_is_read_all_the_same(
    two: Watch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def throttle(*_: object, **__: object) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "BatchWriteItem")

    monkeypatch.setattr(dynamodb_client(), "batch_write_item", throttle)
    # A process that starts: what it noted lately it would not write again.
    noting = DynamoWants(dynamodb_client(), two.routed.gateway.aws.state_table)
    monkeypatch.setattr(wiring.deps().store, "wants", noting)
    two.routed.gateway.advance(minutes=10)
    invoke(event("tick"))

    assert invoke({"Records": drain()}) == {"batchItemFailures": []}
    for account in (ACCOUNT_ID, OTHER):
        assert two.routed.state(account).equity_at == two.routed.gateway.now
    warned = [record for record in caplog.records if record.message == "wants_left_to_the_monitor"]
    assert {record.code for record in warned} == {"THROTTLED"}  # type: ignore[attr-defined]
    assert len(warned) == 2


def test_message_when_a_newer_tick_is_behind_it_then_dropped(watch: Watch) -> None:
    before = watch.routed.state().equity_at
    invoke(event("tick"))
    watch.routed.gateway.advance(seconds=51)

    assert invoke({"Records": drain()}) == {"batchItemFailures": []}
    assert watch.routed.state().equity_at == before


def test_sample_events_when_invoked_then_they_do_what_their_names_say(watch: Watch) -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == {"tick", "one_account", "batch"}
    assert invoke(event("one_account"))["account_id"] == ACCOUNT_ID
    assert watch.routed.state().equity_at == watch.routed.gateway.now
    # Its message is of another day.
    assert invoke(event("batch")) == {"batchItemFailures": []}


def test_run_when_done_then_metrics_tell_ages_and_venues_and_name_no_account(
    watch: Watch, capsys: pytest.CaptureFixture[str], log_output: io.StringIO
) -> None:
    watch.trade_both()
    watch.register(APART)
    watch.fund(spot={"USDT": "70000", "NOPRICE": "1"}, swap={"USDT": "30000"})
    watch.recorded()
    watch.routed.fault("error_before_accept", method="GET", path="/fapi/*", count=None)
    watch.routed.gateway.advance(seconds=30)
    capsys.readouterr()
    watch.again()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    (told,) = [line for line in lines if "EquityAgeSeconds" in line]
    (age,) = told["EquityAgeSeconds"]
    assert 30 <= age < 31
    assert (told["SnapshotsRecorded"], told["SnapshotsSkipped"]) == ([0.0], [1.0])
    assert sorted(told["VenueDown"]) == [0.0, 1.0]
    errors = {line["venue"]: line["VenueErrors"] for line in lines if "VenueErrors" in line}
    assert errors == {VENUE: [0.0], SWAP_VENUE: [1.0]}
    assert told["VenuesOverweight"] == [1.0]
    dimensions = told["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
    assert not {"account_id", "venue"} & {name for row in dimensions for name in row}
    log = [json.loads(line) for line in log_output.getvalue().splitlines()]
    excess = next(line for line in log if line["message"] == "venue_excess")
    assert (excess["venue"], excess["withdraw"]) == (VENUE, "25000")
    failed = next(line for line in log if line["message"] == "venue_failed")
    assert failed["venue"] == SWAP_VENUE


def test_account_when_a_venue_holds_too_much_then_its_page_says_how_much_to_take_away(watch: Watch) -> None:
    watch.trade_both()
    watch.register(APART)
    watch.fund(spot={"USDT": "70000"}, swap={"USDT": "30000"})
    watch.recorded()

    account = watch.routed.gateway.account()

    assert account["venue_excess"] == [
        {
            "venue": VENUE,
            "equity": "70000",
            "share": "0.7",
            "limit": "0.6",
            "withdraw": "25000",
            "move": "10000",
        }
    ]
    assert [(v["venue"], v["equity"], v["health"]) for v in account["venues"]] == [
        (VENUE, "70000", "healthy"),
        (SWAP_VENUE, "30000", "healthy"),
    ]
    watch.move("spot_to_swap", "10000")
    watch.recorded()
    assert watch.routed.gateway.account()["venue_excess"] == []


def test_job_when_an_account_trades_then_what_it_wants_is_noted_for_market_data(watch: Watch) -> None:
    gateway = watch.routed.gateway
    gateway.advance(days=2)
    store = wiring.deps().store
    assert store.wants.list_places(gateway.now) == []
    watch.run()
    places = store.wants.list_places(gateway.now)
    assert [place.venue for place in places] == ["binance"]
    kinds = {(want.kind, want.name) for want in store.wants.list_wants(places[0], gateway.now)}
    assert (WantKind.ASSET, "USDT") in kinds
