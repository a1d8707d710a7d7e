"""The bot of infra/vps against the gateway: it buys once a period, whatever happens to it or to the network."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local import emulator
from infra.local.seed.tokens import GRANTS, adopt_token
from infra.local.settings import LocalError
from infra.local.settings import Settings as LocalSettings
from infra.vps.bot.dca import Bot, Settings, is_alive, read_settings
from tests.component.riskctl.conftest import ACCOUNT, VENUE, Gateway
from tests.support.riskctl_transport import API_URL

NOW = 1_772_625_600.0
HOUR = 3600


@pytest.fixture
def settings(gateway: Gateway) -> Settings:
    return Settings(
        url=API_URL,
        token=gateway.admin_token,
        account=ACCOUNT,
        venue=VENUE,
        symbol="BTC/USDT",
        quote_quantity="25",
        interval_seconds=HOUR,
    )


class Keyless(httpx.BaseTransport):
    """The account's venue has no key here: everything but the routing is as the bot wants it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.orders: list[dict[str, Any]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/orders"):
            order = json.loads(request.content)
            self.orders.append(order)
            assert order.pop("route") is True
            request = httpx.Request(request.method, request.url, headers=_without_length(request), json=order)
        return self.inner.handle_request(request)


def _without_length(request: httpx.Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name != "content-length"}


def list_ids(gateway: Gateway) -> list[str]:
    return [row["client_order_id"] for row in gateway.api.get(f"/accounts/{ACCOUNT}")["open_orders"]]


def test_bot_when_an_hour_passes_then_one_order_each_also_after_a_restart(gateway: Gateway, settings: Settings) -> None:
    transport = Keyless(gateway.transport)
    bot = Bot(settings, transport)
    assert bot.beat()
    first = bot.buy(NOW)
    assert first.startswith("approved dca-3600-"), first
    assert bot.buy(NOW + 60) == ""
    # A new process knows nothing: its order is the same one, and the gateway answers it again.
    assert Bot(settings, transport).buy(NOW + 120) == first
    assert len(list_ids(gateway)) == 1
    # Two of one size within two seconds are one too many (DUPLICATE_ORDER): here an hour takes less.
    later = Bot(replace(settings, quote_quantity="40"), transport)
    later.done = bot.done
    assert later.buy(NOW + 60) == ""
    assert later.buy(NOW + HOUR).startswith("approved")
    assert len(list_ids(gateway)) == 2


def test_bot_when_nobody_answers_then_the_same_order_is_asked_for_again(gateway: Gateway, settings: Settings) -> None:
    transport = Keyless(gateway.transport)
    bot = Bot(settings, transport)
    gateway.transport.down = True
    assert not bot.beat()
    assert bot.buy(NOW) == "no answer yet: asked again soon"
    gateway.transport.down = False
    assert bot.buy(NOW + 30).startswith("approved")
    assert len({order["client_order_id"] for order in transport.orders}) == 1


def test_bot_when_it_is_denied_then_it_says_why_and_goes_on_next_period(gateway: Gateway, settings: Settings) -> None:
    bot = Bot(replace(settings, quote_quantity="50000"), Keyless(gateway.transport))
    told = bot.buy(NOW)
    assert told.startswith("not bought: 422 ")
    assert "NOTIONAL_ABOVE_MAXIMUM" in told
    assert bot.buy(NOW + 60) == ""
    assert list_ids(gateway) == []


def test_bot_when_it_ends_on_purpose_then_it_promises_nothing_any_more(gateway: Gateway, settings: Settings) -> None:
    bot = Bot(settings, gateway.transport)
    assert bot.beat()
    [beat] = gateway.api.get(f"/accounts/{ACCOUNT}")["heartbeats"]
    assert (beat["strategy"], beat["overdue"]) == ("dca", False)
    bot.end()
    assert gateway.api.get(f"/accounts/{ACCOUNT}")["heartbeats"] == []


def test_settings_when_read_then_the_token_is_from_composes_file_or_systemds(tmp_path: Path) -> None:
    (tmp_path / "bot_token").write_text("rg_a_b\n")
    given = {
        "RISKGATE_URL": "https://abc/v1/",
        "RISKGATE_ACCOUNT": "demo",
        "BOT_VENUE": "binance",
        "BOT_SYMBOL": "BTC/USDT",
        "BOT_QUOTE_QUANTITY": "25",
        "BOT_INTERVAL_SECONDS": "60",
    }
    for place in ({"RISKGATE_TOKEN_FILE": str(tmp_path / "bot_token")}, {"CREDENTIALS_DIRECTORY": str(tmp_path)}):
        read = read_settings(given | place)
        assert (read.token, read.url, read.interval_seconds) == ("rg_a_b", "https://abc/v1", 60)


def test_alive_when_the_last_beat_is_old_or_there_was_none_then_not(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    assert not is_alive(file, NOW)
    file.touch()
    os.utime(file, (NOW, NOW))
    assert is_alive(file, NOW + 119)
    assert not is_alive(file, NOW + 120)


def test_token_when_adopted_then_it_opens_what_its_grant_says_and_no_more(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(emulator, "client", lambda _settings, _service: gateway.aws.dynamodb)
    local = LocalSettings(state_dir=tmp_path, port_base=4560)
    text = f"rg_{'a1' * 6}_{'Zz9' * 14}x"
    for _ in range(2):
        adopt_token(local, gateway.aws.control_table, "reader", text, datetime.now(UTC))

    def ask(method: str, path: str) -> int:
        headers = {"Authorization": f"Bearer {text}"}
        return httpx.Client(transport=gateway.transport).request(method, API_URL + path, headers=headers).status_code

    assert ask("GET", f"/accounts/{ACCOUNT}") == 200
    assert ask("GET", "/metrics") in {200, 500}
    assert ask("POST", f"/accounts/{ACCOUNT}/orders") == 403
    assert set(GRANTS["reader"].scopes) == {"accounts:read", "metrics:read"}


@pytest.mark.parametrize("text", ["", "rg_short_x", f"rg_{'a' * 12}_{'b' * 42}", f"rg_{'A' * 12}_{'b' * 43}"])
def test_token_when_it_is_none_then_refused(text: str, tmp_path: Path) -> None:
    local = LocalSettings(state_dir=tmp_path, port_base=4560)
    with pytest.raises(LocalError, match="not of the form"):
        adopt_token(local, "control", "bot", text, datetime.now(UTC))
