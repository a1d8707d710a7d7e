"""Points about who watches and what is kept: alarms, subscribers, the phone, tables, tokens, codes."""

from __future__ import annotations

from datetime import timedelta

from infra.riskctl.preflight_facts import Facts, known
from infra.riskctl.preflight_row import Judged, left, ok, unknown
from riskgate.core.access.tokens import ALL_ACCOUNTS, Scope, Token
from riskgate.core.plurals import counted
from riskgate.schemas.messages.alarm import is_silence_alarm

#: A token that ends sooner than this may end while nobody looks.
TOKEN_DAYS_LEFT = timedelta(days=14)
NAMED_MAX = 4
PATH_ALARM = "AlertPathBroken"
NO_DATA = "INSUFFICIENT_DATA"


def judge_alarms_armed(facts: Facts) -> Judged:
    """Judge whether every alarm of the template exists and tells the alert topic."""
    alarms = known(facts.alarms)
    missing = sorted(alarms.wanted - {alarm.name for alarm in alarms.found})
    if missing or not alarms.wanted:
        return left(f"missing: {_some(missing) or 'all'}", "sam deploy, with the same version as this one")
    off = sorted(alarm.name for alarm in alarms.found if alarm.name in alarms.wanted and not alarm.is_armed)
    if off:
        return left(f"tell nobody: {_some(off)}", "aws cloudwatch enable-alarm-actions --alarm-names …")
    return ok(f"{counted(len(alarms.wanted), 'alarm')} armed")


def judge_alarms_quiet(facts: Facts) -> Judged:
    """Judge whether no alarm is on."""
    alarms = known(facts.alarms)
    # A stack whose name goes on after this one's has alarms that begin alike.
    found = [alarm for alarm in alarms.found if alarm.name in alarms.wanted]
    if on := sorted(alarm.name for alarm in found if alarm.state == "ALARM"):
        return left(f"on: {_some(on)}", "its runbook")
    # What never had data goes off for nobody. The path of alerts has a point of its own: not everybody has a phone.
    silent = sorted(a.name for a in found if a.state == NO_DATA and is_silence_alarm(a.name) and a.name != PATH_ALARM)
    if silent:
        return left(f"no data: {_some(silent)}", "its runbook; after a first deployment wait for two hours")
    return ok("none is on")


def judge_alert_path(facts: Facts) -> Judged:
    """Judge whether test alerts arrive at the messenger: every five minutes one is sent, and an alarm waits for it."""
    states = {alarm.state for alarm in known(facts.alarms).found if alarm.name == PATH_ALARM}
    if states == {"OK"}:
        return ok("test alerts arrive")
    if states in ({"ALARM"}, {NO_DATA}):
        return left("no test alert arrived within 15 minutes", f"runbook {PATH_ALARM}")
    return unknown(f"the alarm {PATH_ALARM} has no state yet", "wait for a quarter of an hour")


def judge_phone(facts: Facts) -> Judged:
    """Judge whether red alerts have a chat, and somebody may stop trading from it."""
    phone = known(facts.phone)
    if not phone.has_bot or not phone.has_red_chat:
        return left("no bot, or no chat for red alerts", "Alerts and the phone: set Telegram up")
    if not phone.controllers:
        return left("nobody may command", "riskctl telegram allow … --role control")
    return ok(f"may command: {_some(sorted(phone.controllers))}")


def judge_subscribers(facts: Facts) -> Judged:
    """Judge whether somebody beside the phone hears of alerts: when the phone's way is broken there is another."""
    found = known(facts.subscriptions)
    waiting = [one.protocol for one in found if not one.is_confirmed]
    if waiting:
        return left(f"not confirmed: {', '.join(waiting)}", "confirm with the link that was sent")
    if not found:
        return left("nobody subscribes", "sam deploy with AlertEmail")
    return ok(", ".join(sorted({one.protocol for one in found})))


def judge_tables(facts: Facts) -> Judged:
    """Judge whether every table can be put back to an earlier instant, and cannot be deleted."""
    tables = known(facts.tables)
    bad = sorted(table.name for table in tables if not (table.has_recovery and table.is_protected))
    if bad or not tables:
        return left(f"no recovery, or may be deleted: {_some(bad) or 'no table'}", "sam deploy: the template has both")
    return ok(f"{counted(len(tables), 'table')} with recovery and protection")


def judge_tokens(facts: Facts) -> Judged:
    """Judge whether a bot's token or key for the account is there, and none of the account's ends soon."""
    valid = [one for one in known(facts.tokens) if _is_valid(one, facts)]
    if not any(Scope.ORDERS_WRITE in one.scopes for one in valid):
        return left("no token or key may order", "riskctl token create --role bot …, or riskctl key create …")
    ending = sorted(one.token_id for one in valid if one.expires_at - facts.now < TOKEN_DAYS_LEFT)
    if ending:
        return left(
            f"end within {TOKEN_DAYS_LEFT.days} days: {_some(ending)}",
            "make new ones, then revoke these: riskctl token, riskctl key",
        )
    both = sorted(one.token_id for one in valid if {Scope.ORDERS_WRITE, Scope.SNAPSHOTS_WRITE} <= one.scopes)
    if both and facts.stage.is_real:
        return left(f"trade and report money: {_some(both)}", "one token per role: bot, feeder, operator, reader")
    return ok(f"{len(valid)} valid, none ends soon")


def judge_seeds(facts: Facts) -> Judged:
    """Judge whether every operator who may loosen anything has a seed for one-time codes."""
    seeds = known(facts.seeds)
    admins = {one.operator for one in known(facts.tokens) if _is_valid(one, facts) and Scope.ADMIN in one.scopes}
    bare = sorted(admins - seeds)
    if bare or not seeds:
        return left(f"no seed: {_some(bare) or 'nobody has one'}", "riskctl totp enrol OPERATOR")
    return ok(f"{counted(len(seeds), 'operator')} with a seed")


def _is_valid(token: Token, facts: Facts) -> bool:
    is_for_it = bool({ALL_ACCOUNTS, facts.account_id} & token.accounts)
    return is_for_it and not token.revoked and token.expires_at > facts.now


def _some(names: list[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
