"""``riskctl accounts``, ``performance``, ``top``: the book at a glance, and what a command loads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from typer.testing import Result

from infra.local.settings import ROOT
from tests.component.riskctl.conftest import ACCOUNT, Gateway

pytestmark = pytest.mark.usefixtures("views")

Riskctl = Callable[..., Result]
#: What a look at an account has no use for: AWS, exchanges, numbers, pictures, the phone, use cases.
HEAVY = {"boto3", "botocore", "ccxt", "numpy", "matplotlib", "telegram", "segno", "riskgate.adapters", "riskgate.app"}


def test_accounts_when_listed_then_each_has_its_line(gateway: Gateway, riskctl: Riskctl) -> None:
    for name in ("second", "third"):
        registration = {
            "base_currency": "USDT",
            "venues": [{"venue": "binance", "market_type": "spot"}],
            "initial_equity": "5",
        }
        gateway.api.call("PUT", f"/accounts/{name}", registration)

    shown = riskctl("accounts")

    assert shown.exit_code == 0, shown.output
    lines = {line.split()[0]: line for line in shown.output.splitlines()[1:]}
    assert list(lines) == [ACCOUNT, "second", "third"]
    assert "100,000.00 USDT" in lines[ACCOUNT]
    assert "5.00 USDT" in lines["second"]
    rows = json.loads(riskctl("accounts", "--output", "json").output)
    assert [row["account_id"] for row in rows] == [ACCOUNT, "second", "third"]


def test_accounts_when_one_is_corrupt_then_it_says_so(gateway: Gateway, riskctl: Riskctl) -> None:
    table, key = gateway.aws.state_table, {"pk": {"S": f"ACCOUNT#{ACCOUNT}"}, "sk": {"S": "STATE"}}
    item = gateway.aws.dynamodb.get_item(TableName=table, Key=key)["Item"]
    gateway.aws.dynamodb.put_item(TableName=table, Item=item | {"item_hash": {"S": "0" * 64}})

    assert "UNREADABLE" in riskctl("accounts").output


def test_performance_when_traded_then_the_day_shows_what_was_paid(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.submit()
    fill = {"fill_id": "f", "quantity": "0.5", "price": "8000", "executed_at": datetime.now(UTC), "fee": "4"}
    gateway.api.call("POST", f"/accounts/{ACCOUNT}/orders/first/fills", fill)

    shown = riskctl("performance", "--days", "3").output
    body = json.loads(riskctl("performance", "--output", "json").output)

    assert "today" in shown
    assert "4.00" in shown
    assert body["pnl"][0]["fees"] == "4"
    assert len(body["days"]) == 30


def test_top_when_shown_once_then_accounts_and_the_chosen_one_in_full(gateway: Gateway, riskctl: Riskctl) -> None:
    gateway.submit()

    shown = riskctl("top", "--once")

    assert shown.exit_code == 0, shown.output
    assert ACCOUNT in shown.output.splitlines()[2]
    assert "position_size_fraction_max" in shown.output
    assert "first" in shown.output


@pytest.mark.parametrize("command", ["status", "accounts", "performance", "top"])
def test_command_that_asks_the_api_alone_when_run_then_loads_nothing_heavy(command: str) -> None:
    """Start-up is what is imported: a second of CPU for AWS's library, exchanges and the phone."""
    account = [] if command == "accounts" else ["--account", "demo"]
    script = (
        "import sys\n"
        "from infra.riskctl.cli import app\n"
        "try:\n"
        f"    app(['--api-url', 'http://127.0.0.1:9', '--token', 'x', '{command}', *{account}])\n"
        "except SystemExit as end:\n"
        "    print('ended', end.code)\n"
        "print('loaded:', *sys.modules)\n"
    )
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'shared'}"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    lines = done.stdout.splitlines()
    assert lines[-2] == "ended 5", done.stderr
    loaded = set(lines[-1].split()[1:])
    assert f"infra.riskctl.{command}" in loaded
    assert not {name for name in HEAVY if name in loaded}
