"""The live page in a real browser, against the gateway's own functions: what a person sees and does there."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import pyotp
import pytest
import time_machine
from PIL import Image
from playwright.sync_api import Page, Route, expect, sync_playwright

from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.core.access.tokens import TOKEN_RANDOM_BYTES, Scope, new_token
from riskgate.core.account.document import POSITIONS_MAX, WORKING_ORDERS_MAX
from tests.browser.month import DAYS, Month
from tests.component.riskctl.book import run_jobs, take_up
from tests.component.riskctl.conftest import ACCOUNT, Gateway
from tests.support.aws import TOTP_SEED
from tests.support.http_front import serve

# It has no type stubs.
Axe: Any = import_module("axe_playwright_python.sync_playwright").Axe

DESKTOP, PHONE = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}
#: Where the documents' pictures are drawn anew, if anywhere.
PICTURES = os.environ.get("DASHBOARD_PICTURES")
#: Limits that the book is well within.
ROOM = {
    "position_size_fraction_max": "0.25",
    "asset_fraction_max": "0.25",
    "sector_fraction_max": "0.7",
    "open_risk_fraction_max": "0.6",
    "correlation_max": None,
    "volume_fraction_max": None,
    "depth_fraction_max": None,
    "strategy_fraction_max": "0.9",
}
ENTRY: dict[str, Any] = {"quantity": "0.01", "price": "17580", "stop_loss_price": "17000"}


class Codes:
    """One-time codes: each is good once, so every asking is for one more step of the clock."""

    def __init__(self) -> None:
        self._steps = -1

    def next(self) -> str:
        """Return a code that nobody has used; the gateway takes the steps beside its own too."""
        self._steps += 1
        assert self._steps <= 2, "the gateway takes no code further ahead"
        return pyotp.TOTP(TOTP_SEED).at(datetime.now(UTC) + timedelta(seconds=30 * (self._steps - 1)))


@pytest.fixture
def codes() -> Codes:
    """Give one-time codes."""
    return Codes()


@pytest.fixture
def address(gateway: Gateway, codes: Codes) -> Iterator[str]:
    """Serve a gateway whose account holds a book that both risk jobs have reported on, with an order that works."""
    take_up(gateway)
    run_jobs()
    gateway.api.call("PUT", f"/accounts/{ACCOUNT}/limits", ROOM, totp=codes.next())
    assert gateway.submit(client_order_id="resting", **ENTRY)["decision"] == "approved"
    with serve(gateway.transport) as base:
        yield f"{base}/dashboard"


@pytest.fixture
def page(browser: str) -> Iterator[Page]:
    """Give a page of Chromium that reaches loopback alone; an error of its scripts or its policy fails the test."""
    # A machine that does much else answers late.
    expect.set_options(timeout=20_000)
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        )
        found = chromium.new_page(viewport=DESKTOP, color_scheme="light")  # type: ignore[arg-type]
        errors: list[str] = []
        found.on("pageerror", lambda error: errors.append(str(error)))
        found.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
        yield found
        chromium.close()
    assert not errors


def sign_in(page: Page, address: str, token: str) -> None:
    """Type a token in."""
    page.goto(address)
    page.get_by_label("Token", exact=True).fill(token)
    page.get_by_role("button", name="Sign in").click()


def issue(
    gateway: Gateway, *scopes: Scope, accounts: tuple[str, ...] = ("*",), operator: str = "bob", days: int = 1
) -> str:
    """Make a token."""
    now = datetime.now(UTC)
    token, text = new_token(
        random_bytes=os.urandom(TOKEN_RANDOM_BYTES),
        scopes=list(scopes),
        accounts=list(accounts),
        operator=operator,
        expires_at=now + timedelta(days=days),
        created_at=now,
    )
    DynamoTokenStore(gateway.aws.dynamodb, gateway.aws.control_table).put_token(token)
    return text


def take_picture(page: Page, name: str) -> None:
    """Draw a picture for the documents, where asked to."""
    if PICTURES:
        with Image.open(BytesIO(page.screenshot(full_page=True))) as picture:
            # A page has few colours: a third of the size.
            picture.quantize(96, dither=Image.Dither.NONE).save(Path(PICTURES) / f"{name}.png", optimize=True)


@pytest.fixture
def month_old(request: pytest.FixtureRequest) -> Iterator[tuple[Gateway, str]]:
    """Serve a gateway whose account has traded for a month and loses today; give it with the page's address."""
    end = datetime.now(UTC)
    with time_machine.travel(datetime.combine(end - timedelta(days=DAYS), time(), UTC), tick=False) as traveller:
        made: Gateway = request.getfixturevalue("gateway")
        request.getfixturevalue("views")
        gateway = replace(made, admin_token=issue(made, *Scope, operator="alice", days=DAYS + 2))
        Month(gateway, traveller).live(end)
    with serve(gateway.transport) as base:
        yield gateway, f"{base}/dashboard"


