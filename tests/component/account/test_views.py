"""Views of the book: accounts at a glance, what they earned, metrics; they agree to the digit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from infra.riskctl.accounts_view import render_accounts, render_performance
from infra.riskctl.status_view import render_account
from riskgate.adapters.aws.clients import s3_client
from riskgate.app.account.describe_account import read_view
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.risk.report import VarRecord
from riskgate.core.statements.view import BookView
from riskgate.runtime import wiring
from riskgate.runtime.risk import reports
from tests.support.callers import ADMIN, OWN_ACCOUNT, READER, limited_to
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.phone import Phone
from tests.support.views import STATEMENT_BUCKET, refuse

pytestmark = pytest.mark.usefixtures("views")

D = Decimal
METRICS_READER = limited_to(READER, "metrics:read")
type Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(gateway: Gateway, caller: Any = ADMIN, **query: str) -> Samples:
    answer = gateway.call("GET", "/metrics", caller=caller, query=query or None)
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"riskgate_account_{name}", frozenset({"account": ACCOUNT_ID, **labels}.items())]


@pytest.fixture
def traded(gateway: Gateway) -> Gateway:
    """A position in profit, an order filled in part and one refused, a realised profit of 50 and fees of 3 USDT."""
    bought = gateway.approved(quantity="0.1")
    assert gateway.fill(bought, "0.1", fee="2", fee_currency="USDT").status == 201
    sold = gateway.approved(side="sell", quantity="0.05", price="51000", stop_loss_price=None)
    assert gateway.fill(sold, "0.05", price="51000", fee="1", fee_currency="USDT").status == 201
    resting = gateway.approved(price="49500", quantity="0.01")
    assert gateway.on_order("POST", resting, "/placed", {"exchange_order_id": "venue-77"}).status == 200
    assert gateway.fill(resting, "0.003", price="49490.5", fee="0.12", fee_currency="BNB").status == 201
    refused = gateway.approved(price="49400", quantity="0.01")
    refuse(gateway, refused, "margin is insufficient")
    return gateway


def test_views_when_one_book_is_shown_then_they_agree_to_the_digit(traded: Gateway, phone: Phone) -> None:
    """The API's account, the list, the performance, the metrics, the phone, the terminal and the read model itself."""
    view: BookView = read_view(ACCOUNT_ID, wiring.deps(), traded.now)
    body, samples = traded.account(), scrape(traded)
    [listed] = traded.call("GET", "/accounts").body["accounts"]
    performance = traded.call("GET", f"/accounts/{ACCOUNT_ID}/performance").body

    assert body["pnl"] == listed["pnl"] == performance["pnl"]
    assert body["losses"] == listed["losses"]
    assert body["equity"] == listed["equity"]
    assert D(body["equity"]) == view.state.equity
    assert performance["days"][-1]["total"] == body["pnl"][0]["total"]
    assert of(samples, "equity") == float(body["equity"])
    for row in body["pnl"]:
        for part in ("total", "realized", "fees", "funding", "unrealized", "other"):
            assert of(samples, "pnl", period=row["period"], part=part) == float(row[part])
    for since, loss in body["losses"].items():
        assert of(samples, "loss_ratio", since=since) == float(loss)
    for row in body["limits"]:
        for name, field in (("limit_value", "value"), ("limit_max", "limit"), ("limit_used_ratio", "utilization")):
            if row[field] is not None:
                assert of(samples, name, limit=row["name"]) == pytest.approx(float(row[field]), rel=1e-11)
    [position] = body["positions"]
    market = {"venue": position["venue"], "symbol": position["symbol"]}
    assert of(samples, "position_unrealized_pnl", **market) == float(position["unrealized_pnl"])
    assert of(samples, "position_risk_to_stop", **market) == float(position["risk_to_stop"])
    assert of(samples, "position_value", **market) == float(position["value"])
    for kind in ("gross", "net", "open_risk"):
        assert of(samples, "exposure", kind=kind) == float(body["exposure"][kind])
        assert listed[kind] == body["exposure"][kind]
    [order], [refused] = body["open_orders"], body["rejected_orders"]
    assert of(samples, "open_orders", status=order["status"]) == 1 == listed["open_orders"]
    own = traded.on_order("GET", order["client_order_id"]).body
    for name in ("status", "filled_quantity", "average_fill_price", "fees", "exchange_order_id", "price"):
        assert order[name] == own[name], name
    assert refused["reason"] == traded.on_order("GET", refused["client_order_id"]).body["reason"]
    assert of(samples, "commits_total") == body["state_version"]
    said = phone.say("/status")
    today, gain = D(body["pnl"][0]["total"]), D(position["unrealized_pnl"])
    assert f"P&L today {today:+,.2f} · " in said
    held = phone.say("/positions")
    assert f"P&L {gain:+,.2f} · risk {D(position['risk_to_stop']):,.2f}" in held
    orders = phone.say("/orders")
    assert f"{order['filled_quantity']} filled @ {order['average_fill_price']} · fees {order['fees']['BNB']} BNB" in (
        orders.replace(",", "")
    )
    assert f"at binance {order['exchange_order_id']}" in orders
    assert f"refused: {refused['reason']}" in orders
    terminal = Console(width=200, file=StringIO(), record=True)
    terminal.print(render_account(body), render_accounts([listed]), render_performance(performance))
    text = terminal.export_text()
    lines = [line.split() for line in text.splitlines()]
    for shown in (
        *(order[n] for n in ("filled_quantity", "average_fill_price", "exchange_order_id")),
        refused["reason"],
    ):
        assert shown in text.replace(",", ""), shown
    assert f"{order['fees']['BNB']} BNB" in text
    # Three tables show the day's total: the account's, the list's and the performance's.
    assert sum(f"{today:,.2f}" in line for line in lines) >= 3


