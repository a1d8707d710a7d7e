"""Set the stage, play the week, inspect the log, sum up."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from infra.demo import correlations
from infra.demo.books import Books
from infra.demo.controls import Controls
from infra.demo.prices import MARKETS, read_candles
from infra.demo.screen import Screen, render_summary
from infra.demo.trader import Trader, expect
from infra.demo.week import SATURDAY, Week
from infra.riskctl.session import Session

EQUITY = Decimal(100_000)
#: Denials the story shows; fewer would be another story.
CODES_MIN = 10
#: Sessions roll at UTC midnight: the story must not be told across it.
MIDNIGHT_MARGIN = timedelta(minutes=2)
#: Without the hourly risk report the gate takes the whole exposure as VaR: 10 % would end the week on Saturday.
LOOSER = {"var_fraction_max": Decimal("0.5")}
#: Long enough that a slow machine shows the same story.
TIGHTER = {"duplicate_window_seconds": 120}


def tell_story(session: Session, screen: Screen) -> None:
    """Play the week on a running stack, on an account made for this run; StoryBroken when the gateway errs."""
    started = time.perf_counter()
    _avoid_midnight(screen)
    controls = Controls(
        api=session.api,
        aws=session.aws,
        codes=session.codes(None),
        # A new account each time: nothing that an earlier run left can change the story.
        account_id=f"crash-2020-{uuid4().hex[:8]}",
    )
    _set_stage(controls, screen)
    try:
        with controls.bot_token() as token:
            trader = Trader(
                bot=session.connect(token),
                feed=session.api,
                account_id=controls.account_id,
                books=Books(cash=EQUITY),
                candles=read_candles(),
                screen=screen,
            )
            Week(trader=trader, controls=controls).play()
    finally:
        correlations.delete_rows(controls.aws.dynamodb, controls.aws.tables.state, list(MARKETS))
    _sum_up(controls, trader, screen, started)


def _set_stage(controls: Controls, screen: Screen) -> None:
    screen.chapter("A bot trades the week of the March 2020 crash")
    screen.say(
        f"account {controls.account_id}, {EQUITY:,} USDT, the shipped limits; every order goes through the gateway"
    )
    screen.say(
        "prices are historical daily candles; the gateway's clock is today's, so they are pushed as current quotes"
    )
    screen.say(
        "and the whole week is one trading day of the gateway. There is no order book in the data: the spread is"
    )
    screen.say("assumed, 0.02 % unless shown. Orders fill at their price, with a fee of 0.1 %.")
    controls.register(EQUITY)
    controls.tighten_limits(TIGHTER)
    screen.noted("duplicate window 2 s -> 120 s", "tighter: no one-time code needed")
    controls.loosen_limits(LOOSER)
    screen.noted("VaR limit 10 % -> 50 %", "looser: 401 without a one-time code, 200 with it")
    screen.say("  (no risk report was computed for this account: the gate then takes its whole exposure as VaR)")
    day_before = SATURDAY - timedelta(days=1)
    dynamodb, state_table = controls.aws.dynamodb, controls.aws.tables.state
    correlations.put_matrix(dynamodb, state_table, correlations.compute_matrix(list(MARKETS), day_before))
    correlations.put_rows(dynamodb, state_table, correlations.compute_rows(list(MARKETS), day_before))


def _sum_up(controls: Controls, trader: Trader, screen: Screen, started: float) -> None:
    screen.chapter("The audit log")
    inspections = controls.inspect()
    for name, seen in inspections:
        expect(that=not seen.findings, what=f"audit {name} of {seen.account_id} found {seen.findings}")
        screen.noted(f"audit {name}, {seen.account_id}", f"{seen.entries} entries, no findings, head {seen.head[:16]}")
    screen.noted("a copy with one denial made an approval", controls.inspect_forgery())
    codes = {call.outcome for call in trader.calls} - {"approved"}
    expect(that=len(codes) >= CODES_MIN, what=f"only {len(codes)} different denials were seen: {sorted(codes)}")
    equity = trader.books.compute_equity(trader.quotes)
    facts = {
        "different denial codes": str(len(codes)),
        "replays": str(trader.replays),
        "audit entries verified and replayed": str(sum(seen.entries for name, seen in inspections if name == "replay")),
        "findings": "0",
        "equity": f"{EQUITY:,} -> {equity:,.2f} USDT ({(equity / EQUITY - 1) * 100:+.2f} %)",
        "the week took": f"{time.perf_counter() - started:.1f} s",
    }
    screen.show(render_summary(trader.calls, facts))


def _avoid_midnight(screen: Screen) -> None:
    now = datetime.now(UTC)
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
    if midnight - now < MIDNIGHT_MARGIN:
        wait = (midnight - now).total_seconds() + 1
        screen.say(f"waiting {wait:.0f} s: the gateway's day ends at UTC midnight")
        time.sleep(wait)
