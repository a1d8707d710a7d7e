"""A gateway, the monitor and reconciliation of an account at the simulated venue, and the risk jobs."""

from tests.component.monitor.conftest import watch
from tests.component.reconciliation.conftest import books
from tests.component.risk.conftest import jobs
from tests.component.routing.conftest import routed, simulator, virtual_time

__all__ = ["books", "jobs", "routed", "simulator", "virtual_time", "watch"]
