"""``riskctl trace``: one order's story by its trace id, in any form, or by its own name."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from tests.component.riskctl.conftest import Gateway

Riskctl = Callable[..., Result]

W3C = "0af7651916cd43dd8448eb211c80319c"
XRAY = "1-0af76519-16cd43dd8448eb211c80319c"


@pytest.fixture
def traced(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Give an account with an order under a trace id of AWS's, cancelled under another, between two others."""
    assert gateway.submit(client_order_id="before")["decision"] == "approved"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={XRAY};Parent=53995c3f42cd8ad8;Sampled=1")
    assert gateway.submit(client_order_id="told", quantity="0.2")["decision"] == "approved"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-11111111-16cd43dd8448eb211c80319c;Sampled=1")
    fill = {"fill_id": "f-1", "quantity": "0.1", "price": "8000", "executed_at": "2026-01-01T00:00:00Z"}
    gateway.api.call("POST", "/accounts/demo/orders/told/fills", fill)
    gateway.api.call("POST", "/accounts/demo/orders/told/cancel", {"reason": "changed my mind"})
    assert gateway.submit(client_order_id="after", quantity="0.3")["decision"] == "approved"
    return gateway


@pytest.mark.parametrize("name", ["told", W3C, XRAY, f"Root={XRAY};Sampled=1", f"00-{W3C}-b7ad6b7169203331-01"])
def test_trace_when_asked_in_any_form_then_the_whole_story_of_the_order(
    traced: Gateway, riskctl: Riskctl, name: str
) -> None:
    shown = riskctl("trace", name, "-o", "json")
    assert shown.exit_code == 0, shown.output
    story = json.loads(shown.output)
    assert (story["account_id"], story["trace_id"]) == ("demo", W3C)
    assert [entry["event"] for entry in story["entries"]] == ["order_decided", "fill_recorded", "order_closed"]
    assert [order["client_order_id"] for order in story["orders"]] == ["told"]
    assert story["links"]["xray"].endswith(f"#xray:traces/{XRAY}")


def test_trace_when_shown_then_terms_times_and_ends(traced: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("trace", "told", "--account", "demo").output
    assert f"trace {W3C}  demo" in shown
    assert "told  buy 0.2 binance:BTC/USDT at 8000  cancelled: changed my mind, filled 0.1 at 8000" in shown
    lines = [line.split() for line in shown.splitlines() if " s " in line and "token:" in line]
    assert [line[5] for line in lines] == ["order_decided", "fill_recorded", "order_closed"]
    assert lines[0][2:4] == ["+0.000", "s"]
    assert "approved" in lines[0]
    assert "before" not in shown


def test_trace_when_nothing_is_known_of_it_then_said(traced: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("trace", "ffffffffffffffffffffffffffffffff")
    assert shown.exit_code == 2
    assert "nothing is known of" in shown.output


def test_trace_when_it_cannot_be_one_then_said(traced: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("trace", "two words")
    assert shown.exit_code == 2
    assert "is no trace id" in shown.output
