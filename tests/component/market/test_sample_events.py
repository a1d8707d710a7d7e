"""The sample events do what they claim: the same files serve `sam local invoke`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateway import NOON
from tests.support.market_data_job import MarketDataJob

EVENTS = Path(__file__).resolve().parents[3] / "events" / "market_data"
ANSWERS: dict[str, Any] = {
    "tick_quotes": {"messages": 1},
    "tick_instruments": {"messages": 1},
    "tick_closes": {"messages": 1},
    "quotes_at_once": {
        "results": [{"venue": "binance", "market_type": "spot", "offered": 2, "stored": 2, "rejected": {}, "books": 2}]
    },
    "queue_quotes": {"batchItemFailures": []},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_sample_event_when_invoked_then_answers_as_listed(job: MarketDataJob, name: str) -> None:
    job.gateway.traveller.move_to(NOON)
    job.gateway.advance(seconds=31)
    answer = job.invoke(json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8")))
    assert answer == ANSWERS[name]
    if name == "queue_quotes":
        assert set(job.quotes()) == {"binance:BTC/USDT", "binance:ETH/USDT"}


def test_sample_events_when_listed_then_every_file_is_used() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == set(ANSWERS)
