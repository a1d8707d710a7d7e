"""Secrets that are planted where the gateway meets them show in no log line, no metric and no page."""

from __future__ import annotations

import io
import json

import pytest

from tests.support.alert_path import TOKEN, Phone
from tests.support.aws import TOTP_SEED
from tests.support.callers import READER, limited_to
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import RoutedAccount
from tests.support.venue import KEY, SECRET
from tests.support.views import views

__all__ = ["views"]

BEARER = "rg_abcdefghijkl_0123456789-ABCDEFGHIJ_abcdefghijklmnopqrstuvw"
PERMIT_KEY = "k" * 64
PLANTED = {
    "the venue's key": KEY,
    "the venue's secret": SECRET,
    "the permits' key": PERMIT_KEY,
    "the operator's seed": TOTP_SEED,
    "the bot's token": TOKEN,
    "the caller's token": BEARER.removeprefix("rg_abcdefghijkl_"),
}
#: What the live page, Grafana and the phone are made from.
PAGES = (
    "/accounts",
    "/metrics",
    f"/accounts/{ACCOUNT_ID}",
    f"/accounts/{ACCOUNT_ID}/performance",
    f"/accounts/{ACCOUNT_ID}/orders",
    f"/accounts/{ACCOUNT_ID}/audit",
    f"/accounts/{ACCOUNT_ID}/limits",
    f"/accounts/{ACCOUNT_ID}/reconciliation",
    f"/accounts/{ACCOUNT_ID}/risk",
    "/dashboard",
)


@pytest.mark.usefixtures("views")
def test_secrets_when_planted_then_no_line_no_metric_and_no_page_shows_them(
    routed: RoutedAccount, phone: Phone, log_output: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    # A venue that says the key, the secret and the signed request in its refusal.
    said = f"Invalid API-key {KEY} (secret {SECRET}), request /api/v3/order?apiKey={KEY}&signature={'ab12' * 16}"
    routed.fault("error_before_accept", status=400, code=-2010, msg=said, count=1)
    headers = {"Authorization": f"Bearer {BEARER}", "X-Correlation-Id": BEARER, "X-Api-Key": KEY}
    path = f"/accounts/{ACCOUNT_ID}/orders"
    refused = routed.order(client_order_id="refused")
    filled = routed.order(client_order_id="filled", price="50200", stop_loss_price="49000")
    for order in (refused, filled):
        assert routed.gateway.call("POST", path, order, headers=headers).status == 201
    routed.work_all()
    phone.deliver()
    reader = limited_to(READER, "accounts:read", "metrics:read")
    answers = {page: routed.gateway.call("GET", page, caller=reader, headers=headers) for page in PAGES}

    assert {page: answer.status for page, answer in answers.items()} == dict.fromkeys(PAGES, 200)
    written = capsys.readouterr()
    shown = {page: answer.text + json.dumps(dict(answer.headers)) for page, answer in answers.items()}
    shown |= {"log": log_output.getvalue(), "metrics on stdout": written.out, "stderr": written.err}
    shown |= {"phone": "\n".join(phone.texts()), "topic": json.dumps(phone.published())}
    found = [(what, where) for where, text in shown.items() for what, secret in PLANTED.items() if secret in text]
    assert not found
    assert "venue_called" in shown["log"]
    assert "rejected" in shown[f"/accounts/{ACCOUNT_ID}/orders"]
    assert "riskgate_account" in shown["/metrics"]
