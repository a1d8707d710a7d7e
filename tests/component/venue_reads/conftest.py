"""Reads of bots through the venue reader's handler: a real gateway with its worker, and the simulated exchange."""

from tests.component.routing.conftest import routed, simulator, virtual_time

__all__ = ["routed", "simulator", "virtual_time"]
