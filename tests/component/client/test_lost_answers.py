"""Lost requests, lost answers, 5xx and strangers that answer: nothing doubled, nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from riskgate_client import (
    Client,
    Denied,
    NewFill,
    NewOrder,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Policy,
    RiskGateError,
    Unavailable,
)
from tests.support.client_bot import Bot, Fault, hide_answer, lose_answer, lose_request, new_order, problem, refuse
from tests.support.gateway import Gateway
from tests.support.hypothesis_profiles import examples

_NUMBERS = count()
#: Faults after which nothing has happened, and those after which it may have.
HARMLESS: dict[str, Fault] = {
    "refused": refuse,
    "429": problem(429, "TOO_MANY_REQUESTS", Retry_After="1"),
    "contention": problem(503, "CONTENTION", Retry_After="1"),
}
DOUBTFUL: dict[str, Fault] = {
    "lost request": lose_request,
    "lost answer": lose_answer,
    "504": problem(504, "OUTCOME_UNKNOWN", Retry_After="1"),
    "unavailable": problem(503, "UNAVAILABLE", Retry_After="1"),
    "proxy": hide_answer(502),
    "portal": hide_answer(200, text="<html>sign in</html>"),
    "json of another": hide_answer(200, {"content-type": "application/json"}, '{"decision": "approved"}'),
    "cut": hide_answer(201, {"content-type": "application/json"}, '{"decision": "appr'),
    "redirect": hide_answer(302, {"location": "https://elsewhere.test"}),
    "500": hide_answer(500, {"content-type": "application/problem+json"}, '{"code": "INTERNAL_ERROR"}'),
}
FAULTS = HARMLESS | DOUBTFUL


@pytest.mark.parametrize("name", FAULTS)
def test_order_when_one_answer_is_lost_then_asked_again_under_the_same_id(bot: Bot, name: str) -> None:
    order = new_order()
    bot.break_wire(FAULTS[name])

    try:
        assert bot.client.submit(order).is_approved
    except OutcomeUnknown:
        # An approval that is about nothing is no answer, and no reason to ask again at once.
        assert name == "json of another"
        assert bot.client.submit(order).is_approved

    assert {request.content for request in bot.wire.sent} == {bot.wire.sent[0].content}
    assert len(bot.client.read_account().open_orders) == 1


@given(st.lists(st.sampled_from(sorted(FAULTS)) | st.none(), max_size=8), st.booleans())
@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_when_anything_is_lost_then_it_is_there_once_or_not_at_all_as_said(
    bot: Bot, names: list[str | None], is_async: bool
) -> None:
    order = new_order(client_order_id=f"p-{next(_NUMBERS)}")
    bot.wire.faults.clear()
    bot.break_wire(*(FAULTS[name] if name else _pass for name in names))

    said = _try(lambda: _run(bot, is_async, lambda client: client.submit(order)))

    left = len(bot.wire.faults)
    bot.wire.faults.clear()
    met = names[: len(names) - left]
    found = bot.client.find(lambda stored: stored.client_order_id == order.client_order_id)
    if said is None:
        assert found is not None
        assert found.status == "approved"
    elif isinstance(said, Unavailable):
        assert found is None
        assert not set(met) & set(DOUBTFUL)
    else:
        assert isinstance(said, OutcomeUnknown)
        assert said.client_order_id == order.client_order_id
        assert set(met) & set(DOUBTFUL)
    assert bot.client.submit(order).is_approved
    working = [o for o in bot.client.read_account().open_orders if o.client_order_id == order.client_order_id]
    assert len(working) == 1
    assert bot.client.cancel(order.client_order_id).is_final
    assert bot.client.read_account().open_orders == ()


def _pass(_wire: object, _request: httpx.Request) -> None:
    return None


def _run(bot: Bot, is_async: bool, call: Callable[[Any], Any]) -> Any:
    return asyncio.run(call(bot.asynchronous)) if is_async else call(bot.client)


def _try(call: Callable[[], Any]) -> RiskGateError | None:
    try:
        call()
    except RiskGateError as error:
        return error
    return None


@given(st.lists(st.sampled_from(sorted(FAULTS)), max_size=5))
@examples(20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_fill_when_anything_is_lost_then_it_counts_once(gateway: Gateway, bot: Bot, names: list[str]) -> None:
    number = next(_NUMBERS)
    order = new_order(client_order_id=f"f-{number}", side="buy")
    bot.wire.faults.clear()
    before = sum((p.quantity for p in bot.client.read_account().positions), Decimal(0))
    bot.client.submit(order)
    fill = NewFill(fill_id=f"t-{number}", quantity="0.0001", price="50000", executed_at=gateway.now)
    bot.break_wire(*(FAULTS[name] for name in names))

    _try(lambda: bot.client.fill(order.client_order_id, fill))

    bot.wire.faults.clear()
    assert bot.client.fill(order.client_order_id, fill).filled_quantity == Decimal("0.0001")
    bot.client.cancel(order.client_order_id)
    after = sum((p.quantity for p in bot.client.read_account().positions), Decimal(0))
    assert after - before == Decimal("0.0001")


def test_gateway_when_it_stays_silent_then_unknown_within_the_deadline(bot: Bot) -> None:
    bot.wire.always = lose_request
    order = new_order()

    with pytest.raises(OutcomeUnknown) as caught:
        bot.client.submit(order)

    assert caught.value.client_order_id == order.client_order_id
    # Twenty seconds, and one last look.
    assert bot.time.now <= 26.1
    assert bot.wire.sent[-1].method == "GET"


def test_gateway_when_nobody_listens_then_unavailable_within_the_deadline(bot: Bot) -> None:
    bot.wire.always = refuse

    with pytest.raises(Unavailable):
        bot.client.submit(new_order())

    assert bot.time.now <= 20
    assert bot.time.waits == sorted(bot.time.waits)
    assert max(bot.time.waits) == 3.0


def test_wait_when_the_gateway_names_one_then_at_least_so_long(bot: Bot) -> None:
    bot.break_wire(problem(429, "TOO_MANY_REQUESTS", Retry_After="7"))

    assert bot.client.submit(new_order()).is_approved

    assert bot.time.waits == [7.0]


def test_wait_when_it_is_longer_than_the_deadline_then_given_up_at_once(bot: Bot) -> None:
    bot.break_wire(problem(429, "TOO_MANY_REQUESTS", Retry_After="Wed, 04 Mar 2026 13:00:30 GMT"))

    with pytest.raises(Unavailable) as caught:
        bot.client.submit(new_order())

    assert caught.value.retry_after_seconds == 3600
    assert bot.time.waits == []


@pytest.mark.parametrize("code", ["STATE_CORRUPT", "LIMITS_UNREADABLE"])
def test_gateway_when_only_a_person_can_help_then_not_asked_again(bot: Bot, code: str) -> None:
    bot.break_wire(problem(503, code, Retry_After="1"))

    with pytest.raises(Unavailable) as caught:
        bot.client.submit(new_order())

    assert caught.value.code == code
    assert len(bot.wire.sent) == 1


def test_order_when_lost_and_the_token_was_revoked_meanwhile_then_still_unknown(bot: Bot) -> None:
    bot.break_wire(lose_answer, problem(401, "UNAUTHORIZED"))

    with pytest.raises(OutcomeUnknown) as caught:
        bot.client.submit(new_order())

    assert isinstance(caught.value.__cause__, NotPermitted)


def test_order_when_found_by_the_last_look_then_the_bot_is_not_told_to_place_it(bot: Bot) -> None:
    """A kill switch may have come in between: GET tells what is stored, only the route tells whether it is a go."""
    order = new_order()
    bot.client.submit(order)
    bot.break_wire(*[lose_request] * 4)

    with pytest.raises(OutcomeUnknown) as caught:
        bot.client.submit(order)

    assert caught.value.order is not None
    assert caught.value.order.status == "approved"


def test_denial_when_its_answers_were_lost_then_the_last_look_tells_it(bot: Bot) -> None:
    order = new_order(quantity="10")
    bot.break_wire(lose_answer, *[lose_request] * 4)

    with pytest.raises(Denied) as caught:
        bot.client.submit(order)

    assert caught.value.code == "NOTIONAL_ABOVE_MAXIMUM"
    assert bot.wire.sent[-1].method == "GET"


def test_batch_when_the_answer_is_lost_then_approved_once(bot: Bot) -> None:
    orders = [new_order(), new_order(quantity="0.02")]
    bot.break_wire(lose_answer)

    assert bot.client.submit_batch(orders).is_approved

    assert len(bot.client.read_account().open_orders) == 2


def test_modification_when_the_answer_is_lost_then_its_terms_are_returned(bot: Bot) -> None:
    order = new_order()
    bot.client.submit(order)
    bot.break_wire(lose_answer)

    assert bot.client.modify(order.client_order_id, quantity="0.03").quantity == Decimal("0.03")


def test_modification_when_denied_the_second_time_then_what_is_in_force_counts(gateway: Gateway, bot: Bot) -> None:
    """The first request was taken; a kill switch denies the second. The bot must know the new terms."""
    order = new_order()
    bot.client.submit(order)

    def overtake(wire: Any, request: httpx.Request) -> None:
        wire.gateway.handle_request(request)
        gateway.kill()
        raise httpx.ReadError("gone", request=request)

    bot.break_wire(overtake)
    assert bot.client.modify(order.client_order_id, quantity="0.03").quantity == Decimal("0.03")


def test_cancel_when_the_answer_is_lost_then_done_once(bot: Bot) -> None:
    order = new_order()
    bot.client.submit(order)
    bot.break_wire(lose_answer, problem(503, "UNAVAILABLE"))

    assert bot.client.cancel(order.client_order_id).status == "cancelled"


def test_read_when_it_fails_then_never_unknown(bot: Bot) -> None:
    bot.wire.always = lose_request

    with pytest.raises(Unavailable):
        bot.client.read_account()
    with pytest.raises(Unavailable):
        bot.client.check(new_order())


def test_wait_for_when_reads_fail_in_between_then_it_goes_on(bot: Bot) -> None:
    order = new_order()
    bot.client.submit(order)
    bot.client.cancel(order.client_order_id)
    bot.break_wire(lose_answer, problem(503, "UNAVAILABLE"), hide_answer(502))

    assert bot.client.wait_for(order.client_order_id).status == "cancelled"
    with pytest.raises(NotFound):
        bot.client.wait_for("nobody")
    bot.wire.always = lose_request
    with pytest.raises(Unavailable):
        bot.client.wait_for(order.client_order_id)


def test_answer_when_it_is_about_another_order_then_it_is_no_approval(bot: Bot) -> None:
    other = new_order()
    bot.client.submit(other)

    def mix_up(wire: Any, _request: httpx.Request) -> httpx.Response:
        request = httpx.Request("POST", wire.sent[0].url, headers=wire.sent[0].headers, content=wire.sent[0].content)
        return wire.gateway.handle_request(request)

    bot.break_wire(mix_up)
    with pytest.raises(OutcomeUnknown, match="another order"):
        bot.client.submit(new_order())


def test_answer_when_it_never_ends_then_it_is_lost() -> None:
    def drip(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "application/json"}, content=b"x" * 17_000_000)

    policy = Policy(deadline_seconds=0.3, timeout_seconds=0.2, pause_seconds=0.1)
    client = Client("https://x.test", "rg_x", "demo", policy=policy, transport=httpx.MockTransport(drip))
    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        client.submit(new_order())


@pytest.mark.parametrize("changes", [{"deadline_seconds": 0}, {"timeout_seconds": 30}, {"pause_seconds": 0}])
def test_policy_when_it_makes_no_sense_then_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        Policy(**changes)


def test_order_when_copied_then_its_id_goes_along() -> None:
    order: NewOrder = new_order()

    assert order.client_order_id == order.to_wire()["client_order_id"]
    assert new_order().client_order_id != order.client_order_id
