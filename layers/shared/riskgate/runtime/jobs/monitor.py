"""Run the monitor for one account: wiring and the bounds of the invocation."""

from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aws_lambda_powertools.utilities.typing import LambdaContext
from msgspec import Meta

from riskgate.adapters.aws.lazy import on_forget
from riskgate.app.alerts.tell_summary import tell_summary
from riskgate.app.alerts.watch_levels import watch_levels
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.monitor.monitor_account import monitor_account
from riskgate.app.monitor.run import MONITOR_ACTOR, Monitor
from riskgate.observability import logger
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs import exchanges
from riskgate.runtime.settings import Name, Seconds, Settings, load

#: A tick comes every minute: an older message has a newer one behind it.
AGE_SECONDS_MAX = 50


TIME_ZONE_UNKNOWN = "summary_time_zone_unknown"

#: Whose summary of which day is told, as far as this instance knows.
_TOLD: set[tuple[str, date]] = set()
on_forget(_TOLD.clear)

#: The hour that means no summary.
OFF = "off"


class MonitorSettings(Settings, frozen=True):
    """Settings of the monitor: how long an approval may wait to be sent, and when people are told the day's summary."""

    order_age_seconds_max: Seconds
    summary_hour: Annotated[str, Meta(pattern=r"^(off|[01]?[0-9]|2[0-3])$")]
    summary_time_zone: Name


def run_monitor(account_id: str, _requested_at: datetime, context: LambdaContext) -> dict[str, Any]:
    """Bring one account up to date with its venues and return what was done."""
    monitor = Monitor(
        **exchanges.account_bounds_of(context),
        exchange_of=exchanges.priced_exchange_of,
        queue=wiring.queue(),
        order_age_seconds_max=load(MonitorSettings).order_age_seconds_max,
    )
    done = monitor_account(account_id, monitor)
    # Also for an account whose bot reports it: time passes for it too.
    deps = replace(wiring.deps(), store=monitor.deps.store, trace_id=monitor.deps.trace_id)
    acting = Acting(deps=deps, actor=MONITOR_ACTOR, now=utc_now())
    watch_levels(acting, account_id)
    _summarise(acting, account_id)
    return done


def _summarise(acting: Acting, account_id: str) -> None:
    settings = load(MonitorSettings)
    if settings.summary_hour == OFF:
        return
    zone = _time_zone(settings.summary_time_zone)
    told = (account_id, acting.now.astimezone(zone).date())
    # What is remembered here is not read again each minute of the day.
    if told not in _TOLD and tell_summary(acting, account_id, hour=int(settings.summary_hour), time_zone=zone):
        _TOLD.add(told)


def _time_zone(name: str) -> tzinfo:
    """Return a time zone; one that nobody knows is UTC: a summary at another hour is better than none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        logger.error(TIME_ZONE_UNKNOWN, time_zone=name)
        return UTC
