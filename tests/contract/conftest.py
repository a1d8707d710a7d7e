"""The fixtures of the component tests: a gateway on moto, and the wire behind it."""

from tests.component.conftest import aws
from tests.component.gateway.conftest import gateway, traveller, virtual_time, wire

__all__ = ["aws", "gateway", "traveller", "virtual_time", "wire"]
