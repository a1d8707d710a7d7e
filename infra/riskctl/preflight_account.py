"""Points about the account itself: its state, limits, strategies, prices, log and books."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal

from infra.riskctl.output import show_money
from infra.riskctl.preflight_facts import Facts, known
from infra.riskctl.preflight_row import Judged, left, ok, tell_age, unknown
from riskgate.core.limits import Limits, StopRule, list_loosened, tightest
from riskgate.core.plurals import counted

#: A kill switch that was tried longer ago than this is to be tried again; so is the way of an alert to a person.
TRIED_WITHIN = timedelta(days=30)
#: Reconciliation runs every 5 minutes: two runs may be missed.
RECONCILED_WITHIN = timedelta(minutes=15)
#: A head is sealed about a minute after a change.
SEALED_WITHIN = timedelta(minutes=10)
#: How long, and with how many fills, an account trades small before it trades large.
SMALL_FOR, SMALL_FILLS = timedelta(days=14), 20
#: Limits of losses: without each of them a bad day has no end.
LOSS_LIMITS = ("daily_loss_fraction_max", "weekly_drawdown_fraction_max", "drawdown_fraction_max")
NAMED_MAX = 6


def judge_account(facts: Facts) -> Judged:
    """Judge whether nothing stops the account."""
    body = known(facts.account)
    stops = [f"{row['name']} tripped" for row in body["breakers"]] + [f"{row['code']} locks" for row in body["locks"]]
    if stops:
        return left(", ".join(stops), "find out why, then riskctl breaker reset NAME, or riskctl locks clear")
    if body["trading_state"] != "ACTIVE":
        return left(f"the account is {body['trading_state']}", "the last step of all: riskctl kill off")
    return ok("ACTIVE, nothing tripped")


def judge_kill_switches(facts: Facts) -> Judged:
    """Judge whether every kill switch is one that an order is held against, and none over the account is engaged."""
    body = known(facts.kill_switches)
    if body["not_understood"]:
        return left(
            f"items that stop nothing: {', '.join(body['not_understood'])}", "delete these items of the control table"
        )
    rows = [row for row in body["kill_switches"] if row["engaged"] and _covers(row, facts.account_id)]
    if rows:
        names = ", ".join(f"{row['scope']} {row['key'] or ''}".strip() for row in rows)
        return left(f"engaged: {names}", "the last step of all: riskctl kill off")
    return ok("all readable, none engaged over the account")


def _covers(row: dict[str, str | None], account_id: str) -> bool:
    """Tell whether a switch may hold back something of the account: those of venues and the like always may."""
    return row["scope"] != "account" or row["key"] == account_id


def judge_switch_tried(facts: Facts) -> Judged:
    """Judge whether a kill switch over the account was tried not long ago: the account noted both changes."""
    history = known(facts.history)
    todo = "riskctl kill on --reason drill, see an order denied with KILL_SWITCH_ENGAGED, then riskctl kill off"
    if history.engaged_at is None or history.released_at is None:
        return left("never engaged and released", todo)
    if facts.now - history.engaged_at > TRIED_WITHIN:
        return left(f"tried {tell_age(history.engaged_at, facts.now)}", todo)
    return ok(f"engaged {tell_age(history.engaged_at, facts.now)}, and released")


def judge_loss_limits(facts: Facts) -> Judged:
    """Judge whether losses end, and no check that ships switched on is off."""
    limits, shipped = known(facts.limits), Limits()
    missing = [name for name in LOSS_LIMITS if getattr(limits, name) is None]
    if missing:
        return left(f"no limit of losses: {', '.join(missing)}", f"riskctl limits set {missing[0]}=0.03")
    off = [
        item.name
        for item in fields(Limits)
        if _is_off(getattr(limits, item.name)) and not _is_off(getattr(shipped, item.name))
    ]
    if off:
        return left(f"switched off: {_some(off)}", "riskctl limits show, then riskctl limits set")
    return ok(f"a day ends at a loss of {limits.daily_loss_fraction_max} of equity")


def _is_off(value: object) -> bool:
    return value is None or value is False


def judge_loosened(facts: Facts) -> Judged:
    """Judge whether no limit is looser than shipped."""
    loose = list(list_loosened(Limits(), known(facts.limits)))
    if loose:
        return left(f"looser than shipped: {_some(loose)}", "tighten them, or accept this point with your reason noted")
    return ok("none is looser than shipped")


def judge_fit(facts: Facts) -> Judged:
    """Judge whether equity is there, and the largest order that limits allow is one that the venues take."""
    limits, body = known(facts.limits), known(facts.account)
    equity, currency = Decimal(body["equity"]), body["base_currency"]
    if equity <= 0:
        return left(f"equity is {equity} {currency}", "fund the account; without keys a feeder posts a snapshot")
    fraction = limits.order_notional_fraction_max
    largest = tightest(None if fraction is None else fraction * equity, limits.order_notional_max)
    if largest is None:
        return left("an order may be of any size", "riskctl limits set order_notional_fraction_max=0.1")
    for name, market in known(facts.markets).items():
        if market.notional_min is not None and market.notional_min > largest:
            least = f"{name} takes none below {market.notional_min:f}"
            detail = f"the largest order is {show_money(str(largest), currency)}, {least}"
            return left(detail, "fund the account, or leave the market out of symbols_allowed")
    return ok(f"equity {show_money(str(equity), currency)}, an order is at most {show_money(str(largest))}")


def judge_small(facts: Facts) -> Judged:
    """Judge whether an order has a bound in money, not only in fractions of an equity that may be read wrong."""
    bound = known(facts.limits).order_notional_max
    if bound is None:
        return left("orders have no bound in money", "riskctl limits set order_notional_max=50")
    return ok(f"an order is at most {bound:f} in money")


def judge_symbols(facts: Facts) -> Judged:
    """Judge whether the markets that may be traded are listed."""
    allowed = known(facts.limits).symbols_allowed
    if not allowed:
        return left("every market may be traded", """riskctl limits set 'symbols_allowed=["BTC/USDT"]'""")
    return ok(_some(list(allowed)))


def judge_stops(facts: Facts) -> Judged:
    """Judge whether no entry passes without a stop."""
    required = known(facts.limits).stop_loss_required
    if not required:
        return left("entries pass without a stop", "riskctl limits set stop_loss_required=at_venue, or =true")
    held = "rests at the venue" if isinstance(required, StopRule) else "is required, its strategy may hold it"
    return ok(f"the stop {held}")


def judge_strategies(facts: Facts) -> Judged:
    """Judge whether strategies are registered, and no other trades."""
    limits = known(facts.limits)
    if not limits.strategies or not limits.strategies_known_only:
        todo = """riskctl limits set 'strategies={"trend": {"heartbeat_seconds": 120}}'"""
        return left("any name of a strategy passes", todo)
    return ok(_some(sorted(limits.strategies)))


def judge_heartbeats(facts: Facts) -> Judged:
    """Judge whether each registered strategy has to give signs of life, and gives them."""
    rules = known(facts.limits).strategies or {}
    beats = {row["strategy"]: row for row in known(facts.account)["heartbeats"]}
    if not rules:
        return unknown("no strategy is registered", "register them first")
    free = sorted(name for name, rule in rules.items() if rule.heartbeat_seconds is None and name not in beats)
    if free:
        return left(
            f"promised by none of {_some(free)}", "set heartbeat_seconds of the strategy, and let the bot send them"
        )
    silent = sorted(name for name in rules if name not in beats or beats[name]["overdue"])
    if silent:
        return left(f"silent: {_some(silent)}", "start the bot: it sends PUT …/heartbeats/{strategy}")
    return ok(f"in time: {_some(sorted(rules))}")


def judge_equity(facts: Facts) -> Judged:
    """Judge whether the account's equity is as new as decisions want it."""
    at, limit = datetime.fromisoformat(known(facts.account)["equity_at"]), known(facts.limits).state_max_age_seconds
    unhealthy = [
        f"{row['venue']}: {row['health_detail']}"
        for row in known(facts.account)["venues"]
        if row["health"] == "unhealthy"
    ]
    if unhealthy:
        return left(", ".join(unhealthy), "runbook VenueDown")
    if limit is None or facts.now - at > timedelta(seconds=limit):
        return left(f"read {tell_age(at, facts.now)}", "runbook EquityStale; without keys a feeder posts snapshots")
    return ok(f"read {tell_age(at, facts.now)}")


