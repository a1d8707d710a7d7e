"""``riskctl recon``: an operator sees what disagrees, looks again and closes it."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import Result

from functions.reconcile.app import lambda_handler
from infra.riskctl.aws import Aws
from infra.simulators.exchange.client import ccxt_urls
from riskgate.adapters.aws.clients import s3_client
from riskgate.adapters.aws.lazy import forget
from tests.component.riskctl.conftest import ACCOUNT as DEMO
from tests.component.riskctl.conftest import VENUE, Gateway
from tests.support.aws import LambdaContext
from tests.support.exchange_adapter import unthrottled
from tests.support.venue import ACCOUNT, KEY, SECRET, Simulator, real_time_venue, running

Riskctl = Callable[..., Result]


class Context(LambdaContext):
    """An invocation that has its whole time ahead."""

    def get_remaining_time_in_millis(self) -> int:
        return 120_000


@pytest.fixture
def simulator(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A venue behind the account's key, and the function where the stack's would be."""

    def invoke(_aws: Aws, output: str, payload: dict[str, Any]) -> dict[str, Any]:
        assert output == "ReconcileFunctionName"
        # Its log and metrics go elsewhere; its answer comes back as JSON.
        with contextlib.redirect_stdout(io.StringIO()):
            answer: dict[str, Any] = json.loads(json.dumps(lambda_handler(payload, Context()), default=str))
        return answer

    monkeypatch.setattr(Aws, "invoke", invoke)
    s3_client().create_bucket(Bucket="statements")
    monkeypatch.setenv("STATEMENT_BUCKET", "statements")
    monkeypatch.setattr("riskgate.app.reconciliation.reconcile_account.RECHECK_SECONDS", 0.0)
    forget()
    with running(real_time_venue()) as built, unthrottled():
        balances = {"spot": {"USDT": "100000", "BTC": "0"}}
        built.control.post("accounts", account=ACCOUNT, key=KEY, secret=SECRET, balances=balances)
        text = json.dumps({"apiKey": KEY, "secret": SECRET, "urls": ccxt_urls(built.url)})
        gateway.session.aws.secretsmanager.create_secret(Name="exchange/demo", SecretString=text)
        venues = [{"venue": VENUE, "market_type": "spot", "secret_name": "exchange/demo"}]
        registration = {"base_currency": "USDT", "venues": venues, "initial_equity": "100000"}
        gateway.api.call("PUT", f"/accounts/{DEMO}", registration)
        yield built
    forget()


def place_around(simulator: Simulator) -> None:
    order = {"type": "LIMIT", "price": "40000", "quantity": "0.01", "timeInForce": "GTC"}
    simulator.control.post("orders", account=ACCOUNT, symbol="BTCUSDT", side="BUY", **order)


def test_recon_when_never_run_then_it_says_so(riskctl: Riskctl) -> None:
    shown = riskctl("recon", "show")
    assert (shown.exit_code, shown.output.strip()) == (0, "not reconciled yet")


def test_recon_when_the_books_agree_then_clean(riskctl: Riskctl, simulator: Simulator) -> None:
    assert simulator.orders() == []
    shown = riskctl("recon", "run")
    assert shown.exit_code == 0, shown.output
    assert "complete, 1 of 1 agree, 0 open, 0.00 at issue" in shown.output
    assert "binance: 0 orders, 0 fills, 1 balances, 0 positions" in shown.output
    assert riskctl("recon", "show").exit_code == 0


def test_recon_when_somebody_trades_around_the_gateway_then_shown_resolved_and_closed(
    riskctl: Riskctl, simulator: Simulator
) -> None:
    place_around(simulator)
    shown = riskctl("recon", "run")
    assert shown.exit_code == 1
    assert "1 of 2 agree, 1 open, 400.00 at issue" in shown.output
    body = json.loads(riskctl("recon", "show", "-o", "json").output)
    (rogue,) = body["open"]
    shown = riskctl("recon", "show")
    assert shown.exit_code == 1
    assert rogue["break_id"] in shown.output
    assert "revoke the key that placed it" in shown.output
    closed = riskctl("recon", "resolve", rogue["break_id"], "--reason", "cancelled by hand")
    assert closed.exit_code == 0, closed.output
    assert closed.output.strip() == f"rogue_order {rogue['break_id']} is closed; still open: 0, tripped: none"
    shown = riskctl("recon", "show", "--closed")
    assert shown.exit_code == 0
    assert "cancelled" in shown.output
    assert riskctl("recon", "resolve", rogue["break_id"], "--reason", "again").exit_code == 2


def test_recon_when_the_venue_is_silent_then_incomplete(riskctl: Riskctl, simulator: Simulator) -> None:
    simulator.control.post("faults", kind="drop_before_accept", method="GET", path="/api/v3/account", count=None)
    shown = riskctl("recon", "run")
    assert shown.exit_code == 1
    assert "INCOMPLETE" in shown.output
    assert "binance: not read, so no break opened or closed (EXCHANGE_UNAVAILABLE" in shown.output


def test_recon_when_the_stack_has_no_such_function_then_one_line(riskctl: Riskctl) -> None:
    shown = riskctl("recon", "run")
    assert shown.exit_code in {2, 5}
    assert "Traceback" not in shown.output