def test_dashboard_when_signed_in_then_the_whole_account_at_both_sizes_and_in_both_colours(
    page: Page, month_old: tuple[Gateway, str]
) -> None:
    gateway, address = month_old
    sign_in(page, address, gateway.admin_token)

    expect(page.get_by_role("heading", name=ACCOUNT)).to_be_visible()
    expect(page.get_by_role("img", name="Equity from")).to_be_visible()
    positions = page.get_by_role("region", name="Positions")
    for position in gateway.api.get(f"/accounts/{ACCOUNT}")["positions"]:
        expect(positions.get_by_text(position["symbol"], exact=True)).to_be_visible()
    orders = page.get_by_role("region", name="Open orders")
    expect(orders).to_contain_text("binance 8815550172")
    expect(orders).to_contain_text("insufficient balance")
    expect(page.get_by_role("log")).to_contain_text("denied")
    expect(page.get_by_text("VaR 95 %, one day")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.reload()
        expect(page.get_by_text("VaR 95 %, one day")).to_be_visible()
        _require_accessible(page)
        take_picture(page, f"dashboard-{scheme}")
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        # Charts follow the width a moment later; a page that goes on scrolling sideways runs into the time limit.
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=PHONE["width"])
        _require_accessible(page)
        take_picture(page, f"dashboard-phone-{scheme}")
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]


def test_dashboard_when_an_order_is_denied_then_it_appears_with_its_reason(
    page: Page, gateway: Gateway, address: str
) -> None:
    sign_in(page, address, gateway.admin_token)
    expect(page.get_by_role("log")).to_contain_text("resting")

    gateway.submit(client_order_id="too-much", **ENTRY | {"quantity": "90"})

    denial = page.get_by_role("log").get_by_role("listitem").filter(has_text="too-much")
    expect(denial).to_contain_text("denied")
    expect(denial).to_contain_text("position size")