def judge_prices(facts: Facts) -> Judged:
    """Judge whether every market that is allowed or held has a price that a decision would take."""
    markets, limit = known(facts.markets), known(facts.limits).quote_max_age_seconds
    if not markets:
        return left(
            "no market is allowed by name or held", "list markets in symbols_allowed, or look at the prices yourself"
        )
    if limit is None:
        return left("quotes of any age are taken", "riskctl limits set quote_max_age_seconds=30")
    limit_age = timedelta(seconds=limit)
    old = sorted(
        name for name, market in markets.items() if market.quoted_at is None or facts.now - market.quoted_at > limit_age
    )
    if old:
        return left(
            f"none, or too old: {_some(old)}", "runbook VenueMarketDataFailed; without keys a feeder puts quotes"
        )
    return ok(f"{counted(len(markets), 'market')} within {limit} s")


def judge_log(facts: Facts) -> Judged:
    """Judge whether the log is whole, and leads to its seal where there is one."""
    chains = known(facts.chains)
    found = [f"{chain.name} {finding.sequence}: {finding.problem}" for chain in chains for finding in chain.findings]
    if found:
        return left(_some(found), "runbook AuditFindings")
    return ok(f"{sum(chain.entries for chain in chains)} entries, no findings")


def judge_seal(facts: Facts) -> Judged:
    """Judge whether the head of each chain is sealed, but for what was written just now."""
    for chain in known(facts.chains):
        if chain.sealed is None:
            return unknown(f"{chain.name}: no seal could be read", "name the stack with --stack-name")
        since = chain.unsealed_since
        if since is not None and facts.now - since > SEALED_WITHIN:
            return left(
                f"{chain.name}: sealed up to {chain.sealed}, more {tell_age(since, facts.now)}",
                "runbook JobNotSucceeding",
            )
    return ok("every chain is sealed up to its head")


