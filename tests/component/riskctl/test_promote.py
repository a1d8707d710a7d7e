"""``riskctl promote``: from paper to live in one command that shows what it changes, and changes nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import Result

from infra.local.settings import STACK_NAME
from infra.riskctl.api import TOTP_HEADER, ApiClient
from infra.riskctl.errors import ApiProblem
from infra.simulators.exchange.client import ccxt_urls
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.ledger.gateway_chain import change_marker
from riskgate.app.routing.follow_kill_switch import take_note
from riskgate.core.account.stored import ReadRequest
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.safeguards.events import KillSwitchChanged
from tests.component.riskctl.conftest import VENUE, Gateway
from tests.support.exchange_adapter import unthrottled
from tests.support.venue import ACCOUNT, Simulator, real_time_venue, running

Riskctl = Callable[..., Result]
KEY = {"apiKey": "live-key-0123456789", "secret": "live-secret-0123456789"}
SECRET = "riskgate/exchange/live"
LIMITS: dict[str, Any] = {
    "symbols_allowed": ["BTC/USDT"],
    "stop_loss_required": "at_venue",
    "strategies": {"trend": {"fraction_max": "0.4", "heartbeat_seconds": 60}},
    "daily_loss_fraction_max": "0.02",
    "loss_streak": {"losses": 3, "lock_minutes": 60, "scope": "all"},
}
SCENARIO = {"name": "crash", "default_shock": "-0.4", "shocks": {"BTC": "-0.3"}, "sector_shocks": {}}
#: The simulated exchange is a test endpoint: a person says that it may stand for real money.
PROMOTE = (
    *("promote", "dry", "live", "--key", f"{VENUE}={SECRET}"),
    *("--set", "order_notional_max=50", "--accept", "money"),
)
NEW = (*PROMOTE, "--equity", "1000")


@pytest.fixture
def simulator(gateway: Gateway) -> Iterator[Simulator]:
    """Give an exchange with a key that trades and does nothing else, and its secrets."""
    with running(real_time_venue()) as built, unthrottled():
        rights = {"ip_allow_list": ["127.0.0.1"]}
        built.control.post("accounts", account=ACCOUNT, key=KEY["apiKey"], secret=KEY["secret"], permissions=rights)
        urls = {"urls": ccxt_urls(built.url)}
        for name, text in ((SECRET, KEY | urls), (f"{STACK_NAME}/market/{VENUE}", urls)):
            gateway.session.aws.secretsmanager.create_secret(Name=name, SecretString=json.dumps(text))
        yield built


@pytest.fixture(autouse=True)
def dry(gateway: Gateway) -> None:
    """Register an account on paper as somebody leaves it who has tried a bot there."""
    paper = {"venue": VENUE, "market_type": "spot", "paper": {"balances": {"USDT": "10000"}}}
    body = {
        "base_currency": "USDT",
        "venues": [paper],
        "initial_equity": "10000",
        "sectors": {"BTC": "layer1"},
        "asset_aliases": {"1000PEPE": {"asset": "PEPE", "multiplier": "1000"}},
    }
    gateway.api.call("PUT", "/accounts/dry", body)
    gateway.api.call("PUT", "/accounts/dry/limits", LIMITS)
    gateway.api.call("PUT", "/accounts/dry/scenarios", {"scenarios": [SCENARIO]})
    for number, engaged in enumerate((True, False)):
        flag = KillSwitch(scope="account", key="dry", engaged=engaged, reason="drill")
        acting = Acting(deps=gateway.session.aws.deps, actor="token:a", now=datetime.now(UTC))
        event = KillSwitchChanged.of(flag, cancel_open_orders=False)
        assert take_note(acting, "dry", event, change_marker(f"c{number}"))


def promote(riskctl: Riskctl, *arguments: str) -> tuple[int, dict[str, Any]]:
    shown = riskctl(*arguments, "-o", "json")
    assert shown.output.startswith("{"), shown.output
    return shown.exit_code, json.loads(shown.output)


def writes(gateway: Gateway) -> list[str]:
    return [request.url.path for request in gateway.transport.requests if request.method != "GET"]


def is_known(api: ApiClient, account: str) -> bool:
    try:
        api.get(f"/accounts/{account}")
    except ApiProblem as problem:
        assert problem.code == "ACCOUNT_UNKNOWN"
        return False
    return True


def test_promotion_when_the_live_account_is_new_then_it_is_held_to_what_paper_was_and_no_more_is_left(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    code, body = promote(riskctl, *NEW, "--yes")
    assert (code, body["clear"], body["done"]) == (0, True, ["registration", "limits", "scenarios"])
    shown = {(change["part"], change["name"]): change for change in body["changes"]}
    assert set(shown) == {
        ("account", "equity"),
        ("venue", VENUE),
        ("sector", "BTC"),
        ("alias", "1000PEPE"),
        ("scenario", "crash"),
        ("limit", "order_notional_max"),
        *(("limit", name) for name in LIMITS),
    }
    assert (shown["limit", "daily_loss_fraction_max"]["now"], shown["limit", "daily_loss_fraction_max"]["then"]) == (
        "0.03",
        "0.02",
    )
    # Nothing is looser than shipped: no code was used up.
    assert all(TOTP_HEADER not in request.headers for request in gateway.transport.requests)

    found = gateway.session.aws.store.read(ReadRequest(account_id="live"))
    tried = gateway.session.aws.store.read(ReadRequest(account_id="dry"))
    state, paper = found.require_state(), tried.require_state()
    assert [(venue.secret_name, venue.paper_account) for venue in state.venues] == [(SECRET, None)]
    for name in ("sectors", "asset_aliases", "stress_scenarios"):
        assert getattr(state, name) == getattr(paper, name)
    limits, before = gateway.api.get("/accounts/live/limits"), gateway.api.get("/accounts/dry/limits")
    assert limits["limits"] == before["limits"] | {"order_notional_max": "50"}
    assert simulator.orders() == []

    again = riskctl(*PROMOTE, "--yes")
    assert again.exit_code == 0, again.output
    assert "nothing changes" in again.output


def test_promotion_when_it_only_shows_then_nothing_is_written(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    before = len(writes(gateway))
    shown = riskctl(*NEW, "--dry-run")
    assert shown.exit_code == 0, shown.output
    (line,) = [line for line in shown.output.splitlines() if "daily_loss_fraction_max" in line]
    assert [word for word in line.split() if word not in "│┃"] == [
        "limit",
        "daily_loss_fraction_max",
        "0.03",
        "0.02",
        "tighter",
    ]
    assert "nothing was changed" in shown.output
    # Nobody is there to say yes.
    refused = riskctl(*NEW)
    assert (refused.exit_code, "--yes" in refused.output) == (2, True)
    assert len(writes(gateway)) == before


def test_promotion_when_a_live_account_is_looser_and_tighter_then_only_what_is_shown_changes_and_a_code_is_asked(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    assert promote(riskctl, *NEW, "--yes")[0] == 0
    gateway.api.call("PUT", "/accounts/live/limits", {"open_positions_max": 2, "symbols_denied": ["DOGE/USDT"]})
    gateway.api.call("PUT", "/accounts/dry/limits", {"daily_trades_max": 5})
    code, body = promote(riskctl, *PROMOTE, "--set", 'symbols_denied=["DOGE/USDT"]', "--yes")
    assert (code, body["done"]) == (0, ["limits"])
    assert {change["name"]: change["verdict"] for change in body["changes"]} == {
        "open_positions_max": "looser",
        "daily_trades_max": "tighter",
    }
    sent = gateway.transport.requests[-1]
    assert TOTP_HEADER in sent.headers
    assert json.loads(sent.content) == {"open_positions_max": 10, "daily_trades_max": 5}
    assert gateway.api.get("/accounts/live/limits")["limits"]["symbols_denied"] == ["DOGE/USDT"]


def test_promotion_when_a_code_is_refused_halfway_then_what_was_done_is_said_and_the_next_run_does_the_rest(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    gateway.api.call("PUT", "/accounts/dry/limits", {"order_notional_max": "40"})
    gateway.session.confirm(None, "PUT", "/accounts/dry/limits", {"open_positions_max": 12})
    loosened = (*NEW, "--accept", "limits_loosened")
    failed = riskctl(*loosened, "--yes", "--totp", "000000")
    assert failed.exit_code == 2, failed.output
    assert "limits: TOTP_INVALID" in failed.output
    assert "done: registration" in failed.output
    code, body = promote(riskctl, *PROMOTE, "--accept", "limits_loosened", "--yes")
    assert (code, body["done"]) == (0, ["limits", "scenarios"])


@pytest.mark.parametrize(
    ("limit", "point"),
    [
        ({"stop_loss_required": False}, "stops"),
        ({"symbols_allowed": None}, "symbols"),
        ({"daily_loss_fraction_max": None}, "loss_limits"),
        ({"open_positions_max": 11}, "limits_loosened"),
    ],
)
def test_promotion_when_a_hard_point_is_left_then_refused_and_nothing_is_written(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator, limit: dict[str, Any], point: str
) -> None:
    gateway.session.confirm(None, "PUT", "/accounts/dry/limits", limit)
    code, body = promote(riskctl, *NEW, "--yes")
    left = {row["point"] for row in body["points"] if row["verdict"] in {"LEFT", "UNKNOWN"}}
    assert (code, body["done"], point in left) == (1, [], True)
    assert not is_known(gateway.api, "live")


def test_promotion_when_the_key_may_withdraw_or_cannot_be_read_then_refused(
    gateway: Gateway, riskctl: Riskctl, simulator: Simulator
) -> None:
    wrong = [word.replace(SECRET, "nowhere") for word in NEW]
    code, body = promote(riskctl, *wrong, "--yes")
    verdicts = {row["point"]: row["verdict"] for row in body["points"]}
    assert (code, {verdicts[name] for name in ("key_rights", "venues")}) == (1, {"UNKNOWN"})
    simulator.control.post(
        "accounts",
        account=ACCOUNT,
        key=KEY["apiKey"],
        secret=KEY["secret"],
        permissions={"enable_withdrawals": True, "ip_allow_list": ["127.0.0.1"]},
    )
    code, body = promote(riskctl, *NEW, "--yes")
    rows = {row["point"]: row for row in body["points"]}
    assert (code, rows["key_rights"]["verdict"]) == (1, "LEFT"), rows["key_rights"]
    assert not is_known(gateway.api, "live")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("promote", "demo", "live", "--equity", "1"), "not on paper"),
        (("promote", "dry", "dry"), "on paper itself"),
        (("promote", "dry", "nobody"), "pass --equity"),
        (("promote", "dry", "nobody", "--equity", "1"), f"--key {VENUE}=SECRET"),
        (("promote", "dry", "nobody", "--equity", "much", "--key", f"{VENUE}=x"), "not a number"),
        (("promote", "dry", "demo"), f"--key {VENUE}=SECRET"),
        (("promote", "dry", "demo", "--key", "kraken=x"), "neither account has a venue kraken"),
        (("promote", "nobody", "live"), "not registered"),
        (("promote", "dry", "demo", "--accept", "alarms_armed"), "no point is called"),
        (("promote", "dry", "demo", "--set", "no_such=1"), "no_such"),
    ],
)
def test_promotion_when_it_makes_no_sense_then_usage_and_nothing_is_written(
    gateway: Gateway, riskctl: Riskctl, arguments: tuple[str, ...], text: str
) -> None:
    before = len(writes(gateway))
    shown = riskctl(*arguments)
    assert shown.exit_code == 2, shown.output
    assert text in shown.output
    assert len(writes(gateway)) == before
