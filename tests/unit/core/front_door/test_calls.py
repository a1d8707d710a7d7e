"""The whitelist of the front door, against every route that Binance documents."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from riskgate.core.front_door.calls import CALLS, CallClass, find_call
from tests.support.binance_routes import Route, read_list, routes_of_ccxt

DOCUMENTED = read_list()
#: Money that leaves, keys, other accounts, borrowed money.
GRAVE = re.compile(
    r"withdraw|transfer|/sub-?account|broker|managed|loan|borrow|repay|margin/(?!allPairs|isolated/allPairs|history)"
    r"|convert|dust|stak|earn|lending|apiRestrictions/|listenToken|giftcard|c2c|fiat|/pay/|capital/deposit|redeem",
    re.IGNORECASE,
)


def test_list_of_routes_when_compared_with_ccxt_then_it_has_all_of_them() -> None:
    assert routes_of_ccxt() <= set(DOCUMENTED)


def test_every_documented_route_when_looked_up_then_its_class_is_the_reviewed_one() -> None:
    assert {route: find_call(*route).kind.value for route in DOCUMENTED} == DOCUMENTED


def test_whitelist_when_compared_with_the_documents_then_nothing_on_it_is_made_up() -> None:
    assert set(CALLS) <= set(DOCUMENTED)


def test_whitelist_when_read_then_only_gets_are_passed_on() -> None:
    passed_on = {CallClass.READ, CallClass.PUBLIC}
    assert {method for (method, _), call in CALLS.items() if call.kind in passed_on} == {"GET"}


@pytest.mark.parametrize("route", [route for route in DOCUMENTED if GRAVE.search(route[1])], ids=" ".join)
def test_grave_route_when_looked_up_then_it_is_never_done(route: Route) -> None:
    assert find_call(*route).kind in {CallClass.NEVER, CallClass.UNSUPPORTED}
    if route[0] != "GET" and route != ("POST", "/fapi/v1/positionMargin"):
        assert find_call(*route).kind is CallClass.NEVER


def _misspellings(method: str, path: str) -> Iterator[Route]:
    yield method, path + "/"
    yield method, path.upper()
    yield method, path.replace("/", "//", 1)
    yield method, path + "%20"
    yield method, path + "?symbol=BTCUSDT"
    yield method, path[:-1] + quote(path[-1], safe="").replace(path[-1], f"%{ord(path[-1]):02x}")
    yield method, "/api/../" + path.lstrip("/")
    yield method, path + "\x00"
    yield method, " " + path
    yield method.lower(), path
    yield "PATCH", path
    yield "", path


@pytest.mark.parametrize("route", CALLS, ids=" ".join)
def test_call_when_spelt_otherwise_then_it_is_never_done(route: Route) -> None:
    for other in _misspellings(*route):
        assert find_call(*other).kind is CallClass.NEVER, other


@pytest.mark.parametrize("path", ["/api/v3/order", "/fapi/v1/order"])
def test_order_when_asked_with_each_method_then_only_the_get_is_a_read(path: str) -> None:
    assert find_call("GET", path).kind is CallClass.READ
    assert {find_call(method, path).kind for method in ("POST", "DELETE")} == {CallClass.ORDER}
