"""The daily summary: once a day, at the hour that people chose, with the figures of the read model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest

from infra.riskctl.audit import replay_account
from riskgate.adapters.aws.lazy import forget
from riskgate.app.alerts.tell_summary import tell_summary
from riskgate.app.ledger.commit_event import Acting
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID
from tests.support.monitored_account import Watch


@pytest.fixture
def noon(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The summary is due at 14 o'clock in Berlin, an hour from now in winter: 12:00 UTC is 13:00 there."""
    monkeypatch.setenv("SUMMARY_HOUR", "14")
    monkeypatch.setenv("SUMMARY_TIME_ZONE", "Europe/Berlin")
    return watch


def told(watch: Watch) -> list[dict[str, Any]]:
    entries, after = [], 0
    while True:
        page = watch.routed.gateway.call(
            "GET", f"/accounts/{ACCOUNT_ID}/audit", query={"after": str(after), "limit": "100"}
        ).body
        entries += [entry for entry in page["entries"] if entry["event"] == "summary_told"]
        if page["next_after"] is None:
            return entries
        after = page["next_after"]


def test_summary_when_its_hour_comes_then_told_once_whoever_comes_again(noon: Watch) -> None:
    noon.run()
    assert told(noon) == []

    noon.routed.gateway.advance(minutes=60)
    for _ in range(3):
        noon.run()
        # Another instance of the function remembers nothing.
        forget()

    [entry] = told(noon)
    assert entry["inputs"]["day"] == "2026-03-04"
    [notice] = [notice for notice in entry["notices"] if notice["kind"] == "daily_summary"]
    assert (notice["severity"], Decimal(notice["observed"])) == ("info", 100_000)
    state = noon.routed.state()
    assert state.summarised is not None
    assert state.summarised.since.isoformat() == "2026-03-04"


def test_summary_when_instances_race_then_told_once(noon: Watch) -> None:
    now = noon.routed.gateway.now + timedelta(hours=2)

    def tell(_: int) -> bool:
        acting = Acting(deps=wiring.deps(), actor="job:monitor", now=now)
        return tell_summary(acting, ACCOUNT_ID, hour=9, time_zone=UTC)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(tell, range(8)))

    assert len(told(noon)) == 1


def test_summary_when_a_day_has_passed_then_it_counts_from_the_last_one(noon: Watch) -> None:
    noon.routed.gateway.advance(minutes=60)
    noon.run()
    noon.move("deposit", "5000")
    noon.fund(spot={"USDT": "105750", "BTC": "0"}, swap={"USDT": "0"})
    noon.routed.gateway.advance(hours=23, minutes=40)
    noon.run()
    noon.run()
    assert len(told(noon)) == 1

    noon.routed.gateway.advance(minutes=30)
    noon.run()

    second = told(noon)[-1]["notices"][0]
    account = noon.routed.gateway.account()
    assert "P&L since 04 Mar +750.00" in second["detail"]
    start = next(row for row in account["pnl"] if row["period"] == "start")
    assert f"in all {Decimal(start['total']):+,.2f}" in second["detail"]
    assert Decimal(second["observed"]) == Decimal(account["equity"])


def test_summary_when_off_or_in_an_unknown_time_zone_then_none_or_by_utc(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.run()
    assert told(watch) == []
    monkeypatch.setenv("SUMMARY_HOUR", "12")
    monkeypatch.setenv("SUMMARY_TIME_ZONE", "Europe/Atlantis")

    watch.run()

    assert [entry["inputs"]["time_zone"] for entry in told(watch)] == ["UTC"]


def test_summary_when_the_log_is_replayed_then_byte_for_byte(noon: Watch) -> None:
    noon.routed.gateway.advance(minutes=60)
    noon.run()

    assert replay_account(wiring.deps().store, ACCOUNT_ID).findings == ()
    assert len(told(noon)) == 1