def test_metrics_when_a_token_is_for_all_accounts_then_queues_and_alerts_are_told(gateway: Gateway) -> None:
    samples = scrape(gateway)

    def queue(state: str) -> float:
        return samples["riskgate_queue_messages", frozenset({"queue": "order", "state": state}.items())]

    assert queue("visible") == 1
    assert queue("in_flight") == 0
    assert not [labels for name, labels in samples if ("queue", "gone") in labels]
    assert samples["riskgate_alerts_pending", frozenset()] == 0
    assert of(samples, "kill_switch_engaged", scope="global") == 0


def test_metrics_when_a_token_is_for_some_accounts_then_others_and_the_gateways_own_are_not_told(
    gateway: Gateway,
) -> None:
    assert gateway.register("other").status == 201

    mine = scrape(gateway, METRICS_READER)
    named = {dict(labels)["account"] for name, labels in mine if name.startswith("riskgate_account_")}

    assert named == {OWN_ACCOUNT}
    assert not [name for name, _ in mine if name.startswith(("riskgate_queue", "riskgate_alerts_pending"))]
    assert gateway.call("GET", "/metrics", caller=METRICS_READER, query={"account": "other"}).status == 403
    assert gateway.call("GET", "/metrics", caller=limited_to(READER, "accounts:read")).status == 403
    assert gateway.call("GET", "/metrics", query={"account": "no/account"}).status == 400


