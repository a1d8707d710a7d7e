"""A real Prometheus scrapes the gateway: the book's values arrive, the rules fire, promtool has nothing to say."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime

import httpx
import pytest

from tests.component.riskctl.conftest import ACCOUNT, Gateway
from tests.prometheus.conftest import PROMETHEUS, Query, wait_for
from tests.support.riskctl_transport import API_URL


def trade(gateway: Gateway) -> None:
    """Buy 0.5 at 8000, sell 0.1 at 8100, and leave an order."""
    call = gateway.api.call
    assert gateway.submit()["decision"] == "approved"
    executed = {"executed_at": datetime.now(UTC)}
    call(
        "POST",
        f"/accounts/{ACCOUNT}/orders/first/fills",
        executed | {"fill_id": "f", "quantity": "0.5", "price": "8000"},
    )
    gateway.submit(client_order_id="second", side="sell", quantity="0.1", price="8100", stop_loss_price="8300")
    call(
        "POST",
        f"/accounts/{ACCOUNT}/orders/second/fills",
        executed | {"fill_id": "g", "quantity": "0.1", "price": "8100"},
    )
    gateway.submit(client_order_id="third", quantity="0.01", price="7900")


def value_of(query: Query, text: str) -> float:
    [found] = query(text)
    return float(found["value"][1])


def test_prometheus_when_it_scrapes_then_the_books_values_arrive(gateway: Gateway, prometheus: Query) -> None:
    trade(gateway)
    wait_for(
        lambda: value_of(prometheus, f'riskgate_account_pnl{{account="{ACCOUNT}",period="day",part="realized"}}') == 10
    )
    body = gateway.api.get(f"/accounts/{ACCOUNT}")

    def figure(name: str, **labels: str) -> float:
        chosen = ",".join(f'{key}="{value}"' for key, value in {"account": ACCOUNT, **labels}.items())
        return value_of(prometheus, f"riskgate_account_{name}{{{chosen}}}")

    wait_for(lambda: figure("commits_total") == body["state_version"])
    assert figure("equity") == float(body["equity"])
    for row in body["pnl"]:
        for part in ("total", "realized", "fees", "funding", "unrealized", "other"):
            assert figure("pnl", period=row["period"], part=part) == float(row[part])
    [position] = body["positions"]
    market = {"venue": position["venue"], "symbol": position["symbol"]}
    assert figure("position_risk_to_stop", **market) == float(position["risk_to_stop"])
    assert figure("open_orders", status="approved") == len(body["open_orders"]) == 1


def test_prometheus_when_the_kill_switch_is_engaged_then_the_rules_alert_and_record(
    gateway: Gateway, prometheus: Query
) -> None:
    gateway.set_flag({"BOOL": True})

    wait_for(lambda: bool(prometheus('ALERTS{alertname="RiskgateKillSwitchEngaged",alertstate="firing"}')))
    assert value_of(prometheus, 'base_currency:riskgate_equity:sum{base_currency="USDT"}') == 100_000
    assert not prometheus('ALERTS{alertname="RiskgateDown"}')


@pytest.mark.usefixtures("views")
def test_promtool_when_it_reads_a_scrape_then_it_finds_nothing(
    gateway: Gateway, reader_token: str, promtool: str
) -> None:
    trade(gateway)
    request = httpx.Request("GET", f"{API_URL}/metrics", headers={"Authorization": f"Bearer {reader_token}"})
    text = gateway.transport.handle_request(request).read().decode()

    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "arguments", [["check", "rules", "rules/riskgate.yml"], ["test", "rules", "tests/riskgate.test.yml"]], ids=" ".join
)
def test_rules_when_checked_and_tested_then_they_hold(promtool: str, arguments: list[str]) -> None:
    done = subprocess.run([promtool, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_when_listed_then_it_is_tested() -> None:
    rules = (PROMETHEUS / "rules" / "riskgate.yml").read_text(encoding="utf-8")
    tests = (PROMETHEUS / "tests" / "riskgate.test.yml").read_text(encoding="utf-8")
    named = [line.split("alert: ")[1].strip() for line in rules.splitlines() if "alert: " in line]

    assert named
    assert [name for name in named if f"alertname: {name}\n" not in tests] == []
