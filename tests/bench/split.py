"""Where the time of a decision goes on a running stack: what a bot waits for, and which part of it is whose."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from riskgate.core.order import Order, OrderType
from riskgate.core.side import Side
from tests.bench.direct import measure_direct, read_durations
from tests.bench.measure import Row, Section, median
from tests.bench.stack import Bench, bench_stack

CALLS, WARM_UP_CALLS = 120, 8


def run() -> list[Section]:
    """Measure the stack that RISKGATE_STACK names, or one of the suite's own."""
    with bench_stack() as bench:
        return [_split(bench)]


def _split(bench: Bench) -> Section:
    """Split what one client waits for a decision."""
    bench.load(bench.approved, 1, WARM_UP_CALLS)
    since = datetime.now(UTC)
    whole = bench.load(bench.approved, 1, CALLS).median_ms
    handler = median(read_durations(bench.client("logs"), bench.stack["functions"]["order_api"], "postOrder", since))
    gateway = bench.load(bench.health, 1, CALLS).median_ms
    bench.refresh_quote()
    direct = measure_direct(bench.client("dynamodb"), bench.stack["tables"], lambda _: _make_order(bench))
    parts = {
        "emulator: gateway and Lambda (the health route)": gateway,
        "handler, as it logs it (whole milliseconds)": handler,
        "of it: two DynamoDB requests, sent alone from here": direct["read"] + direct["write"],
        "read: one BatchGetItem": direct["read"],
        "write: one TransactWriteItems": direct["write"],
        "decision in this process against the emulator's tables": direct["decision"],
    }
    rows = [Row(name="order approved, one client", value=whole, unit="ms, median")]
    rows += [
        Row(name=name, value=value, unit="ms, median", reference_name="whole", reference=whole)
        for name, value in parts.items()
    ]
    return Section(name="split", title="Where the time of a decision goes", rows=rows)


def _make_order(bench: Bench) -> Order:
    call = bench.approved()
    body = call.body or {}
    return Order(
        account_id=call.url.rsplit("/", 2)[1],
        client_order_id=body["client_order_id"],
        symbol=body["symbol"],
        venue=body["venue"],
        strategy=body["strategy"],
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=Decimal(body["quantity"]),
        price=Decimal(body["price"]),
        stop_loss_price=Decimal(body["stop_loss_price"]),
    )
