"""The client's calls against the real handlers: what each route answers, in Decimal."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from riskgate_client import (
    FILLED,
    Client,
    Conflict,
    Denied,
    FillFee,
    NewFill,
    NewOrder,
    NotActionable,
    NotFound,
    NotPermitted,
    OrderEnded,
    Refused,
    StillWorking,
    trace,
)
from tests.support.client_bot import Bot, issue_token, new_order
from tests.support.gateway import BTC, VENUE, Gateway

HUGE = "10"


def test_order_when_it_passes_then_its_approval_is_returned_in_decimal(bot: Bot) -> None:
    order = new_order()

    decision = bot.client.submit(order)

    assert decision.is_approved
    assert (decision.client_order_id, decision.quantity) == (order.client_order_id, Decimal("0.01"))
    assert decision.reserved.notional == Decimal(500)
    assert decision.checks
    assert all(isinstance(row.utilization, Decimal | None) for row in decision.checks)
    assert bot.client.get(order.client_order_id).status == "approved"


def test_order_when_denied_then_raised_with_every_violation(bot: Bot) -> None:
    with pytest.raises(Denied) as caught:
        bot.client.submit(new_order(quantity=HUGE))

    error = caught.value
    assert error.code == "NOTIONAL_ABOVE_MAXIMUM"
    assert error.violations[0].code == error.code
    assert error.violations[0].observed > error.violations[0].limit  # type: ignore[operator]
    assert not error.decision.is_approved
    assert len(bot.wire.sent) == 1


def test_order_when_the_same_id_has_other_content_then_a_conflict_without_a_second_request(bot: Bot) -> None:
    bot.client.submit(new_order(client_order_id="one"))
    sent = len(bot.wire.sent)

    with pytest.raises(Conflict) as caught:
        bot.client.submit(new_order(client_order_id="one", quantity="0.02"))

    assert caught.value.code == "CLIENT_ORDER_ID_REUSED"
    assert len(bot.wire.sent) == sent + 1


def test_order_when_the_request_is_wrong_then_refused_at_once(bot: Bot) -> None:
    with pytest.raises(Refused) as caught:
        bot.client.submit(new_order(price=None))

    assert (caught.value.code, caught.value.status) == ("VALIDATION_FAILED", 400)
    assert caught.value.request_id
    assert len(bot.wire.sent) == 1


def test_token_when_it_may_not_then_not_permitted(gateway: Gateway, bot: Bot) -> None:
    other = Bot(issue_token(gateway.aws, strategies=["carry"]))
    with pytest.raises(NotPermitted) as caught:
        other.client.submit(new_order())
    assert caught.value.code == "STRATEGY_NOT_PERMITTED"

    unknown = Bot("rg_" + "x" * 43)
    with pytest.raises(NotPermitted) as caught:
        unknown.client.read_account()
    assert caught.value.status == 401


def test_order_when_a_kill_switch_overtakes_it_then_not_actionable(gateway: Gateway, bot: Bot) -> None:
    order = new_order()
    bot.client.submit(order)
    gateway.kill()

    with pytest.raises(NotActionable) as caught:
        bot.client.submit(order)

    assert caught.value.decision is not None
    assert caught.value.decision.client_order_id == order.client_order_id  # type: ignore[union-attr]
    assert [switch.scope for switch in bot.client.engaged_kill_switches()] == ["global"]


def test_kill_switch_when_it_is_another_strategys_then_it_does_not_concern_this_one(gateway: Gateway, bot: Bot) -> None:
    assert gateway.kill("strategy", "carry").status == 200

    assert not bot.client.engaged_kill_switches(strategy="trend")
    assert [switch.key for switch in bot.client.engaged_kill_switches(strategy="Carry")] == ["carry"]
    assert [switch.key for switch in bot.client.engaged_kill_switches()] == ["carry"]


def test_check_when_asked_then_headroom_without_effect(bot: Bot) -> None:
    answer = bot.client.check(new_order(quantity=HUGE))

    assert not answer.is_approved
    assert Decimal(0) < answer.max_quantity < Decimal(HUGE)
    assert answer.quantity_unit == "base"
    assert bot.client.read_account().open_orders == ()


def test_batch_when_one_leg_fails_then_none_is_approved(bot: Bot) -> None:
    good, bad = new_order(), new_order(quantity=HUGE)

    with pytest.raises(Denied) as caught:
        bot.client.submit_batch([good, bad])
    assert caught.value.code == "NOTIONAL_ABOVE_MAXIMUM"
    with pytest.raises(NotFound):
        bot.client.get(good.client_order_id)

    decision = bot.client.submit_batch([new_order(), new_order(quantity="0.02")])
    assert decision.is_approved
    assert [leg.quantity for leg in decision.legs] == [Decimal("0.01"), Decimal("0.02")]


def test_order_when_placed_and_filled_then_the_account_has_the_position(bot: Bot) -> None:
    order = new_order()
    bot.client.submit(order)
    bot.client.placed(order.client_order_id, "venue-1")
    fill = NewFill(
        fill_id="t-1",
        quantity="0.01",
        price="50000",
        executed_at=datetime.now(UTC),
        fees=(FillFee(amount=Decimal("0.5"), currency="USDT"),),
    )

    answer = bot.client.fill(order.client_order_id, fill)
    again = bot.client.fill(order.client_order_id, fill)

    assert again == answer
    assert (answer.status, answer.fee, answer.remaining_quantity) == ("filled", Decimal("0.5"), Decimal(0))
    assert bot.client.wait_for(order.client_order_id, FILLED).average_fill_price == Decimal(50000)
    account = bot.client.read_account()
    assert [(p.symbol, p.quantity) for p in account.positions] == [(BTC, Decimal("0.01"))]
    moved = bot.client.move_stop(VENUE, BTC, "49500")
    assert moved.stop_loss_price == Decimal(49500)


def test_order_when_modified_then_its_new_terms_are_returned(bot: Bot) -> None:
    order = new_order()
    bot.client.submit(order)

    changed = bot.client.modify(order.client_order_id, quantity="0.02", price=Decimal("49900.0"))

    assert (changed.quantity, changed.price) == (Decimal("0.02"), Decimal(49900))
    with pytest.raises(Denied):
        bot.client.modify(order.client_order_id, quantity=HUGE)
    assert bot.client.get(order.client_order_id).quantity == Decimal("0.02")


def test_order_when_cancelled_then_the_wait_for_its_fill_ends(bot: Bot) -> None:
    order = new_order()
    bot.client.submit(order)
    with pytest.raises(StillWorking):
        bot.client.wait_for(order.client_order_id, FILLED, timeout_seconds=5)
    assert bot.time.now == pytest.approx(5)

    assert bot.client.cancel(order.client_order_id, "changed its mind").is_final

    with pytest.raises(OrderEnded, match="changed its mind"):
        bot.client.wait_for(order.client_order_id, FILLED)
    assert bot.client.wait_for(order.client_order_id).status == "cancelled"
    assert bot.client.find(lambda found: found.side == "sell") is None
    assert bot.client.find(lambda found: found.status == "cancelled") is not None


def test_asyncio_when_it_asks_then_the_same(bot: Bot) -> None:
    async def trade() -> None:
        client = bot.asynchronous
        order = new_order()
        assert (await client.submit(order)).is_approved
        with pytest.raises(Denied):
            await client.submit(new_order(quantity=HUGE))
        assert (await client.check(order)).max_quantity > 0
        assert (await client.submit_batch([new_order()])).is_approved
        assert (await client.modify(order.client_order_id, quantity="0.02")).quantity == Decimal("0.02")
        await client.placed(order.client_order_id)
        fill = NewFill(fill_id="a", quantity="0.01", price="50000", executed_at=datetime.now(UTC))
        assert (await client.fill(order.client_order_id, fill)).remaining_quantity == Decimal("0.01")
        assert (await client.cancel(order.client_order_id)).is_final
        assert (await client.wait_for(order.client_order_id)).status == "cancelled"
        assert (await client.get(order.client_order_id)).filled_quantity == Decimal("0.01")
        assert await client.find(lambda found: found.is_final)
        assert (await client.read_account()).positions[0].quantity == Decimal("0.01")
        assert (await client.move_stop(VENUE, BTC, "49500")).stop_kept_by == "strategy"
        assert await client.engaged_kill_switches() == ()
        await client.close()

    asyncio.run(trade())


@pytest.mark.parametrize("amount", [0.1, True, None, "abc", "NaN", Decimal("Infinity")])
def test_amount_when_not_exact_then_no_order_is_made(amount: object) -> None:
    expected = TypeError if isinstance(amount, float | bool) else ValueError
    if amount is None:
        assert "quantity" not in new_order(quantity=None).to_wire()
        return
    with pytest.raises(expected):
        new_order(quantity=amount)


def test_amount_when_sent_then_a_text_without_exponent() -> None:
    order = new_order(quantity=Decimal("1E+2"), price=Decimal("0.00000010"), stop_loss_price=7)

    wire = order.to_wire()

    assert (wire["quantity"], wire["price"], wire["stop_loss_price"]) == ("100", "0.0000001", "7")
    assert json.loads(json.dumps(wire)) == wire
    assert NewOrder(symbol="A/B", venue="v", strategy="s", side="buy", type="market").client_order_id


def test_headers_when_traced_then_they_go_along_and_end_with_the_block(bot: Bot) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with trace(correlation_id="run-7"), trace(traceparent=parent):
        bot.client.read_account()
    bot.client.read_account()

    traced, plain = bot.wire.sent
    assert (traced.headers["X-Correlation-Id"], traced.headers["traceparent"]) == ("run-7", parent)
    assert "X-Correlation-Id" not in plain.headers
    with pytest.raises(ValueError, match="malformed"), trace(correlation_id="a\r\nb: c"):
        pass


def test_token_when_anything_is_shown_then_it_is_in_no_text_and_no_log(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    shown = [repr(bot.client), repr(bot.asynchronous), repr(bot.client.core), repr(vars(bot.client))]

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"broke on {request.headers['Authorization']}", request=request)

    broken = Client("http://127.0.0.1:1", bot.token, "demo", transport=httpx.MockTransport(fail), sleep=lambda _: None)
    with pytest.raises(Exception, match="ReadError") as caught:
        broken.submit(new_order())
    shown += [repr(caught.value), str(caught.value), caplog.text]

    assert all(bot.token not in text for text in shown)
    with pytest.raises(ValueError, match="begins with") as caught_value:
        Client("https://x.test", "secret-token", "demo")
    assert "secret-token" not in str(caught_value.value)


@pytest.mark.parametrize(
    "url", ["http://gateway.test/v1", "https://user:pass@gateway.test", "ftp://x", "", "https://x/?a=b", "gateway.test"]
)
def test_address_when_the_token_would_not_be_safe_then_no_client(url: str) -> None:
    with pytest.raises(ValueError, match="gateway's address|unencrypted"):
        Client(url, "rg_x", "demo")


def test_address_when_a_closed_network_is_meant_then_http_is_allowed() -> None:
    Client("http://gateway:4560/v1/", "rg_x", "demo", allow_http=True).close()
    Client("http://localhost:4560/v1", "rg_x", "demo").close()
