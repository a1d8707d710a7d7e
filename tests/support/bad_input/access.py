"""Who asks, by what proof, for which address: what is wrong there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.support.bad_input.kind import (
    ADMIN_ONLY,
    OF_ACCOUNT,
    WITH_TOKEN,
    Group,
    Headers,
    Kind,
    Who,
)
from tests.support.full_bodies import ORDER

#: Routes that never do without a one-time code.
CODE_NEEDED = (
    "putKillSwitch",
    "postExit",
    "resetBreaker",
    "resolveBreak",
    "putCloseJump",
    "deleteLock",
    "putWebhook",
    "postTransfer",
)
UNKNOWN_TOKEN = f"rg_{'a' * 12}_{'A' * 43}"

AUTHORIZATIONS: list[tuple[str, str | tuple[str, ...] | None]] = [
    ("none", None),
    ("empty", ""),
    ("scheme alone", "Bearer"),
    ("scheme and space", "Bearer "),
    ("no scheme", UNKNOWN_TOKEN),
    ("Basic", "Basic dXNlcjpwYXNz"),
    ("Digest", 'Digest username="x"'),
    ("another word", f"Token {UNKNOWN_TOKEN}"),
    ("not of the form", "Bearer rg_unknown"),
    ("a JWT that is not signed", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."),
    ("of the form, never issued", f"Bearer {UNKNOWN_TOKEN}"),
    ("two tokens", f"Bearer {UNKNOWN_TOKEN} {UNKNOWN_TOKEN}"),
    ("quoted", f'Bearer "{UNKNOWN_TOKEN}"'),
    ("comma behind", f"Bearer {UNKNOWN_TOKEN},"),
    ("Cyrillic letter", f"Bearer {UNKNOWN_TOKEN.replace('rg', 'rɡ')}"),
    ("letter more", f"Bearer {UNKNOWN_TOKEN}A"),
    ("10 KB", "Bearer " + "A" * 10_000),
    ("header twice", (f"Bearer {UNKNOWN_TOKEN}", f"Bearer {UNKNOWN_TOKEN}")),
    ("wildcard", "Bearer *"),
    ("SQL", "Bearer ' OR 1=1 --"),
]  # fmt: skip
WRONG_CODES = {"five digits": "12345", "seven digits": "1234567", "a letter": "12345a", "empty": "", "word": "none", "Arabic digits": "١٢٣٤٥٦",
               "full width": "１２３４５６", "sign": "+12345", "point": "123.45", "space inside": "123 456"}  # fmt: skip

#: Method and address, status and code.
ADDRESSES: list[tuple[str, str, int, str]] = [
    ("GET", "/", 404, "NOT_FOUND"),
    ("GET", "/nope", 404, "NOT_FOUND"),
    ("GET", "/v1/health", 404, "NOT_FOUND"),
    ("DELETE", "/accounts/demo", 405, "METHOD_NOT_ALLOWED"),
    ("POST", "/accounts/demo", 405, "METHOD_NOT_ALLOWED"),
    ("PUT", "/accounts/demo/orders", 405, "METHOD_NOT_ALLOWED"),
    ("PATCH", "/kill-switch", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/telegram", 405, "METHOD_NOT_ALLOWED"),
    ("TRACE", "/health", 405, "METHOD_NOT_ALLOWED"),
    ("HEAD", "/health", 405, "METHOD_NOT_ALLOWED"),
    ("OPTIONS", "/accounts/demo/orders", 405, "METHOD_NOT_ALLOWED"),
    ("get", "/nope", 404, "NOT_FOUND"),
    ("BREW", "/health", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/accounts/demo/orders/", 404, "NOT_FOUND"),
    ("GET", "/openapi.json/", 404, "NOT_FOUND"),
    ("GET", "/accounts/demo//orders", 404, "NOT_FOUND"),
    ("GET", "//accounts/demo", 404, "NOT_FOUND"),
    ("GET", "/accounts//orders", 404, "NOT_FOUND"),
    ("GET", "/accounts/../demo", 404, "NOT_FOUND"),
    ("GET", "/accounts/demo/../../kill-switch", 404, "NOT_FOUND"),
    ("GET", "/accounts/%2e%2e", 404, "NOT_FOUND"),
    ("GET", "/accounts/%2e%2e/orders", 404, "NOT_FOUND"),
    ("GET", "/accounts/%252e%252e", 404, "NOT_FOUND"),
    ("GET", "/accounts/demo/orders/%2e%2e%2fx", 404, "NOT_FOUND"),
    ("GET", "/accounts/demo/orders/a%00b", 404, "NOT_FOUND"),
    ("GET", "/accounts/demo%0a", 404, "NOT_FOUND"),
    ("GET", "/accounts/demo%23", 404, "NOT_FOUND"),
    ("GET", "/accounts/demo%ff", 404, "NOT_FOUND"),
    ("GET", "/accounts/demo%", 404, "NOT_FOUND"),
    ("GET", "/accounts/demo;x=1", 404, "NOT_FOUND"),
    ("GET", "/accounts/*", 404, "NOT_FOUND"),
    ("GET", "/accounts/{account_id}", 404, "NOT_FOUND"),
    ("GET", "/accounts/" + "a" * 65, 404, "NOT_FOUND"),
    ("GET", "/accounts/" + "a" * 5_000, 404, "NOT_FOUND"),
    ("GET", "/accounts/d%C3%ABmo", 404, "NOT_FOUND"),
    ("GET", "/accounts/d%D0%B5mo", 404, "NOT_FOUND"),
    ("GET", "/ACCOUNTS/demo", 404, "NOT_FOUND"),
    ("GET", "/accounts/Demo", 404, "ACCOUNT_UNKNOWN"),
    ("GET", "/accounts/nobody", 404, "ACCOUNT_UNKNOWN"),
    ("GET", "/accounts/demo/orders/" + "x" * 65, 404, "NOT_FOUND"),
    ("GET", "/accounts/demo/orders/a%20b", 404, "NOT_FOUND"),
    ("GET", "/accounts/demo/orders/nobody", 404, "ORDER_NOT_FOUND"),
    ("GET", "/accounts/demo/exits/nobody", 404, "EXIT_NOT_FOUND"),
    ("POST", "/accounts/demo/breakers/daily_loss/reset", 404, "NOT_FOUND"),
    ("POST", "/accounts/demo/exits/e", 405, "METHOD_NOT_ALLOWED"),
    ("DELETE", "/accounts/demo/locks", 405, "METHOD_NOT_ALLOWED"),
    ("DELETE", "/accounts/demo/locks/%2e%2e", 404, "NOT_FOUND"),
    ("DELETE", "/accounts/demo/locks/" + "A" * 16, 404, "NOT_FOUND"),
    ("PUT", "/accounts/demo/heartbeats", 404, "NOT_FOUND"),
    ("PUT", "/accounts/demo/heartbeats/-x", 404, "NOT_FOUND"),
    ("PUT", "/accounts/demo/heartbeats/a%23b", 404, "NOT_FOUND"),
    ("DELETE", "/accounts/demo/heartbeats/" + "x" * 65, 404, "NOT_FOUND"),
    ("POST", "/accounts/demo/reconciliation/resolve", 404, "NOT_FOUND"),
    ("POST", "/accounts/demo/reconciliation/" + "g" * 16 + "/resolve", 404, "NOT_FOUND"),
    ("PUT", "/accounts/demo/positions/BTC%2FUSDT/stop", 404, "NOT_FOUND"),
    ("PUT", "/accounts/demo/positions/binance:BTC/USDT/stop", 404, "NOT_FOUND"),
    ("GET", "/webhooks/UPPER", 404, "NOT_FOUND"),
    ("GET", "/webhooks/nobody", 404, "WEBHOOK_NOT_FOUND"),
    ("DELETE", "/webhooks/nobody", 404, "WEBHOOK_NOT_FOUND"),
    ("POST", "/webhooks/tv/a/b", 404, "NOT_FOUND"),
]  # fmt: skip

QUERIES: list[tuple[str, str, str]] = [
    ("zero", "listOrders", "limit=0"),
    ("minus one", "listOrders", "limit=-1"),
    ("above the most", "listOrders", "limit=101"),
    ("decimals", "listAudit", "limit=1.5"),
    ("exponent", "listAudit", "limit=1e1"),
    ("word", "listAudit", "limit=all"),
    ("empty", "listAudit", "limit="),
    ("Arabic digits", "listAudit", "limit=%D9%A1"),
    ("plus", "listAudit", "limit=%2B1"),
    ("13 digits", "listAudit", "after=1000000000000"),
    ("5,000 digits", "listAudit", "after=" + "9" * 5_000),
    ("below zero", "listAudit", "after=-5"),
    ("no days", "getPerformance", "days=0"),
    ("too many days", "getPerformance", "days=93"),
    ("account that is none", "listAccounts", "after=%2e%2e"),
    ("account with a line break", "getMetrics", "account=demo%0A"),
    ("too many accounts", "listAccounts", "limit=51"),
    ("parameter twice", "listAudit", "limit=5&limit=6"),
    ("account twice", "getMetrics", "account=demo&account=other"),
]
CURSORS = {"NUL": "%00", "another form": "eyJwayI6IngifQ", "5,000 letters": "x" * 5_000}

ADDRESS_SHOWN = 60
FIRST = {**ORDER, "client_order_id": "asked-before", "price": "49990", "tags": ["a"]}


def shown(path: str) -> str:
    """Return an address as a kind is called by it."""
    return path if len(path) <= ADDRESS_SHOWN else f"{path[:ADDRESS_SHOWN]}… ({len(path)} letters)"


def spell(order: dict[str, Any], **layout: Any) -> bytes:
    """Return an order as its bot writes it."""
    return json.dumps(order, **layout).encode()


def list_kinds() -> Iterator[Kind]:
    """Give every kind of access, code, address, query and repetition."""
    yield from _repetitions()
    yield from _tokens()
    yield from _codes()
    for method, path, status, code in ADDRESSES:
        yield Kind(group=Group.ROUTES, name=f"{method} {shown(path)}", status=status, code=code, line=(method, path))
    for name, operation, query in QUERIES:
        yield Kind(group=Group.QUERIES, name=name, status=400, code="QUERY_INVALID", on=(operation,), query=query)
    for name, cursor in CURSORS.items():
        sent: dict[str, Any] = {"on": ("listOrders",), "query": f"cursor={cursor}", "status": 400}
        yield Kind(group=Group.QUERIES, name=f"cursor: {name}", code="CURSOR_INVALID", **sent)
    for name, query in [
        ("no reason", ""),
        ("blank reason", "reason=%20"),
        ("reason that does not show", "reason=%E2%80%AE"),
    ]:
        yield Kind(
            group=Group.QUERIES, name=name, status=400, code="VALIDATION_FAILED", on=("deleteLock",), query=query
        )
    yield from _senders()


def _repetitions() -> Iterator[Kind]:
    again: dict[str, Any] = {"group": Group.IDS, "on": ("postOrder",), "first": spell(FIRST), "status": 200, "code": ""}
    yield Kind(name="same id, same body", body=spell(FIRST), **again)
    turned = dict(reversed(FIRST.items()))
    yield Kind(name="same id, same body in another order", body=spell(turned), **again)
    yield Kind(
        name="same id, same body with white space", body=spell(FIRST, indent=3, separators=(" , ", " : ")), **again
    )
    escaped = spell(FIRST).replace(b"trend", b"\\u0074rend")
    yield Kind(name="same id, same body, a letter escaped", body=escaped, **again)
    yield Kind(name="same id, number for text", body=spell(FIRST).replace(b'"0.1"', b"0.1"), **again)
    yield Kind(name="same id, a zero behind", body=spell(FIRST | {"quantity": "0.10"}), **again)
    reused = again | {"status": 409, "code": "CLIENT_ORDER_ID_REUSED"}
    for field, value in [
        ("quantity", "0.2"),
        ("side", "sell"),
        ("price", "49990.01"),
        ("strategy", "grid"),
        ("tags", ["b"]),
    ]:
        yield Kind(name=f"same id, other {field}", body=spell(FIRST | {field: value}), **reused)
    batch = spell({"orders": [FIRST, FIRST | {"client_order_id": "with-it"}]})
    yield Kind(name="same id in a batch", body=batch, **reused | {"on": ("postBatch",)})
    twice = spell({"orders": [FIRST | {"client_order_id": "twice"}] * 2})
    failed = {"group": Group.IDS, "status": 400, "code": "VALIDATION_FAILED"}
    yield Kind(name="same id twice in a batch", on=("postBatch",), body=twice, **failed)
    at_once = spell(FIRST | {"client_order_id": "at-once"})
    once = {"group": Group.IDS, "on": ("postOrder",), "status": 201, "code": ""}
    yield Kind(name="same id 50 times at once", body=at_once, times=50, **once)


def _tokens() -> Iterator[Kind]:
    refused: dict[str, Any] = {"group": Group.ACCESS, "status": 401, "code": "UNAUTHORIZED", "by_gateway": True}
    for name, value in AUTHORIZATIONS:
        headers: Headers = {"Authorization": value}
        yield Kind(name=f"token: {name}", on=WITH_TOKEN, headers=headers, **refused)
    for who in (Who.EXPIRED, Who.REVOKED, Who.FAR, Who.UNKNOWN, Who.FORGED):
        yield Kind(name=f"token: {who}", on=WITH_TOKEN, who=who, **refused)
    elsewhere: list[tuple[str, dict[str, Any]]] = [
        ("in the query", {"query": f"token={UNKNOWN_TOKEN}&access_token={UNKNOWN_TOKEN}"}),
        ("in a cookie", {"headers": {"Cookie": f"token={UNKNOWN_TOKEN}"}}),
        ("in another header", {"headers": {"X-Api-Key": UNKNOWN_TOKEN, "X-Authorization": f"Bearer {UNKNOWN_TOKEN}"}}),
    ]
    for name, sent in elsewhere:
        yield Kind(name=f"token: {name}", on=WITH_TOKEN, who=Who.NOBODY, **refused | sent)
    barred = refused | {"status": 403, "code": "FORBIDDEN"}
    yield Kind(name="scope: bot administers", on=ADMIN_ONLY, who=Who.BOT, **barred)
    yield Kind(name="scope: reader administers", on=ADMIN_ONLY, who=Who.READER, **barred)
    writes = (
        "postOrder",
        "postBatch",
        "patchOrder",
        "postFill",
        "confirmOrder",
        "cancelOrder",
        "putStop",
        "putHeartbeat",
        "postHedge",
    )
    yield Kind(name="scope: reader trades", on=writes, who=Who.READER, **barred)
    yield Kind(name="scope: feeder trades", on=writes, who=Who.FEEDER, **barred)
    yield Kind(name="scope: bot reports money", on=("postSnapshot", "postTransfer"), who=Who.BOT, **barred)
    yield Kind(name="scope: bot sets prices", on=("putQuotes", "putInstruments"), who=Who.BOT, **barred)
    own = tuple(name for name in OF_ACCOUNT if name != "putAccount")
    yield Kind(name="account: another's token", on=own, who=Who.ELSEWHERE, **barred)
    inside = {"group": Group.ACCESS, "status": 403, "code": "ACCOUNT_NOT_PERMITTED", "who": Who.ELSEWHERE}
    yield Kind(name="account: stops everybody", on=("putKillSwitch",), **inside)
    yield Kind(name="account: says what a jump was", on=("putCloseJump",), **inside)
    yield Kind(name="account: a webhook for another", on=("putWebhook",), **inside)
    foreign = inside | {"code": "STRATEGY_NOT_PERMITTED", "who": Who.BOT}
    for operation in ("postOrder", "checkOrder"):
        yield Kind(name=f"strategy: another's, {operation}", on=(operation,), changes={"strategy": "grid"}, **foreign)
    yield Kind(name="strategy: another's hedge", on=("postHedge",), **foreign)
    told = {"group": Group.ACCESS, "status": 401, "on": ("postTelegram",)}
    for name, value in [
        ("none", None),
        ("empty", ""),
        ("wrong", "x" * 32),
        ("twice", ("x", "y")),
        ("10 KB", "x" * 10_000),
    ]:
        headers = {"X-Telegram-Bot-Api-Secret-Token": value}
        refusal: dict[str, Any] = {"code": "WEBHOOK_SECRET_INVALID", "is_noted": True}
        if name == "twice":
            refusal = {"status": 400, "code": "HEADER_REPEATED"}
        yield Kind(name=f"Telegram's secret: {name}", headers=headers, **told | refusal)


def _codes() -> Iterator[Kind]:
    for name, code in WRONG_CODES.items():
        headers = {"X-TOTP": code}
        sent: dict[str, Any] = {"group": Group.TOTP, "status": 400, "code": "TOTP_MALFORMED", "headers": headers}
        yield Kind(name=f"code: {name}", on=WITH_TOKEN, **sent)
    twice = {"X-TOTP": ("step:0", "step:0")}
    yield Kind(group=Group.TOTP, name="code twice", status=400, code="HEADER_REPEATED", on=WITH_TOKEN, headers=twice)
    refused: dict[str, Any] = {"group": Group.TOTP, "status": 401, "on": CODE_NEEDED}
    yield Kind(name="no code", code="TOTP_REQUIRED", **refused)
    for name in ("wrong", "step:-2", "step:2", "step:-100", "step:100"):
        one = refused | {"on": ("putKillSwitch",)}
        yield Kind(name=f"code: {name}", code="TOTP_INVALID", headers={"X-TOTP": name}, **one)
    used = {"codes": ("step:0",), "headers": {"X-TOTP": "step:0"}, "code": "TOTP_REPLAYED"}
    yield Kind(name="code used before", **refused | {"on": ("putKillSwitch",)} | used)
    earlier = used | {"headers": {"X-TOTP": "step:-1"}}
    yield Kind(name="code of the step before one that was used", **refused | {"on": ("putKillSwitch",)} | earlier)
    locked: dict[str, Any] = {"group": Group.TOTP, "status": 429, "code": "TOTP_LOCKED", "on": ("putKillSwitch",)}
    yield Kind(name="fifth wrong code", codes=("wrong",) * 4, headers={"X-TOTP": "wrong"}, **locked)
    yield Kind(name="right code behind five wrong ones", codes=("wrong",) * 5, headers={"X-TOTP": "step:0"}, **locked)


def _senders() -> Iterator[Kind]:
    refused: dict[str, Any] = {"group": Group.WEBHOOKS, "status": 401, "code": "WEBHOOK_REFUSED"}
    for name, secret in [
        ("wrong", "A" * 43),
        ("empty", ""),
        ("list", ["x"]),
        ("object", {"a": 1}),
        ("number", 1),
        ("none", None),
    ]:
        yield Kind(name=f"secret: {name}", on=("postWebhook",), changes={"secret": secret}, **refused)
    yield Kind(name="secret: in the query", on=("postWebhook",), changes={"secret": None}, query="secret=x", **refused)
    bearer = {"Authorization": f"Bearer {UNKNOWN_TOKEN}"}
    yield Kind(name="secret: a token instead", on=("postWebhook", "postSignedWebhook"), headers=bearer, **refused)
    for name, value in [("none", None), ("empty", ""), ("no hex", "t=1,v1=xyz"), ("no time", f"v1={'0' * 64}"), ("wrong", f"t=1,v1={'0' * 64}"),
                        ("time in words", f"t=now,v1={'0' * 64}"), ("GitHub's", f"sha256={'0' * 64}"), ("10 KB", "v1=" + "0" * 10_000)]:  # fmt: skip
        headers = {"X-Signature": value, "X-Hub-Signature-256": value}
        yield Kind(name=f"signature: {name}", on=("postSignedWebhook",), headers=headers, **refused)
