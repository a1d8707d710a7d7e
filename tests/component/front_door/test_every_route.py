"""Every route that Binance documents, tried with a key of the front door."""

from __future__ import annotations

from typing import Any

from riskgate.core.front_door.calls import CallClass, find_call
from tests.support.binance_routes import read_list
from tests.support.front_door import FrontDoor
from tests.support.routed_account import RoutedAccount

#: What a class may be answered, without any parameter.
REFUSED = {CallClass.NEVER: -1002, CallClass.UNSUPPORTED: -1020, CallClass.PUBLIC: -1020}


def test_every_documented_route_when_tried_then_only_the_whitelist_reaches_the_venue(
    door: FrontDoor, routed: RoutedAccount
) -> None:
    key = door.issue()
    requests: Any = routed.simulator.control.get("requests")
    before = len(requests)
    for method, path in read_list():
        kind = find_call(method, path).kind
        status, body = door.call(method, path, key)
        assert status < 500 or kind is CallClass.READ, (method, path, body)
        if kind in REFUSED:
            assert body["code"] == REFUSED[kind], (method, path, body)
    requests = routed.simulator.control.get("requests")
    arrived = {(row["method"], row["path"]) for row in requests[before:]}
    assert arrived, "reads did reach it"
    # ccxt sets its clock by the venue's where a signed request was found too old.
    arrived -= {("GET", "/api/v3/time"), ("GET", "/fapi/v1/time")}
    assert {find_call(*route).kind for route in arrived} == {CallClass.READ}
    assert routed.simulator.orders() == []
