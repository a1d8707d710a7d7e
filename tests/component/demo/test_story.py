"""The demo's story holds on the real handlers, and breaks when the gateway does something else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from infra.demo import story
from infra.demo.books import Books
from infra.demo.controls import Controls
from infra.demo.prices import read_candles
from infra.demo.trader import StoryBroken, Trader
from infra.demo.week import SATURDAY, Week
from riskgate.adapters.dynamodb.packing import unpack
from tests.component.demo.conftest import RecordedScreen
from tests.component.riskctl.conftest import Gateway

pytestmark = pytest.mark.long

CODES = [
    "PRICE_COLLAR",
    "RISK_PER_TRADE",
    "STOP_LOSS_WRONG_SIDE",
    "INSTRUMENT_NOT_FOUND",
    "POSITION_SIZE",
    "SPREAD_TOO_WIDE",
    "CORRELATION",
    "DUPLICATE_ORDER",
    "QUOTE_STALE",
    "TRADING_REDUCING",
    "KILL_SWITCH_ENGAGED",
]


def tell(gateway: Gateway, screen: RecordedScreen) -> None:
    story.tell_story(gateway.session, screen)


def test_story_when_the_gateway_does_its_work_then_it_holds_twice_on_the_same_stack(
    gateway: Gateway, screen: RecordedScreen
) -> None:
    for _ in range(2):
        tell(gateway, screen)
        # Forget which codes were used: waiting for the next ones proves nothing here.
        operator: Any = {"pk": {"S": "OPERATOR"}, "sk": {"S": "alice"}}
        gateway.aws.dynamodb.delete_item(TableName=gateway.aws.control_table, Key=operator)
    for code in CODES:
        assert screen.text.count(f"{code}\n") >= 2, code
    assert screen.text.count("no findings") == 8
    assert screen.text.count("-4.83 %") == 2
    # What the story borrowed is given back.
    flag: Any = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}}
    assert gateway.aws.dynamodb.get_item(TableName=gateway.aws.control_table, Key=flag)["Item"]["engaged"] == {
        "BOOL": False
    }
    assert not [item for item in gateway.aws.items(gateway.aws.state_table) if "CORRELATION" in item["sk"]["S"]]
    tokens = gateway.session.aws.tokens.list_tokens()
    assert {token.revoked for token in tokens if token.operator == "demo-bot"} == {True}


def test_story_when_a_limit_does_not_bind_then_it_breaks(
    gateway: Gateway, screen: RecordedScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "LOOSER", {**story.LOOSER, "position_size_fraction_max": Decimal("0.5")})
    with pytest.raises(StoryBroken, match=r"was to be denied with POSITION_SIZE, it was answered 201 approved"):
        tell(gateway, screen)


def test_story_when_the_log_was_touched_then_it_breaks(
    gateway: Gateway, screen: RecordedScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play_and_forge(week: Week) -> None:
        week.saturday_first_orders()
        rows = gateway.session.aws.store.list_audit(week.trader.account_id, after=0, limit=100)
        sequence = next(row.sequence for row in rows if row.decision == "denied")
        key: Any = {"account_id": {"S": week.trader.account_id}, "sequence": {"N": str(sequence)}}
        item = gateway.aws.dynamodb.get_item(TableName=gateway.aws.audit_table, Key=key)["Item"]
        item["entry"] = {"S": unpack(item["entry"]).decode().replace("denied", "approved")}
        gateway.aws.dynamodb.put_item(TableName=gateway.aws.audit_table, Item=item)

    monkeypatch.setattr(Week, "play", play_and_forge)
    with pytest.raises(StoryBroken, match=r"audit verify of crash-2020-\w+ found"):
        tell(gateway, screen)


def test_story_when_only_a_few_codes_were_seen_then_it_breaks(
    gateway: Gateway, screen: RecordedScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Week, "play", Week.saturday_first_orders)
    with pytest.raises(StoryBroken, match="only 5 different denials"):
        tell(gateway, screen)


@pytest.fixture
def trader(gateway: Gateway, screen: RecordedScreen) -> Trader:
    """Give a registered account with Saturday's prices."""
    session = gateway.session
    controls = Controls(api=session.api, aws=session.aws, codes=session.codes(None), account_id="crash")
    controls.register(Decimal(100_000))
    trader = Trader(
        bot=session.api,
        feed=session.api,
        account_id="crash",
        books=Books(cash=Decimal(100_000)),
        candles=read_candles(),
        screen=screen,
    )
    trader.quote(SATURDAY, {"BTC": Decimal("9121.60")})
    trader.snapshot()
    return trader


def test_desk_when_an_order_is_denied_that_was_to_be_approved_then_the_story_breaks(trader: Trader) -> None:
    with pytest.raises(StoryBroken, match="was to be approved, it was answered 422"):
        trader.approve(trader.order("BTC", "buy", "2", price="9122", stop_loss_price="8700"))


def test_desk_when_an_order_is_denied_for_another_reason_then_the_story_breaks(trader: Trader) -> None:
    order = trader.order("BTC", "buy", "2", price="9122", stop_loss_price="8700")
    with pytest.raises(StoryBroken, match="denied with CORRELATION, it was answered 422 NOTIONAL_ABOVE_MAXIMUM"):
        trader.deny(order, "CORRELATION")
    with pytest.raises(StoryBroken, match="CORRELATION is missing among"):
        trader.deny({**order, "client_order_id": "other"}, "NOTIONAL_ABOVE_MAXIMUM", also="CORRELATION")


def test_desk_when_a_size_is_bound_by_something_else_then_the_story_breaks(trader: Trader) -> None:
    with pytest.raises(StoryBroken, match="bound by CORRELATION, it is by NOTIONAL_ABOVE_MAXIMUM"):
        trader.size(trader.order("BTC", "buy", "1", price="9122", stop_loss_price="8700"), "CORRELATION")


def test_desk_when_the_books_disagree_then_the_story_breaks(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    trader.approve(trader.order("BTC", "buy", "0.5", price="9122", stop_loss_price="8700"))
    account = trader.snapshot()
    assert [row["quantity"] for row in account["positions"]] == ["0.5"]
    # The gateway is told of less than the bot holds.
    reported = trader.books.to_snapshot(trader.quotes)
    monkeypatch.setattr(Books, "to_snapshot", lambda *_: reported)
    trader.books.holdings["BTC"].quantity += 1
    with pytest.raises(StoryBroken, match="the gateway holds"):
        trader.snapshot()


def test_controls_when_a_guarded_route_needs_no_code_then_the_story_breaks(gateway: Gateway, trader: Trader) -> None:
    session = gateway.session
    controls = Controls(api=session.api, aws=session.aws, codes=session.codes(None), account_id=trader.account_id)
    with pytest.raises(StoryBroken, match="was to need a one-time code, it was answered 200"):
        controls.loosen_limits({"daily_loss_fraction_max": Decimal("0.01")})
