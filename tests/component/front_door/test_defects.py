"""Signed requests with random defects: refused in the venue's shape, and nothing is placed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from urllib.parse import quote_plus

import pytest

from riskgate.core.access.keys import ExchangeKey
from tests.support.front_door import ORDER_WORKER, FrontDoor, open_front_door, signature
from tests.support.gateway import ACCOUNT_ID, VENUE, Gateway
from tests.support.routed_account import PERMIT_SECRET_ID, VENUE_SECRET, build_queue, environment_of

LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "48000",
}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
STOP = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_LOSS_LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "47000",
    "stopPrice": "47100",
}
#: What would be placed or cancelled, were nothing wrong with it.
CALLS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("POST", "/api/v3/order", LIMIT),
    ("POST", "/api/v3/order", MARKET),
    ("POST", "/api/v3/order", STOP),
    ("POST", "/fapi/v1/order", LIMIT),
    ("POST", "/api/v3/order/cancelReplace", LIMIT | {"cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": "1"}),
    ("DELETE", "/api/v3/order", {"symbol": "BTCUSDT", "orderId": "1"}),
    ("PUT", "/fapi/v1/order", LIMIT | {"orderId": "1"}),
)
JUNK = (
    "",
    "NaN",
    "-1",
    "1e5",
    "0x1F",
    "١٢٣",
    "0.1.2",
    "Infinity",
    "null",
    "[]",
    "{}",
    "𝟙",
    "1,5",
    " 1",
    "9" * 40,
    "\x00",
    "é",
)


@dataclass(kw_only=True)
class Draft:
    """A request in the making: pairs of names and values already encoded, and what is done to it afterwards."""

    method: str
    path: str
    pairs: list[tuple[str, str]]
    key_id: str | None
    secret: str
    venue: str = VENUE
    finish: list[Callable[[str], str]] = field(default_factory=list)
    is_base64: bool = False
    both_parts: bool = False


type Defect = Callable[[Random, Draft], None]


def wrong_secret(random: Random, draft: Draft) -> None:
    draft.secret = random.choice(("", "x" * 64, draft.secret[:-1], draft.secret.upper() + "A"))


def broken_signature(random: Random, draft: Draft) -> None:
    def change(text: str) -> str:
        head, _, given = text.rpartition("signature=")
        bad = random.choice((given[:-1], given + "0", "", "z" * 64, "%00" * 8, given[::-1] + "a", "é"))
        return f"{head}signature={bad}"

    draft.finish.append(change)


def no_signature(_random: Random, draft: Draft) -> None:
    draft.finish.append(lambda text: text.rpartition("&signature=")[0])


def changed_after_signing(random: Random, draft: Draft) -> None:
    more = random.choice(("&quantity=9", "&x=1", "&", "&symbol=ETHUSDT&", "&price=1&price=2"))
    draft.finish.append(lambda text: text + (more if more != "&" else "&a"))


def old_or_early(random: Random, draft: Draft) -> None:
    off = random.choice((-86_400_000, -5_001, -60_001, 1_001, 86_400_000, 10**15))
    now = _get(draft, "timestamp")
    _set(draft, "timestamp", str(max(0, int(now) + off)) if now.isdecimal() else "")


def no_timestamp(random: Random, draft: Draft) -> None:
    _set(draft, "timestamp", random.choice(("", "now", "-1", "1.5", "%20", "1e12", "9" * 30)))


def wide_window(random: Random, draft: Draft) -> None:
    draft.pairs.append(("recvWindow", random.choice(("60001", "99999999", "-1", "x", "1e3", "9" * 30))))


def doubled(random: Random, draft: Draft) -> None:
    draft.pairs.append(random.choice(draft.pairs))


def foreign_key(random: Random, draft: Draft) -> None:
    draft.key_id = random.choice((None, "", "rgk", "rgk" + "z" * 24, "é" * 20, "x" * 5_000, "rgk" + "2" * 24 + "\n"))


def foreign_encoding(random: Random, draft: Draft) -> None:
    bad = random.choice(("%FF%FE", "%C3%28", "%ZZ", "%", "%E0%80%80", "caf\u00e9", "%u0041", "%ED%A0%80"))
    index = random.randrange(len(draft.pairs))
    draft.pairs[index] = (draft.pairs[index][0], bad)


def huge(random: Random, draft: Draft) -> None:
    size = random.choice((20_000, 70_000, 300_000))
    draft.pairs.append(("note", "y" * size))


def many(_random: Random, draft: Draft) -> None:
    draft.pairs += [(f"p{number}", "1") for number in range(100)]


def unknown_parameter(random: Random, draft: Draft) -> None:
    draft.pairs.append((random.choice(("trailingDelta", "icebergQty", "x", "quantity2", "__class__")), "1"))


def junk_value(random: Random, draft: Draft) -> None:
    name = random.choice(
        [name for name in ("quantity", "price", "stopPrice", "side", "type", "symbol") if _has(draft, name)]
    )
    _set(draft, name, quote_plus(random.choice(JUNK)))


def missing_parameter(random: Random, draft: Draft) -> None:
    needed = [name for name in ("symbol", "side", "type", "quantity", "orderId") if _has(draft, name)]
    gone = random.choice(needed)
    draft.pairs = [pair for pair in draft.pairs if pair[0] != gone]


def foreign_id(random: Random, draft: Draft) -> None:
    name = "newClientOrderId" if draft.method == "POST" else "origClientOrderId"
    draft.pairs.append((name, quote_plus(random.choice(("a" * 37, "a b", "<x>", "é", "a;b", "../x", "a#b")))))


def foreign_market(random: Random, draft: Draft) -> None:
    _set(
        draft,
        "symbol",
        random.choice(("DOGEUSDT", "BTCUSDT_260327", "BTC", "btcusdt", "XXXXXXXXXXXXXXXXXXXXX", "USDT")),
    )


def foreign_place(random: Random, draft: Draft) -> None:
    if random.random() < 0.5:
        draft.venue = random.choice(("kraken", "BINANCE", "binance%2F", "x" * 60, ""))
    else:
        draft.path = random.choice(("/api/v3/order/", "/api/v4/order", "/api/v3/ORDER", "/sapi/v1/margin/order", "/x"))


def in_both_parts(_random: Random, draft: Draft) -> None:
    draft.both_parts = True


def no_text(_random: Random, draft: Draft) -> None:
    draft.is_base64 = True


DEFECTS: tuple[Defect, ...] = (
    wrong_secret,
    broken_signature,
    no_signature,
    changed_after_signing,
    old_or_early,
    no_timestamp,
    wide_window,
    doubled,
    foreign_key,
    foreign_encoding,
    huge,
    many,
    unknown_parameter,
    junk_value,
    missing_parameter,
    foreign_id,
    foreign_market,
    foreign_place,
    in_both_parts,
    no_text,
)


def _get(draft: Draft, name: str) -> str:
    return next((value for key, value in draft.pairs if key == name), "0")


def _has(draft: Draft, name: str) -> bool:
    return any(key == name for key, _ in draft.pairs)


def _set(draft: Draft, name: str, value: str) -> None:
    draft.pairs = [(key, value if key == name else old) for key, old in draft.pairs]


@pytest.fixture
def bare_door(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> FrontDoor:
    """Give a front door that would place what is asked for: worker and reader only note that they were called."""
    gateway.aws.secretsmanager.create_secret(Name=PERMIT_SECRET_ID, SecretString="k" * 64)
    queue_url, _ = build_queue()
    for name, value in environment_of(queue_url).items():
        monkeypatch.setenv(name, value)
    venues = [{"venue": VENUE, "market_type": "spot", "secret_name": VENUE_SECRET}]
    assert gateway.register(venues=venues, totp=True).status == 200
    assert gateway.limits(order_rate_max=1000, daily_trades_max=1000).status == 200
    gateway.refresh_quotes()
    # Thousands of requests that cannot be, none of them the contract's.
    door = open_front_door(replace(gateway, contract=None), monkeypatch, lambda _event, _context: {})
    door.lambdas.handlers[ORDER_WORKER] = lambda _event, _context: {"done": False, "code": "TEST"}
    return door


def send(door: FrontDoor, draft: Draft) -> tuple[int, Any]:
    text = "&".join(f"{name}={value}" for name, value in draft.pairs)
    text += f"&signature={signature(draft.secret, text)}"
    for change in draft.finish:
        text = change(text)
    parts = {"body": text} if draft.method in {"POST", "PUT"} else {"query": text}
    if draft.both_parts:
        parts = {"body": text, "query": text}
    sent: dict[str, Any] = parts
    return door.send(
        draft.method, draft.path, key_id=draft.key_id, venue=draft.venue, is_base64=draft.is_base64, **sent
    )


def draft_of(door: FrontDoor, key: tuple[ExchangeKey, str], random: Random) -> Draft:
    method, path, parameters = random.choice(CALLS)
    pairs = [("timestamp", str(int(door.gateway.now.timestamp() * 1000))), *parameters.items()]
    return Draft(method=method, path=path, pairs=pairs, key_id=key[0].key_id, secret=key[1])


def assert_refused(door: FrontDoor, number: int, count: int) -> None:
    random, key = Random(number), door.issue()  # noqa: S311 the same requests in every run
    seen: set[int] = set()
    for _ in range(count):
        draft = draft_of(door, key, random)
        chosen = random.sample(DEFECTS, random.choice((1, 1, 1, 2, 3)))
        for defect in chosen:
            defect(random, draft)
        status, body = send(door, draft)
        named = [defect.__name__ for defect in chosen], draft.method, draft.path, draft.pairs
        assert 400 <= status < 500, (status, body, named)
        assert set(body) <= {"code", "msg", "data"}, (body, named)
        assert isinstance(body["code"], int), (body, named)
        assert body["code"] < 0, (body, named)
        assert body["msg"], (body, named)
        assert door.lambdas.calls == [], named
        seen.add(body["code"])
    orders = door.gateway.call("GET", f"/accounts/{ACCOUNT_ID}/orders").body["orders"]
    assert [order for order in orders if order["status"] != "denied"] == []
    assert {-1021, -1022, -1101, -1102, -2014, -2015} <= seen


def test_request_when_nothing_is_wrong_with_it_then_it_would_be_placed(bare_door: FrontDoor) -> None:
    random, key = Random(1), bare_door.issue()  # noqa: S311 the same request in every run
    draft = draft_of(bare_door, key, random)
    draft.method, draft.path = "POST", "/api/v3/order"
    draft.pairs = [draft.pairs[0], *LIMIT.items()]
    assert send(bare_door, draft)[0] == 504
    assert bare_door.lambdas.calls == [ORDER_WORKER]


def test_requests_when_they_have_random_defects_then_all_are_refused_and_nothing_is_placed(
    bare_door: FrontDoor,
) -> None:
    assert_refused(bare_door, 20260304, 300)


@pytest.mark.long
@pytest.mark.parametrize("number", range(10))
def test_requests_when_thousands_have_defects_then_all_are_refused_and_nothing_is_placed(
    bare_door: FrontDoor, number: int
) -> None:
    assert_refused(bare_door, number, 1000)


def test_batch_when_it_is_no_list_of_orders_then_each_row_is_refused(bare_door: FrontDoor) -> None:
    key = bare_door.issue(venues={"spot": VENUE, "swap": "binanceusdm"})
    rows: tuple[Any, ...] = ("[]", "[1]", "{}", "x", "[[]]", "[" * 3000, json.dumps([{"symbol": 1}] * 5), "[null]")
    for text in (*rows, json.dumps([{}] * 6), '[{"quantity": NaN}]', '[{"symbol": "\\ud800"}]'):
        status, body = bare_door.call("POST", "/fapi/v1/batchOrders", key, batchOrders=text)
        found = body if isinstance(body, list) else [body]
        assert status in {200, 400}, text
        assert all(row["code"] < 0 for row in found), text
    assert ORDER_WORKER not in bare_door.lambdas.calls
