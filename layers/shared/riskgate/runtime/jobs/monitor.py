"""Run the monitor for one account: wiring and the bounds of the invocation."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.alerts.watch_levels import watch_levels
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.monitor.monitor_account import monitor_account
from riskgate.app.monitor.run import MONITOR_ACTOR, Monitor
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs import exchanges
from riskgate.runtime.settings import Seconds, Settings, load

#: A tick comes every minute: an older message has a newer one behind it.
AGE_SECONDS_MAX = 50


class MonitorSettings(Settings):
    """Settings of the monitor: how long an approval may wait to be sent."""

    order_age_seconds_max: Seconds


def run_monitor(account_id: str, _requested_at: datetime, context: LambdaContext) -> dict[str, Any]:
    """Bring one account up to date with its venues and return what was done."""
    deps = wiring.deps()
    monitor = Monitor(
        **exchanges.bounds_of(context),
        exchange_of=exchanges.priced_exchange_of,
        queue=wiring.queue(),
        order_age_seconds_max=load(MonitorSettings).order_age_seconds_max,
    )
    done = monitor_account(account_id, monitor)
    # Also for an account whose bot reports it: time passes for it too.
    watch_levels(Acting(deps=deps, actor=MONITOR_ACTOR, now=utc_now()), account_id)
    return done
