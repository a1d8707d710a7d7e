"""Every method of every offered class: passed, gated or refused. None is forgotten, since what stands nowhere is refused."""

from __future__ import annotations

import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

import ccxt
import ccxt.async_support
import ccxt.pro
import pytest

from riskgate.adapters.exchange.client_order_ids import CLIENT_ID_FORMS, to_client_order_id
from riskgate.adapters.exchange.venue_rules import rules_of
from riskgate_client.guard import calls, methods, venue_ids
from riskgate_client.guard.proxy import classify

ROOT = Path(__file__).parents[3]
NAMES = [
    line.strip()
    for line in (ROOT / "layers" / "exchange" / "exchanges.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
MODULES = {"sync": ccxt, "async": ccxt.async_support, "pro": ccxt.pro}
CLASSES = {
    f"{name}-{label}": getattr(module, name)
    for label, module in MODULES.items()
    for name in NAMES
    if hasattr(module, name)
}
#: A name that says it acts. Whatever bears one is gated or refused.
ACTS = re.compile(
    r"(^|_)(create|edit|cancel|amend|modify|place|order_request|close_position|close_all|withdraw|transfer|borrow|repay"
    r"|deposit$|add_margin|reduce_margin|set_|sign|request|redeem|mint|approve|enable|upgrade|convert_trade|buy|sell"
    r"|post|put|delete|patch|subscribe|spawn|send)(_|$)"
)
#: Names that sound like acting and only look.
LOOKS = re.compile(r"^(fetch|watch|un_watch|load)_|^market_order_amount_to_precision$")
#: ccxt's verbs of requests, as its implicit methods spell them.
WRITES = re.compile(r"(^|_|[a-z0-9])(Post|Put|Delete|Patch)[A-Z_]|_(post|put|delete|patch)_|^(post|put|delete|patch)_")


@cache
def list_methods(kind: type[Any]) -> dict[str, Any]:
    found = {name: inspect.getattr_static(kind, name) for name in dir(kind) if not name.startswith("_")}
    return {name: value for name, value in found.items() if callable(getattr(kind, name))}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def list_entries(kind: type[Any]) -> dict[str, Any]:
    """Return ccxt's implicit methods as it declares them."""
    return {
        name: value
        for base in reversed(kind.__mro__)
        for name, value in vars(base).items()
        if type(value).__name__ == "Entry"
    }


def test_classes_when_listed_then_all_of_them_are_here_and_offered() -> None:
    assert len([name for name in CLASSES if name.endswith("-sync")]) == len(NAMES)
    assert set(NAMES) == set(venue_ids.OFFERED)
    assert sum(len(list_methods(kind)) for kind in CLASSES.values()) > 30_000


@pytest.mark.parametrize("name", CLASSES)
def test_method_when_it_may_act_then_gated_or_refused(name: str) -> None:
    kind = CLASSES[name]
    passed = {method for method in list_methods(kind) if classify(kind, method) == "passed"}

    acting = {method for method in passed if ACTS.search(snake(method)) and not LOOKS.match(snake(method))}
    assert not {method for method in acting if not methods.is_public_get(kind, method)}, acting
    assert not {method for method in passed if WRITES.search(method) and not methods.is_public_get(kind, method)}
    assert {classify(kind, method) for method in list_methods(kind)} <= {"passed", "gated", "refused", "data"}
    # A read is passed only under a name that the lists have.
    for method in passed:
        assert methods.passed_name(method) or methods.is_public_get(kind, method)


@pytest.mark.parametrize("name", CLASSES)
def test_implicit_method_when_not_an_unsigned_get_then_refused(name: str) -> None:
    kind = CLASSES[name]
    entries = list_entries(kind)
    assert entries

    for method, entry in entries.items():
        sections = [str(part).lower() for part in (entry.api if isinstance(entry.api, list) else [entry.api])]
        is_public = (
            entry.method == "GET" and any("public" in s for s in sections) and "private" not in "".join(sections)
        )
        assert classify(kind, method) == ("passed" if is_public else "refused"), method


@pytest.mark.parametrize("name", CLASSES)
def test_method_when_it_is_about_orders_then_gated_in_both_spellings_or_refused(name: str) -> None:
    kind = CLASSES[name]
    about = [
        method
        for method in list_methods(kind)
        if re.search(r"^(create|edit|cancel)_?(.*_)?.*orders?", snake(method))
        and not methods.is_public_get(kind, method)
    ]
    assert "create_order" in about

    for method in about:
        assert classify(kind, method) in {"gated", "refused"}, method
    for method in ("create_order", "createOrder", "edit_order", "editOrder", "cancel_order", "cancelAllOrders"):
        assert classify(kind, method) == "gated"
    for method in (
        "create_limit_buy_order",
        "createMarketSellOrder",
        "createOrders",
        "create_order_ws",
        "cancelOrders",
    ):
        assert classify(kind, method) == "gated"
    for method in ("create_take_profit_order", "createTrailingPercentOrder", "edit_orders", "cancelAllOrdersAfter"):
        assert classify(kind, method) == "refused"


@pytest.mark.parametrize("method", sorted(set(calls.FORMS)))
def test_gated_method_when_called_as_ccxt_declares_it_then_its_arguments_are_understood(method: str) -> None:
    for kind in CLASSES.values():
        theirs = getattr(kind, method, None)
        if theirs is None:
            continue
        ours = inspect.signature(calls.FORMS[method]).parameters
        declared = list(inspect.signature(theirs).parameters.values())[1:]
        assert [p.name for p in declared] == list(ours), (kind, method)
        for parameter in declared:
            if parameter.default is inspect.Parameter.empty:
                continue
            assert ours[parameter.name].default is not inspect.Parameter.empty


@pytest.mark.parametrize("name", CLASSES)
def test_name_when_it_leads_to_raw_requests_or_keys_then_it_is_not_shown(name: str) -> None:
    kind = CLASSES[name]
    for hidden in (
        "apiKey", "secret", "password", "privateKey", "walletAddress", "token", "session", "clients", "client", "request",
        "fetch", "fetch2", "sign", "api", "watch", "watch_multiple", "fetch_paginated_call_dynamic", "safe_deterministic_call",
        "spawn", "delay", "proxies", "headers", "throttler", "fetchPaginatedCallCursor", "fetch_web_endpoint", "withdraw",
        "transfer", "set_leverage", "setMarginMode", "close_position", "closeAllPositions", "add_margin", "set_sandbox_mode",
    ):  # fmt: skip
        assert classify(kind, hidden) == "refused", hidden
    assert classify(kind, "setLeverage", allow_setup=True) == "passed"
    assert classify(kind, "withdraw", allow_setup=True) == "refused"


def test_lists_when_written_then_every_name_is_a_method_of_ccxts() -> None:
    known = {method for kind in CLASSES.values() for method in dir(kind)} | {"enable_rate_limit"}

    assert known >= methods.READS
    assert known >= methods.HELPERS
    assert {name for name in calls.FORMS if name not in known} <= {
        # Twins over WebSocket that ccxt does not have today.
        *(name for name in calls.FORMS if name.endswith("_ws")),
    }
    assert not (methods.READS | methods.HELPERS) & set(calls.FORMS)


@pytest.mark.parametrize("name", NAMES)
def test_client_order_id_when_written_for_a_venue_then_as_the_gateway_does(name: str) -> None:
    order_id = "0123456789abcdef0123456789abcdef"

    assert venue_ids.venue_client_id(name, order_id) == to_client_order_id(name, order_id)
    assert venue_ids.client_id_parameter(name) == rules_of(name).client_id_parameter
    assert (name in venue_ids.FINDS_BY_CLIENT_ID) == rules_of(name).finds_by_client_id
    assert set(CLIENT_ID_FORMS) == set(venue_ids.OFFERED)


@pytest.mark.parametrize("name", NAMES)
def test_spellings_when_an_exchange_is_made_then_every_twin_has_the_same_fate(name: str) -> None:
    """Ccxt adds its camel case to the class when the first object is made."""
    exchange = getattr(ccxt, name)()
    kind = type(exchange)

    twins = {
        method: methods.to_camel_case(method)
        for method in dir(exchange)
        if "_" in method.strip("_") and not method.startswith("_") and callable(getattr(exchange, method))
    }
    assert len(twins) > 500
    assert [twin for twin in twins.values() if not hasattr(exchange, twin)] == []
    # Public data have a second spelling that ccxt keeps in the object, not in the class: it is refused, which is safe.
    others = [method for method, twin in twins.items() if classify(kind, method) != classify(kind, twin)]
    assert [m for m in others if not methods.is_public_get(kind, m) or classify(kind, twins[m]) != "refused"] == []
