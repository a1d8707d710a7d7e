"""A gateway, and the monitor and reconciliation of an account at the simulated venue."""

from tests.component.monitor.conftest import watch
from tests.component.reconciliation.conftest import books
from tests.component.routing.conftest import routed, simulator, virtual_time

__all__ = ["books", "routed", "simulator", "virtual_time", "watch"]
