"""What a look at an exchange's key and clock comes to."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from riskgate.app.ports.exchange import Exchange
from riskgate.app.venues.inspect_venue import Outcome, inspect_rights, inspect_venue
from riskgate.core.errors import GatewayError, HedgeModeUnsupported, Transient, VenueAccessDenied, VenueAnswerInvalid
from riskgate.core.instrument import MarketType
from riskgate.core.venues.model import AccountSetup, KeyPermissions, VenueBalance, VenueClock, VenueStatus

AT = datetime(2026, 1, 1, tzinfo=UTC)
SAFE = KeyPermissions(can_trade=True, can_withdraw=False, can_transfer=False, ip_restricted=True)
BALANCE = VenueBalance(asset="BTC", total=Decimal(1), free=Decimal(1), used=Decimal(0))


class Answers:
    """An exchange with prepared answers; an error among them is raised."""

    def __init__(self, market_type: MarketType, **answers: Any) -> None:
        self.market_type = market_type
        self._answers = {
            "get_status": VenueStatus(is_ok=True, detail="ok"),
            "get_clock": VenueClock(server_at=AT, skew_seconds=Decimal(0), round_trip_seconds=Decimal(0)),
            "list_instruments": ("one",),
            "list_balances": (BALANCE,),
            "get_key_permissions": SAFE,
            "get_account_setup": AccountSetup(is_hedged=False),
            "list_positions": (),
            "list_open_orders": (),
            "take_unreadable": (),
        } | answers

    def __getattr__(self, name: str) -> Any:
        def answer() -> Any:
            found = self._answers[name]
            if isinstance(found, Exception):
                raise found
            return found

        return answer


def look(has_key: bool = True, market_type: MarketType = MarketType.SPOT, **answers: Any) -> dict[str, str]:
    exchange = cast("Exchange", Answers(market_type, **answers))
    return {finding.name: finding.outcome.value for finding in inspect_venue(exchange, has_key=has_key)}


def test_inspection_when_all_is_well_then_everything_is_ok() -> None:
    assert set(look().values()) == {"ok"}
    assert len(look()) == 8


@pytest.mark.parametrize(
    ("skew", "round_trip", "outcome"),
    [
        ("0", "0", "ok"),
        ("1", "0", "ok"),
        ("1.001", "0", "failed"),
        ("-1.001", "0", "failed"),
        ("3", "4", "ok"),
        ("-3.1", "4", "failed"),
        ("0.1", "9", "ok"),
    ],
)
def test_clock_when_skewed_then_failed_beyond_a_second_that_the_journey_does_not_explain(
    skew: str, round_trip: str, outcome: str
) -> None:
    clock = VenueClock(server_at=AT, skew_seconds=Decimal(skew), round_trip_seconds=Decimal(round_trip))
    assert look(get_clock=clock)["clock"] == outcome


@pytest.mark.parametrize(
    ("field", "value", "outcome"),
    [
        ("can_trade", False, Outcome.FAILED),
        ("can_withdraw", True, Outcome.FAILED),
        ("can_transfer", True, Outcome.FAILED),
        ("ip_restricted", False, Outcome.WARNING),
        ("can_trade", None, Outcome.UNCHECKED),
        ("can_withdraw", None, Outcome.UNCHECKED),
        ("can_transfer", None, Outcome.UNCHECKED),
        ("ip_restricted", None, Outcome.UNCHECKED),
    ],
)
def test_rights_when_one_is_wrong_or_unknown_then_that_one_is_named(
    field: str, value: bool | None, outcome: Outcome
) -> None:
    rights = {name: getattr(SAFE, name) for name in ("can_trade", "can_withdraw", "can_transfer", "ip_restricted")}
    found = {finding.name: finding.outcome for finding in inspect_rights(KeyPermissions(**rights | {field: value}))}
    assert found.pop(field) is outcome
    assert set(found.values()) == {Outcome.OK}


@pytest.mark.parametrize("error", [Transient("x"), VenueAccessDenied("x"), VenueAnswerInvalid("x")])
@pytest.mark.parametrize(
    ("method", "name", "outcome"),
    [
        ("get_status", "status", "failed"),
        ("get_clock", "clock", "failed"),
        ("list_instruments", "markets", "failed"),
        ("list_balances", "key", "failed"),
        ("get_key_permissions", "rights", "unchecked"),
    ],
)
def test_look_when_it_fails_then_never_ok_and_the_others_go_on(
    error: GatewayError, method: str, name: str, outcome: str
) -> None:
    found = look(**{method: error})
    assert found.pop(name) == outcome
    assert set(found.values()) == {"ok"}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(VenueStatus(is_ok=None), "unchecked"), (VenueStatus(is_ok=False, detail="maintenance"), "failed")],
)
def test_status_when_not_ok_or_not_told_then_not_ok(status: VenueStatus, outcome: str) -> None:
    assert look(get_status=status)["status"] == outcome


def test_inspection_when_no_markets_or_no_key_then_said() -> None:
    assert look(list_instruments=())["markets"] == "failed"
    found = look(has_key=False)
    assert found == {"status": "ok", "clock": "ok", "markets": "ok", "key": "warning"}


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({}, "ok"),
        ({"get_account_setup": AccountSetup(is_hedged=True, one_way_setting="its mode")}, "failed"),
        ({"get_account_setup": AccountSetup(is_hedged=None, one_way_setting="its mode")}, "unchecked"),
        ({"list_positions": HedgeModeUnsupported("two legs")}, "failed"),
        ({"get_account_setup": Transient("x")}, "failed"),
    ],
)
def test_position_mode_when_swaps_may_have_two_legs_or_nobody_says_then_never_ok(
    answers: dict[str, Any], outcome: str
) -> None:
    assert look(market_type=MarketType.SWAP, **answers)["position_mode"] == outcome


def test_position_mode_when_hedged_then_the_setting_to_change_is_named() -> None:
    setup = AccountSetup(is_hedged=True, one_way_setting="Position Mode: One-way Mode")
    findings = inspect_venue(cast("Exchange", Answers(MarketType.SWAP, get_account_setup=setup)), has_key=True)

    (mode,) = [finding for finding in findings if finding.name == "position_mode"]
    assert mode.detail == "HEDGE_MODE_UNSUPPORTED: change at the exchange Position Mode: One-way Mode"
