"""Points about venues: what their keys may do, whose money they reach, what clocks show."""

from __future__ import annotations

from datetime import timedelta

from infra.riskctl.preflight_facts import Facts, known
from infra.riskctl.preflight_row import Judged, left, ok, unknown
from riskgate.app.venues.inspect_venue import Outcome

#: Bots date quotes and snapshots by their own clocks.
SKEW_MAX = timedelta(seconds=2)
#: Many venues do not tell how they are: that they list their markets is enough.
SILENT = frozenset({"status"})
AT_THE_EXCHANGE = "look at the exchange itself, then accept the point"


def judge_money(facts: Facts) -> Judged:
    """Judge whether keys reach real money where the stage is of real money, and nowhere else."""
    keyed = [look for look in known(facts.venues) if look.has_key]
    if facts.stage.is_real:
        tests = [look.venue for look in keyed if look.is_test]
        if tests:
            return left(f"a key of a test endpoint: {', '.join(tests)}", "store the real key: riskctl venue rotate")
        if not keyed:
            return left("no venue has a key", "store a key and name it at registration (Exchanges, Keys)")
        return ok(f"real keys: {', '.join(look.venue for look in keyed)}")
    real = [look.venue for look in keyed if not look.is_test]
    if real:
        return left(
            f"these keys trade real money: {', '.join(real)}", "set sandbox in their secrets, or take another account"
        )
    return ok("no key reaches real money")


def judge_rights(facts: Facts) -> Judged:
    """Judge whether each key trades, and can neither withdraw nor move money."""
    return _judge(facts, ("key", "can_trade", "can_withdraw", "can_transfer"), "trade only", keyed=True)


def judge_binding(facts: Facts) -> Judged:
    """Judge whether each key is bound to addresses."""
    return _judge(facts, ("ip_restricted",), "bound to addresses", keyed=True)


def judge_setup(facts: Facts) -> Judged:
    """Judge whether each venue answers, holds one position per market, and gives the prices it trades at."""
    also = ("status", "position_mode")
    return _judge(facts, ("markets", "market_data"), "all answer as they should", also=also)


def judge_venue_clocks(facts: Facts) -> Judged:
    """Judge whether each venue's clock agrees with ours."""
    return _judge(facts, ("clock",), "agree with ours")


def judge_clock(facts: Facts) -> Judged:
    """Judge whether the gateway's clock agrees with this machine's."""
    clock = known(facts.clock)
    ahead = max(abs(clock.ahead) - clock.within, timedelta())
    seconds = f"{abs(clock.ahead).total_seconds():.1f} s (± {clock.within.total_seconds():.1f})"
    if ahead > SKEW_MAX:
        return left(f"the API's is {seconds} off ours", "set this machine's clock (NTP)")
    return ok(f"the API's is {seconds} off ours")


def _judge(
    facts: Facts, need: tuple[str, ...], good: str, *, also: tuple[str, ...] = (), keyed: bool = False
) -> Judged:
    """Judge the findings of these names: what failed first, then what nobody could tell.

    Each of `need` must have been looked at: silence is no yes. With `keyed` at the venues that have a key alone.
    """
    looks = [look for look in known(facts.venues) if look.has_key or not keyed]
    if not looks:
        return unknown("no venue has a key", "store a key first")
    bad, doubtful = [], []
    for look in looks:
        findings = [finding for finding in look.findings if finding.name in {"secret", *need, *also}]
        for finding in findings:
            told = f"{look.venue} {finding.name}: {finding.detail}"
            if finding.outcome in {Outcome.FAILED, Outcome.WARNING}:
                bad.append(told)
            elif finding.outcome is Outcome.UNCHECKED and finding.name not in SILENT:
                doubtful.append(told)
        missing = [name for name in need if name not in {finding.name for finding in findings}]
        doubtful += [f"{look.venue} {name}: not looked at" for name in missing]
    if bad:
        return left("; ".join(bad), "riskctl venue doctor tells it in full: mend it at the exchange or in the secret")
    if doubtful:
        return unknown("; ".join(doubtful), AT_THE_EXCHANGE)
    return ok(good)