def test_metrics_when_scraped_then_each_account_is_read_once(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gateway.register("other").status == 201
    asked: list[str] = []
    real = wiring.deps().store.read

    def read(request: ReadRequest) -> Snapshot:
        asked.append(request.account_id)
        return real(request)

    monkeypatch.setattr(wiring.deps().store, "read", read)

    scrape(gateway)

    assert sorted(asked) == [ACCOUNT_ID, "other"]


def test_metrics_when_the_switch_is_engaged_then_the_state_is_halted(gateway: Gateway) -> None:
    gateway.put_flag("GLOBAL")

    samples = scrape(gateway)

    assert of(samples, "kill_switch_engaged", scope="global") == 1
    assert of(samples, "trading_state", state="HALTED") == 1
    assert of(samples, "trading_state", state="ACTIVE") == 0


def test_metrics_when_a_figure_is_old_then_its_age_grows(gateway: Gateway) -> None:
    gateway.snapshot("100000")
    gateway.advance(seconds=90)

    assert of(scrape(gateway), "equity_age_seconds") == 90


def test_account_when_its_document_is_corrupt_then_it_is_counted_and_the_others_are_told(gateway: Gateway) -> None:
    assert gateway.register("other").status == 201
    table = gateway.aws.state_table
    key = {"pk": {"S": "ACCOUNT#other"}, "sk": {"S": "STATE"}}
    whole = gateway.aws.dynamodb.get_item(TableName=table, Key=key)["Item"]
    gateway.aws.dynamodb.put_item(TableName=table, Item=whole | {"item_hash": {"S": "0" * 64}})

    samples, page = scrape(gateway), gateway.call("GET", "/accounts").body
    gateway.aws.dynamodb.put_item(TableName=table, Item=whole)

    assert samples["riskgate_accounts", frozenset({("state", "unreadable")})] == 1
    assert of(samples, "equity") == 100_000
    assert page["unreadable"] == ["other"]
    assert [row["account_id"] for row in page["accounts"]] == [ACCOUNT_ID]


def test_accounts_when_listed_in_pages_then_each_comes_once_and_only_what_the_token_may_see(gateway: Gateway) -> None:
    for name in ("a", "b", "z"):
        assert gateway.register(name).status == 201

    seen, after = [], None
    while True:
        page = gateway.call("GET", "/accounts", query={"limit": "2"} | ({"after": after} if after else {})).body
        seen += [row["account_id"] for row in page["accounts"]]
        after = page["next_after"]
        if after is None:
            break

    assert seen == ["a", "b", ACCOUNT_ID, "z"]
    own = gateway.call("GET", "/accounts", caller=READER).body["accounts"]
    assert [row["account_id"] for row in own] == [OWN_ACCOUNT]
    named = replace(READER, accounts=(OWN_ACCOUNT, "unknown"))
    assert len(gateway.call("GET", "/accounts", caller=named).body["accounts"]) == 1


def test_performance_when_days_have_statements_and_reports_then_each_shows_what_they_tell(traded: Gateway) -> None:
    traded.advance(days=2)
    now = traded.now
    csv = (
        "strategy,venue,symbol,currency,fills,realized_pnl,fees,fees_in_other_currencies,funding,"
        "net_realized,closing_quantity,average_price,mark_price,unrealized_pnl\r\n"
        "'=trend,binance,BTC/USDT,USDT,2,50,3,,-1,46,0.05,50000,50000,0\r\n"
    )
    s3 = s3_client()
    s3.put_object(Bucket=STATEMENT_BUCKET, Key=f"statements/{ACCOUNT_ID}/latest.json", Body=b"{}")
    s3.put_object(Bucket=STATEMENT_BUCKET, Key=f"statements/{ACCOUNT_ID}/2026-03-05/pnl.csv", Body=csv.encode())
    for day, equity, moved in ((5, "1000", "0"), (6, "1250", "200")):
        at = now.replace(day=day, minute=12)
        record = VarRecord(day=at.date(), as_of=at, equity=D(equity), transferred=D(moved), var_95=None, var_99=None)
        assert reports().put_record(ACCOUNT_ID, record)

    answer = traded.call("GET", f"/accounts/{ACCOUNT_ID}/performance", query={"days": "3"})
    first, middle, last = answer.body["days"]

    assert first == {"day": "2026-03-04"} | dict.fromkeys(
        ("equity", "total", "realized", "fees", "funding", "fills"), None
    )
    assert middle["equity"] == "1000"
    assert middle["total"] == "50"
    assert (middle["realized"], middle["fees"], middle["funding"], middle["fills"]) == ("50", "3", "-1", 2)
    assert last["day"] == "2026-03-06"
    assert last["total"] == answer.body["pnl"][0]["total"]
    [market] = answer.body["by_market"]
    assert market["strategy"] == "=trend"
    [trade] = answer.body["closed_trades"]
    assert (trade["trades"], trade["won"], trade["realized"]) == (1, 1, "48")


@pytest.mark.parametrize("days", ["0", "93", "x", ""])
def test_performance_when_the_days_are_no_number_of_days_then_400(gateway: Gateway, days: str) -> None:
    answer = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/performance", query={"days": days})

    assert (answer.status, answer.code) == (400, "QUERY_INVALID")


def test_performance_when_a_statement_is_no_statement_then_it_says_so(gateway: Gateway) -> None:
    s3 = s3_client()
    s3.put_object(Bucket=STATEMENT_BUCKET, Key=f"statements/{ACCOUNT_ID}/latest.json", Body=b"{}")
    s3.put_object(Bucket=STATEMENT_BUCKET, Key=f"statements/{ACCOUNT_ID}/2026-03-03/pnl.csv", Body=b"x,y\r\n1,2\r\n")

    assert gateway.call("GET", f"/accounts/{ACCOUNT_ID}/performance").code == "STATEMENT_UNREADABLE"
