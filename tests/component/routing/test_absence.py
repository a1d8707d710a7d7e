"""Where no search of a venue can be exhaustive, no path takes an order for never sent: it stays in doubt, and a person is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.runtime.jobs import exchanges
from tests.support.routed_account import RoutedAccount


def resolve(routed: RoutedAccount, name: str) -> None:
    routed.resolve(name)


def resolve_all(routed: RoutedAccount, _name: str) -> None:
    routed.resolve()


def cancel(routed: RoutedAccount, name: str) -> None:
    assert routed.gateway.cancel(name).status == 202


def change(routed: RoutedAccount, name: str) -> None:
    assert routed.gateway.on_order("PATCH", name, body={"quantity": "0.02"}).status in {200, 409, 422}


def kill(routed: RoutedAccount, _name: str) -> None:
    body = {"scope": "account", "key": "demo", "engaged": True, "reason": "test", "cancel_open_orders": True}
    assert routed.gateway.call("PUT", "/kill-switch", body, headers=routed.gateway.next_totp()).status in {200, 202}


@pytest.mark.parametrize("seconds", [5.0, 30.0])
def test_order_when_its_request_may_still_arrive_then_it_is_not_sent_again(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    def arrival_seconds_max(_self: object, *, has_trigger: bool) -> float:
        assert not has_trigger
        return seconds

    monkeypatch.setattr(CcxtExchange, "arrival_seconds_max", arrival_seconds_max)
    routed.fault("drop_before_accept")
    name = routed.approved(quantity="0.02")
    started = routed.gateway.now
    while len(routed.requests("POST")) < 2:
        if not routed.work():
            routed.gateway.advance(seconds=2)

    waited = (routed.gateway.now - started).total_seconds()
    assert seconds + exchanges.ARRIVAL_MARGIN_SECONDS < waited < seconds + 25
    assert len(routed.venue_orders(name)) == 1


PATHS: list[Callable[[RoutedAccount, str], None]] = [resolve, resolve_all, cancel, change, kill]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("fault", ["drop_before_accept", "drop_after_accept"])
def test_order_when_its_absence_cannot_be_proved_then_in_doubt_and_a_person_is_told(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch, path: Callable[[RoutedAccount, str], None], fault: str
) -> None:
    def cannot(_self: object, _ref: object) -> None:
        raise VenueAnswerInvalid("no list of the exchange can be searched to its end")

    monkeypatch.setattr(CcxtExchange, "get_order", cannot)
    routed.fault(fault)
    name = routed.approved(quantity="0.01")
    routed.work()
    assert routed.status(name) == "unknown"
    path(routed, name)
    for _ in range(4):
        routed.gateway.advance(seconds=90)
        routed.resolve(name)
        routed.work()

    assert routed.status(name) == "unknown"
    assert name in routed.state().working_orders
    assert len(routed.requests("POST")) == 1
    assert routed.audit("order_outcome_unknown")