def test_dashboard_when_the_kill_switch_is_set_then_a_code_is_needed_and_everybody_sees_it(
    page: Page, gateway: Gateway, address: str, codes: Codes
) -> None:
    sign_in(page, address, gateway.admin_token)
    page.get_by_role("button", name="Kill switch…").click()
    page.get_by_label("Reason").fill("drill")
    page.get_by_label("One-time code").fill("000000")
    page.get_by_role("button", name="Set the switch").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("TOTP_")
    assert gateway.submit(client_order_id="before", **ENTRY | {"price": "17579"})["decision"] == "approved"

    page.get_by_label("One-time code").fill(codes.next())
    page.get_by_role("button", name="Set the switch").click()

    expect(page.get_by_text(f"Kill switch engaged: account {ACCOUNT}. drill")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    answer = gateway.submit(client_order_id="after", **ENTRY | {"price": "17578"})
    assert answer["code"] == "KILL_SWITCH_ENGAGED"
    take_picture(page, "dashboard-halted")


def test_dashboard_when_a_position_is_exited_then_its_order_is_decided(
    page: Page, gateway: Gateway, address: str, codes: Codes
) -> None:
    sign_in(page, address, gateway.admin_token)
    page.get_by_role("button", name="Exit BTC/USDT").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    _require_accessible(page)
    take_picture(page, "dashboard-exit")
    page.get_by_label("Reason").fill("drill")
    page.get_by_label("One-time code").fill(codes.next())
    page.get_by_role("dialog").get_by_role("button", name="Exit").click()

    expect(page.get_by_role("log")).to_contain_text("exit requested")
    orders = gateway.api.get(f"/accounts/{ACCOUNT}")["open_orders"]
    (leg,) = [order for order in orders if order["side"] == "sell"]
    assert (leg["symbol"], leg["quantity"]) == ("BTC/USDT", "0.9")
    expect(page.get_by_role("region", name="Open orders")).to_contain_text(leg["client_order_id"])


def test_dashboard_when_an_alert_is_acknowledged_then_it_says_so(page: Page, gateway: Gateway, address: str) -> None:
    sign_in(page, address, gateway.admin_token)
    alerts = page.get_by_role("list", name="Alerts")
    expect(alerts).to_be_visible()
    alerts.get_by_role("button").first.click()
    expect(alerts).to_contain_text("acknowledged")
    assert any(row["acknowledged"] for row in gateway.api.get(f"/accounts/{ACCOUNT}")["alerts"])


def test_dashboard_when_a_limit_is_tightened_then_it_holds_without_a_code(
    page: Page, gateway: Gateway, address: str
) -> None:
    sign_in(page, address, gateway.admin_token)
    page.get_by_role("button", name="Change…").click()
    page.get_by_label("Limit", exact=True).select_option("open_positions_max")
    page.get_by_label("New value").fill("8")
    page.get_by_role("dialog").get_by_role("button", name="Change").click()
    expect(page.get_by_text("7 of 8")).to_be_visible()
    page.get_by_role("button", name="Change…").click()
    page.get_by_label("Limit", exact=True).select_option("open_positions_max")
    page.get_by_label("New value").fill("80")
    page.get_by_role("dialog").get_by_role("button", name="Change").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("TOTP_")


def test_dashboard_when_a_reader_presses_a_button_then_the_gateway_refuses(
    page: Page, gateway: Gateway, address: str
) -> None:
    sign_in(page, address, issue(gateway, Scope.ACCOUNTS_READ, accounts=(ACCOUNT,)))
    page.get_by_role("button", name="Exit all…").click()
    page.get_by_label("Reason").fill("drill")
    page.get_by_label("One-time code").fill("123456")
    page.get_by_role("dialog").get_by_role("button", name="Exit").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("FORBIDDEN")


def test_dashboard_when_the_token_is_wrong_then_nothing_is_shown_or_kept(page: Page, address: str) -> None:
    sign_in(page, address, "rg_nobody_knows_this")
    expect(page.locator("#failure")).to_contain_text("UNAUTHORIZED")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.evaluate("Object.keys(sessionStorage).length + Object.keys(localStorage).length") == 0


def test_dashboard_when_signed_in_then_the_token_is_nowhere_but_in_this_tab(
    page: Page, gateway: Gateway, address: str
) -> None:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    sign_in(page, address, gateway.admin_token)
    expect(page.get_by_role("log")).to_contain_text("resting")

    assert len(seen) > 3
    assert gateway.admin_token not in page.url + "".join(seen) + page.content()
    assert {url.split("/")[2] for url in seen} == {address.split("/")[2]}
    page.get_by_role("button", name="Sign out").click()
    assert page.evaluate("Object.keys(sessionStorage).length + Object.keys(localStorage).length") == 0
    expect(page.get_by_role("heading", name=ACCOUNT)).to_be_hidden()


def test_dashboard_when_the_gateway_is_gone_then_the_figures_say_how_old_they_are(
    page: Page, gateway: Gateway, address: str
) -> None:
    sign_in(page, address, gateway.admin_token)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    gateway.transport.down = True
    expect(page.get_by_text("The gateway cannot be reached. What is shown is old.")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Stale: read")).to_be_visible(timeout=20_000)
    gateway.transport.down = False
    expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=20_000)


def test_dashboard_when_the_log_cannot_be_read_then_the_next_poll_reads_it_once(
    page: Page, gateway: Gateway, address: str
) -> None:
    sign_in(page, address, gateway.admin_token)
    expect(page.get_by_role("log")).to_contain_text("resting")
    page.get_by_role("button", name="Exit BTC/USDT").focus()
    broken = [True]

    def break_once(route: Route) -> None:
        if broken:
            broken.pop()
            route.fulfill(status=503, json={"code": "UNAVAILABLE", "detail": "the database did not answer"})
        else:
            route.continue_()

    page.route("**/audit?**", break_once)
    gateway.submit(client_order_id="too-much", **ENTRY | {"quantity": "90"})

    expect(page.get_by_role("log").get_by_role("listitem").filter(has_text="too-much")).to_have_count(1)
    expect(page.get_by_role("button", name="Exit BTC/USDT")).to_be_focused()
    assert not broken


def test_dashboard_when_nothing_changes_then_polling_is_answered_304(
    page: Page, gateway: Gateway, address: str
) -> None:
    sign_in(page, address, gateway.admin_token)
    statuses = []
    for _ in range(3):
        with page.expect_response(lambda answer: answer.url.endswith(f"/accounts/{ACCOUNT}")) as found:
            pass
        statuses.append(found.value.status)
    # The first seconds of a minute describe the account anew.
    assert 304 in statuses


def test_dashboard_when_names_are_hostile_then_shown_as_text(page: Page, gateway: Gateway, address: str) -> None:
    hostile = "<img src=x onerror=document.title='owned'>"

    def serve_hostile(route: Route) -> None:
        body = gateway.api.get(f"/accounts/{ACCOUNT}")
        body["positions"][0] |= {"symbol": hostile, "strategy": hostile}
        body["open_orders"][0] |= {"client_order_id": hostile}
        body["kill_switches"] = [{"scope": "account", "key": hostile, "engaged": True, "reason": hostile}]
        route.fulfill(json=body)

    page.route(f"**/accounts/{ACCOUNT}", serve_hostile)
    sign_in(page, address, gateway.admin_token)
    expect(page.get_by_text(hostile).first).to_be_visible()
    assert page.locator("main img").count() == 0
    assert "owned" not in page.title()


def test_dashboard_when_the_book_is_as_full_as_it_can_be_then_drawn_in_under_a_second(
    page: Page, gateway: Gateway, address: str
) -> None:
    full = gateway.api.get(f"/accounts/{ACCOUNT}")
    position, order = full["positions"][0], full["open_orders"][0]
    full["positions"] = [position | {"symbol": f"C{n}/USDT"} for n in range(POSITIONS_MAX)]
    full["open_orders"] = [order | {"client_order_id": f"order-{n}"} for n in range(WORKING_ORDERS_MAX)]
    asked: list[str] = []

    def serve_full(route: Route) -> None:
        asked.append(route.request.url)
        body = copy.deepcopy(full) | {"equity": str(100_000 + len(asked))}
        route.fulfill(body=json.dumps(body), content_type="application/json")

    page.route(f"**/accounts/{ACCOUNT}", serve_full)
    sign_in(page, address, gateway.admin_token)
    expect(page.get_by_text("C199/USDT")).to_be_attached()
    milliseconds: list[float] = []
    while len(milliseconds) < 3:
        page.wait_for_timeout(500)
        milliseconds = page.evaluate("performance.getEntriesByName('draw').map((entry) => entry.duration)")
    assert page.locator("tbody tr").count() == POSITIONS_MAX + WORKING_ORDERS_MAX
    # The best of three: what else the machine does is not the page's.
    assert min(milliseconds) < 1000


def _require_accessible(page: Page) -> None:
    """Let axe-core look for what keeps somebody from reading or operating the page."""
    results = Axe().run(page)
    found = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in results.response["violations"]]
    assert not found
