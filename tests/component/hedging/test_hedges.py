"""Hedges through the handlers: plans, placements at an account without keys, retries, refusals, bad input."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.adapters.dynamodb import items
from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.core.figures import CorrelationRow
from riskgate.runtime import wiring
from riskgate.schemas.codec import encode
from tests.support.callers import ADMIN, BOT, READER, Caller
from tests.support.gateway import ACCOUNT_ID, BTC, BTC_SWAP, ETH, VENUE, Answer, Gateway, instrument_of
from tests.support.wire import COMMIT, Wire, pass_through, refuse_connection

PATH = f"/accounts/{ACCOUNT_ID}/hedges"
SWAP_VENUE = "binanceusdm"
SWAP_MARKET = {"venue": SWAP_VENUE, "symbol": BTC_SWAP}


@pytest.fixture(autouse=True)
def trade_swaps(gateway: Gateway) -> None:
    """Let the account trade swaps at a venue of theirs."""
    venues = [{"venue": VENUE, "market_type": "spot"}, {"venue": SWAP_VENUE, "market_type": "swap"}]
    assert gateway.register(totp=True, venues=venues).status == 200
    rules = instrument_of(BTC_SWAP, venue=SWAP_VENUE)
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    gateway.quote(BTC_SWAP, venue=SWAP_VENUE)


def hedge(gateway: Gateway, **body: Any) -> Answer:
    """Ask for a hedge; None leaves a field out."""
    asked = {"hedge_id": "h1", "mode": "full", "position": {"venue": VENUE, "symbol": BTC}} | body
    return gateway.call("POST", PATH, {name: value for name, value in asked.items() if value is not None}, caller=BOT)


def hold(gateway: Gateway, quantity: str = "0.15", symbol: str = BTC, price: str = "50000") -> None:
    """Report an account that holds one position."""
    asset = symbol.partition("/")[0]
    cash = {VENUE: "82500", SWAP_VENUE: "10000"}
    balances = [{"venue": venue, "asset": "USDT", "total": total} for venue, total in cash.items()]
    if ":" not in symbol:
        balances.append({"venue": VENUE, "asset": asset, "total": quantity})
    position = {"venue": VENUE, "symbol": symbol, "quantity": quantity, "average_price": price}
    answer = gateway.snapshot("100000", balances=balances, positions=[position])
    assert answer.status == 201, answer.text


def events(gateway: Gateway) -> list[str]:
    """Return the names of the audit entries."""
    entries = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit", query={"limit": "100"}).body["entries"]
    return [entry["event"] for entry in entries]


def test_plan_when_asked_then_worked_out_written_down_and_nothing_is_placed(gateway: Gateway) -> None:
    hold(gateway)
    answer = hedge(gateway, instruments=[SWAP_MARKET])
    assert (answer.status, answer.body["status"], answer.body["outcomes"]) == (201, "planned", [])
    plan = answer.body["plan"]
    (leg,) = plan["legs"]
    assert (leg["symbol"], leg["side"], leg["quantity"], leg["reduces"]) == (BTC_SWAP, "sell", "0.15", False)
    assert leg["client_order_id"] == "hedge:h1:1"
    # Sold at the bid of 49,990: a fee of 0.1 %, and ten below the middle.
    assert plan["cost"] == {"fees": "7.4985", "spread": "1.5", "funding": "0", "total": "8.9985"}
    assert (plan["delta_before"], plan["delta_after"]) == ({"BTC": "0.15"}, {"BTC": "0"})
    assert plan["locked_pnl"] == plan["worst_pnl"]
    assert events(gateway)[-1] == "hedge_planned"
    assert gateway.account()["open_orders"] == []


def test_plan_when_asked_again_then_the_same_and_another_under_its_id_is_a_conflict(gateway: Gateway) -> None:
    hold(gateway)
    first = hedge(gateway)
    gateway.quote(bid="40000", ask="40010")
    again = hedge(gateway)
    assert (again.status, again.is_replay, again.text) == (200, True, first.text)
    assert hedge(gateway, mode="partial", fraction="0.5").code == "HEDGE_ID_REUSED"
    assert events(gateway).count("hedge_planned") == 1


@pytest.mark.parametrize("caller", [BOT, ADMIN], ids=["bot", "operator"])
def test_hedge_when_a_person_stopped_entries_then_what_lowers_delta_passes_and_more_of_it_does_not(
    gateway: Gateway, caller: Caller
) -> None:
    stop = {"exit_id": "e", "reason": "drill", "scope": "all", "stop_entries": True}
    assert gateway.call("POST", f"/accounts/{ACCOUNT_ID}/exits", stop, headers=gateway.next_totp()).status == 201
    hold(gateway)
    gateway.refresh_quotes()
    assert gateway.account()["trading_state"] == "REDUCING"
    body = {"hedge_id": "h1", "mode": "full", "position": {"venue": VENUE, "symbol": BTC}, "execute": True}

    placed = gateway.call("POST", PATH, body, caller=caller)
    assert placed.body["outcomes"] == [{"client_order_id": "hedge:h1:1", "decision": "approved", "code": None}]
    more = gateway.submit(symbol=BTC_SWAP, side="sell", quantity="0.01", price="49990", stop_loss_price="50500")
    assert "TRADING_REDUCING" in more.violated


def test_hedge_when_placed_then_each_order_passes_the_gate_and_a_retry_places_nothing(gateway: Gateway) -> None:
    hold(gateway)
    placed = hedge(gateway, execute=True)
    assert (placed.status, placed.body["status"]) == (201, "placed")
    assert placed.body["outcomes"] == [{"client_order_id": "hedge:h1:1", "decision": "approved", "code": None}]
    assert placed.body["delta_left"] == {"BTC": "0"}
    again = hedge(gateway, execute=True)
    assert (again.status, again.is_replay, again.body) == (200, True, placed.body)
    assert events(gateway)[-2:] == ["hedge_planned", "order_decided"]
    stored = gateway.on_order("GET", "hedge:h1:1").body
    assert (stored["side"], stored["type"], stored["reduce_only"], stored["route"]) == ("sell", "market", True, False)
    assert stored["tags"] == ["hedge", "h1"]
    gateway.fill("hedge:h1:1", "0.15", "49990")
    assert gateway.account()["positions"] == []


def test_book_when_an_earlier_hedge_works_in_a_market_not_named_then_its_contracts_count_as_their_coins(
    gateway: Gateway,
) -> None:
    rules = instrument_of(BTC_SWAP, venue=SWAP_VENUE) | {"contract_size": "0.01"}
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    hold(gateway, "0.1")
    half = {"mode": "partial", "fraction": "0.5", "instruments": [SWAP_MARKET], "execute": True}
    first = hedge(gateway, **half)
    assert (first.body["status"], first.body["plan"]["legs"][0]["quantity"]) == ("placed", "5")
    plan = hedge(gateway, hedge_id="h2", mode="delta_neutral", position=None).body["plan"]
    # Of 0.1 coins, five contracts of 0.01 are to take 0.05 away.
    assert [(leg["symbol"], leg["side"], leg["quantity"]) for leg in plan["legs"]] == [(BTC, "sell", "0.05")]


def test_hedge_when_planned_first_then_carried_out_as_planned_though_the_book_moved(gateway: Gateway) -> None:
    hold(gateway)
    planned = hedge(gateway).body["plan"]
    hold(gateway, "0.1")
    placed = hedge(gateway, execute=True)
    assert (placed.status, placed.body["plan"]) == (201, planned)


def test_short_swap_when_limits_deny_it_then_a_denied_leg_with_what_is_left(gateway: Gateway) -> None:
    # It lowers the net delta, and is a new position of its size all the same.
    hold(gateway)
    gateway.limits(position_size_fraction_max="0.05")
    gateway.refresh_quotes()
    answer = hedge(gateway, instruments=[SWAP_MARKET], execute=True)
    assert (answer.status, answer.body["status"]) == (201, "denied")
    (outcome,) = answer.body["outcomes"]
    assert (outcome["decision"], outcome["code"]) == ("denied", "POSITION_SIZE")
    assert answer.body["delta_left"] == {"BTC": "0.15"}
    assert gateway.on_order("GET", "hedge:h1:1").body["status"] == "denied"


def test_hedge_when_its_budget_of_denials_is_spent_then_the_leg_is_pending_and_a_retry_decides_it(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(gateway)
    gateway.limits(position_size_fraction_max="0.05")
    gateway.refresh_quotes()
    # What the plan itself finds out is written with it, and leaves the leg nothing to tell.
    hedge(gateway, instruments=[SWAP_MARKET])
    deps = replace(wiring.deps(), denials=DenialBudget(burst=0))
    with monkeypatch.context() as spent:
        spent.setattr(wiring, "deps", lambda: deps)
        answer = hedge(gateway, instruments=[SWAP_MARKET], execute=True)
        assert (answer.status, answer.body["outcomes"][0]["decision"]) == (201, "pending")
        assert gateway.on_order("GET", "hedge:h1:1").status == 404
    answer = hedge(gateway, instruments=[SWAP_MARKET], execute=True)
    assert answer.body["outcomes"][0]["decision"] == "denied"


def test_short_swap_when_the_shipped_limits_stand_then_it_passes_as_it_lowers_the_delta(gateway: Gateway) -> None:
    hold(gateway, "0.07")
    answer = hedge(gateway, instruments=[SWAP_MARKET], execute=True)

    assert answer.body["status"] == "placed", answer.text


def test_short_swap_when_limits_allow_it_then_reserved_as_an_order_that_adds_exposure(gateway: Gateway) -> None:
    hold(gateway, "0.05")
    answer = hedge(gateway, instruments=[SWAP_MARKET], execute=True)
    assert answer.body["status"] == "placed", answer.text
    (order,) = gateway.account()["open_orders"]
    assert Decimal(order["reserved"]["notional"]) == Decimal("2499.5")


def test_hedge_when_a_kill_switch_is_engaged_then_every_leg_is_denied(gateway: Gateway) -> None:
    hold(gateway)
    gateway.put_flag("GLOBAL")
    answer = hedge(gateway, execute=True)
    assert answer.body["status"] == "denied"
    assert answer.body["outcomes"][0]["code"] == "KILL_SWITCH_ENGAGED"
    gateway.put_flag("GLOBAL", {"BOOL": False})


def test_book_when_one_leg_is_denied_then_the_safer_goes_first_and_the_rest_is_reported(gateway: Gateway) -> None:
    positions = [
        {"venue": VENUE, "symbol": BTC_SWAP, "quantity": "0.05", "average_price": "50000"},
        {"venue": VENUE, "symbol": ETH, "quantity": "2", "average_price": "3000"},
    ]
    balances = [{"venue": VENUE, "asset": a, "total": t} for a, t in (("USDT", "94000"), ("ETH", "2"))]
    assert gateway.snapshot("100000", balances=balances, positions=positions).status == 201
    gateway.kill("symbol", BTC_SWAP)
    gateway.refresh_quotes()
    body = {"mode": "delta_neutral", "position": None, "execute": True}
    answer = hedge(gateway, **body)
    assert answer.body["status"] == "partly_placed"
    assert [outcome["decision"] for outcome in answer.body["outcomes"]] == ["approved", "denied"]
    assert [leg["symbol"] for leg in answer.body["plan"]["legs"]] == [ETH, BTC_SWAP]
    assert answer.body["delta_left"] == {"BTC": "0.05", "ETH": "0"}


def test_plan_when_old_then_not_begun_and_one_that_was_begun_is_finished(gateway: Gateway) -> None:
    hold(gateway)
    hedge(gateway)
    hedge(gateway, hedge_id="h2", mode="partial", fraction="0.1", execute=True)
    gateway.advance(seconds=61)
    gateway.refresh_quotes()
    assert hedge(gateway, execute=True).code == "HEDGE_PLAN_OUTDATED"
    answer = hedge(gateway, hedge_id="h2", mode="partial", fraction="0.1", execute=True)
    assert (answer.status, answer.body["status"]) == (200, "placed")


@pytest.mark.parametrize("commit", [0, 1, 2])
def test_hedge_when_it_breaks_off_between_commits_then_a_retry_finishes_and_doubles_nothing(
    gateway: Gateway, wire: Wire, commit: int
) -> None:
    positions = [
        {"venue": VENUE, "symbol": BTC, "quantity": "0.05", "average_price": "50000"},
        {"venue": VENUE, "symbol": ETH, "quantity": "2", "average_price": "3000"},
    ]
    balances = [{"venue": VENUE, "asset": a, "total": t} for a, t in (("USDT", "9"), ("ETH", "2"), ("BTC", "0.05"))]
    assert gateway.snapshot("100000", balances=balances, positions=positions).status == 201
    body = {"mode": "delta_neutral", "position": None, "execute": True}
    wire.then(COMMIT, *[pass_through] * commit, *[refuse_connection] * 100)
    assert hedge(gateway, **body).status == 503
    wire.heal()
    answer = hedge(gateway, **body)
    assert (answer.status in {200, 201}, answer.body["status"]) == (True, "placed")
    assert events(gateway).count("hedge_planned") == 1
    assert sorted(order["client_order_id"] for order in gateway.account()["open_orders"]) == [
        "hedge:h1:1",
        "hedge:h1:2",
    ]


def test_hedge_when_time_runs_out_then_the_rest_is_pending_and_a_retry_goes_on(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(gateway)
    monkeypatch.setattr("riskgate.app.orders.place_in_turn.LEGS_SECONDS_MAX", -1)
    answer = hedge(gateway, execute=True)
    assert (answer.body["status"], answer.body["outcomes"][0]["decision"]) == ("incomplete", "pending")
    monkeypatch.undo()
    assert hedge(gateway, execute=True).body["status"] == "placed"


def test_order_of_a_hedge_when_cancelled_then_ended_and_not_placed_again(gateway: Gateway) -> None:
    hold(gateway)
    hedge(gateway, execute=True)
    gateway.cancel("hedge:h1:1")
    answer = hedge(gateway, execute=True)
    assert (answer.body["status"], answer.body["outcomes"][0]["decision"]) == ("denied", "ended")
    assert answer.body["delta_left"] == {"BTC": "0.15"}


def test_hedge_when_nothing_is_held_then_empty(gateway: Gateway) -> None:
    answer = hedge(gateway, execute=True)
    assert (answer.status, answer.body["status"], answer.body["plan"]["legs"]) == (201, "nothing_to_do", [])
    assert [note["code"] for note in answer.body["plan"]["notes"]] == ["NOTHING_TO_HEDGE"]


def test_target_when_asked_then_that_profit_at_that_price(gateway: Gateway) -> None:
    hold(gateway, price="40000")
    target = {"mode": "target_pnl", "adverse_price": "38000", "target_pnl": "600", "instruments": [SWAP_MARKET]}
    plan = hedge(gateway, **target).body["plan"]
    assert plan["target_reached"] is True
    assert 600 <= Decimal(plan["pnl_at_target"]) < 600 + 12


def test_variance_when_correlations_are_missing_then_refused(gateway: Gateway) -> None:
    hold(gateway, "2", ETH, "3000")
    answer = hedge(gateway, mode="min_variance", position=None, instruments=[SWAP_MARKET])
    assert (answer.status, answer.code) == (422, "CORRELATION_UNAVAILABLE")


def test_variance_when_correlations_are_stored_then_hedged_by_the_ratio(gateway: Gateway) -> None:
    hold(gateway, "2", ETH, "3000")
    put_rows(gateway, gateway.now - timedelta(hours=12))
    answer = hedge(gateway, mode="min_variance", position=None, instruments=[SWAP_MARKET])
    assert answer.status == 201, answer.text
    plan = answer.body["plan"]
    # 6,000 x 0.8 x 0.03 / 0.02 = 7,200 of BTC at 50,000.
    assert [(leg["side"], leg["quantity"]) for leg in plan["legs"]] == [("sell", "0.144")]
    assert plan["variance"]["residual_fraction"] == "0.36"


def test_hedge_when_the_account_is_unknown_then_not_found_and_a_reader_may_not(gateway: Gateway) -> None:
    body = {"hedge_id": "h", "mode": "delta_neutral"}
    assert gateway.call("POST", "/accounts/nobody/hedges", body).code == "ACCOUNT_UNKNOWN"
    assert gateway.call("POST", PATH, body, caller=READER).status == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"hedge_id": "a:b"},
        {"hedge_id": "x" * 49},
        {"hedge_id": None},
        {"mode": "some"},
        {"position": None},
        {"mode": "delta_neutral"},
        {"mode": "partial"},
        {"fraction": "0.5"},
        {"mode": "partial", "fraction": "1.1"},
        {"mode": "partial", "fraction": "-0.1"},
        {"mode": "partial", "fraction": "NaN"},
        {"mode": "target_pnl", "adverse_price": "1"},
        {"mode": "target_pnl", "target_pnl": "1"},
        {"target_pnl": "1"},
        {"mode": "min_variance"},
        {"mode": "beta", "position": None, "instruments": [SWAP_MARKET, {"venue": VENUE, "symbol": BTC}]},
        {"instruments": [SWAP_MARKET, SWAP_MARKET]},
        {"instruments": [SWAP_MARKET | {"fee_fraction": "2"}]},
        {"instruments": [SWAP_MARKET | {"funding_fraction": None, "fee": 1}]},
        {"instruments": [{"venue": VENUE, "symbol": f"A{n}/USDT"} for n in range(21)]},
        {"horizon_hours": -1},
        {"horizon_hours": "24"},
        {"execute": "yes"},
        {"leverage": 3},
    ],
)
def test_request_when_it_contradicts_itself_then_refused(gateway: Gateway, changes: dict[str, Any]) -> None:
    answer = hedge(gateway, **changes)
    assert (answer.status, answer.code) == (400, "VALIDATION_FAILED")


@pytest.mark.parametrize("amount", ["0.000000000001", "999999999999999", "999999999999999.999999999999"])
@pytest.mark.parametrize("mode", ["full", "target_pnl"])
def test_request_when_amounts_are_extreme_then_answered_without_failure(
    gateway: Gateway, mode: str, amount: str
) -> None:
    for held in ("19999999999", "0.00001"):
        hold(gateway, held)
        for instruments in ([SWAP_MARKET], []):
            terms = {"adverse_price": amount, "target_pnl": f"-{amount}"} if mode == "target_pnl" else {}
            fields = {"hedge_id": f"{held}-{len(instruments)}", "instruments": instruments, "horizon_hours": 8760}
            answer = hedge(gateway, mode=mode, execute=True, **fields, **terms)
            assert answer.status in {201, 422}, answer.text


def put_rows(gateway: Gateway, as_of: datetime) -> None:
    """Store the correlations of BTC and ETH as the risk job does."""
    volatilities = {"BTC": Decimal("0.02"), "ETH": Decimal("0.03")}
    for asset, other in (("BTC", "ETH"), ("ETH", "BTC")):
        row = CorrelationRow(
            asset=asset,
            as_of=as_of,
            correlations={asset: Decimal(1), other: Decimal("0.8")},
            volatilities=volatilities,
            observations={"BTC": 365, "ETH": 365},
        )
        item = items.correlation_key(asset) | {"document": {"S": encode(row).decode()}}
        gateway.aws.dynamodb.put_item(TableName=gateway.aws.state_table, Item=item)
