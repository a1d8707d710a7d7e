"""The simulated exchange, for the adapter that talks to it."""

from tests.simulators.exchange.conftest import simulator

__all__ = ["simulator"]