def judge_reconciliation(facts: Facts) -> Judged:
    """Judge whether the last run is recent and complete, and nothing disagrees."""
    body = known(facts.reconciliation)
    run = body["last_run"]
    if run is None:
        return left("never reconciled", "riskctl recon run")
    at = datetime.fromisoformat(run["at"])
    if facts.now - at > RECONCILED_WITHIN:
        return left(f"the last run was {tell_age(at, facts.now)}", "runbook JobNotSucceeding")
    if not run["complete"]:
        return left("a venue was not read", "runbook ReconciliationIncomplete")
    if body["open"]:
        return left(f"{counted(len(body['open']), 'open break')}", "riskctl recon show")
    return ok(f"clean {tell_age(at, facts.now)}, {run['matched']} of {run['compared']} agree")


def judge_risk(facts: Facts) -> Judged:
    """Judge whether the figures that VAR_LIMIT and STRESS_LIMIT go by are there: else both count all as lost."""
    body = known(facts.risk)
    old = [kind for kind in ("var", "stress") if not body[f"{kind}_is_current"]]
    if old:
        return left(f"no report, or one too old: {', '.join(old)}", "riskctl risk run, then runbook JobNotSucceeding")
    return ok("both reports are current")


def judge_practice(facts: Facts) -> Judged:
    """Judge whether the account has traded small for long enough, with enough fills."""
    history = known(facts.history)
    if history.first_fill_at is None:
        return left("nothing was ever filled", f"trade small for {SMALL_FOR.days} days")
    if facts.now - history.first_fill_at < SMALL_FOR or history.fills < SMALL_FILLS:
        detail = f"{counted(history.fills, 'fill')}, the first {tell_age(history.first_fill_at, facts.now)}"
        return left(detail, f"stay small for {SMALL_FOR.days} days and {SMALL_FILLS} fills")
    return ok(f"{history.fills} fills, the first {tell_age(history.first_fill_at, facts.now)}")


def judge_acknowledged(facts: Facts) -> Judged:
    """Judge whether a person acknowledged an alert of the account not long ago: somebody reads them."""
    at = known(facts.history).acknowledged_at
    todo = "let a limit turn red (tighten one to what is used), then /ack on the phone"
    if at is None:
        return left("nobody ever acknowledged an alert", todo)
    if facts.now - at > TRIED_WITHIN:
        return left(f"the last was acknowledged {tell_age(at, facts.now)}", todo)
    return ok(f"acknowledged {tell_age(at, facts.now)}")


def _some(names: list[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
