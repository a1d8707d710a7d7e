"""What a bot waits for at the front door of a running stack, and which part of it is whose."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ccxt

from infra.simulators.exchange.client import ccxt_urls
from tests.bench.measure import Row, Section, median
from tests.bench.stack import running_stack
from tests.bots.gateways import BotsGateway
from tests.bots.on_stack import open_on_stack

ORDERS, WARM_UP = 40, 5
SYMBOL, QUANTITY, QUANTITY_STEP, DISTANCE = "BTC/USDT", 0.001, 0.00001, 0.97
MILLISECOND = timedelta(milliseconds=1)


@dataclass(kw_only=True)
class _Trace:
    """One order's way in milliseconds, as the functions logged it."""

    served: dict[str, Any] = field(default_factory=dict)
    approved_at: datetime | None = None
    worker: float = 0
    venue: float = 0

    @property
    def handler(self) -> float:
        return float(self.served["duration_ms"])

    @property
    def until_decided(self) -> float:
        started = _instant(self.served) - timedelta(milliseconds=self.handler)
        assert self.approved_at is not None
        return (self.approved_at - started) / MILLISECOND


def run() -> list[Section]:
    """Measure the stack that RISKGATE_STACK names, or one of the suite's own."""
    with running_stack() as stack, tempfile.TemporaryDirectory() as folder:
        with open_on_stack(stack, Path(folder)) as gateway:
            gateway.loosen()
            bot = _connect(gateway)
            _place(bot, WARM_UP)
            since = datetime.now(UTC)
            whole, refused = _place(bot, ORDERS), _be_refused(bot)
            bot.session.close()
        traces = _read(gateway, stack, since)
    return [_section(whole, refused, list(traces.values()), _read_refused(gateway, stack, since))]


def _connect(gateway: BotsGateway) -> Any:
    place = gateway.place("bench")
    public: Any = ccxt_urls(place.public)["api"]
    private = {"private": f"{place.private['spot']}/api/v3", "sapi": f"{place.private['spot']}/sapi/v1"}
    settings = {"apiKey": place.key, "secret": place.secret, "urls": {"api": public | private}, "timeout": 60_000}
    bot = ccxt.binance(settings | {"enableRateLimit": False})
    bot.load_markets()
    return bot


def _place(bot: Any, orders: int) -> list[float]:
    """Place resting orders, each unlike the one before, and take them away; return how long each answer took."""
    price = float(bot.price_to_precision(SYMBOL, bot.fetch_ticker(SYMBOL)["last"] * DISTANCE))
    times = []
    for number in range(orders):
        started = time.perf_counter()
        order = bot.create_order(SYMBOL, "limit", "buy", QUANTITY + number * QUANTITY_STEP, price)
        times.append((time.perf_counter() - started) * 1000)
        bot.cancel_order(order["id"], SYMBOL)
    return times


def _be_refused(bot: Any) -> list[float]:
    """Ask for what is refused as soon as the key is proven; return how long each answer took."""
    times = []
    for _ in range(ORDERS):
        started = time.perf_counter()
        with suppress(ccxt.BaseError):
            bot.private_post_orderlist_oco({"symbol": "BTCUSDT"})
        times.append((time.perf_counter() - started) * 1000)
    return times


def _lines(gateway: Any, stack: Any, function: str, since: datetime) -> Iterator[dict[str, Any]]:
    pages = gateway.controls.aws.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(
        logGroupName=f"/aws/lambda/{stack['functions'][function]}", startTime=int(since.timestamp() * 1000)
    )
    for event in (event for page in found for event in page["events"]):
        with suppress(ValueError):  # the runtime's own lines are no JSON
            line = json.loads(event["message"])
            if line.get("account_id") == gateway.account_id:
                yield line


def _read(gateway: Any, stack: Any, since: datetime) -> dict[str, _Trace]:
    """Return the orders' traces, by trace id."""
    traces: dict[str, _Trace] = {}
    for line in _lines(gateway, stack, "venue_api", since):
        if line["message"] == "order_approved":
            traces[line["trace_id"]] = _Trace(approved_at=_instant(line))
        elif line["message"] == "front_door_call_served" and line["trace_id"] in traces:
            traces[line["trace_id"]].served = line
    for line in _lines(gateway, stack, "order_worker", since):
        trace = traces.get(line["trace_id"])
        if trace is not None and line["message"] == "venue_called":
            trace.venue += line["duration_ms"]
        elif trace is not None and line["message"] == "order_message_done":
            trace.worker = line["duration_ms"]
    return traces


def _read_refused(gateway: Any, stack: Any, since: datetime) -> list[float]:
    lines = _lines(gateway, stack, "venue_api", since)
    served = (line for line in lines if line["message"] == "front_door_call_served")
    return [float(line["duration_ms"]) for line in served if line["request"]["path"].endswith("/orderList/oco")]


def _instant(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["timestamp"])


def _section(whole: list[float], refused: list[float], traces: list[_Trace], proofs: list[float]) -> Section:
    proof = median(proofs)
    handler, decided = median(t.handler for t in traces), median(t.until_decided for t in traces)
    worker, venue = median(t.worker for t in traces), median(t.venue for t in traces)
    parts = {
        "HTTP API and start of the function (the emulator's)": median(whole) - handler,
        "signature and key: 1 DynamoDB request": proof,
        "decision: 2 DynamoDB requests": decided - proof,
        "order worker, without the venue: 8 DynamoDB requests": worker - venue,
        "venue": venue,
        "the worker's call (the emulator's), and the answer": handler - decided - worker,
    }
    rows = [Row(name="limit order placed", value=median(whole), unit="ms, median")]
    rows += [
        Row(name=name, value=value, unit="ms, median", reference_name="whole", reference=median(whole))
        for name, value in parts.items()
    ]
    rows.append(Row(name="a call that is refused once its key is proven", value=median(refused), unit="ms, median"))
    notes = [f"{len(traces)} orders of one bot; the functions' own times are whole milliseconds of their logs."]
    return Section(name="front_door", title="What a bot waits for at the front door", rows=rows, notes=notes)
