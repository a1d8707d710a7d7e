"""The fixtures of the component tests: a gateway on moto, the wire behind it, and a venue it sends orders to."""

from tests.component.conftest import aws
from tests.component.gateway.conftest import gateway, traveller, wire
from tests.component.gateway.routing.conftest import desk, simulator, virtual_time
from tests.component.gateway.telegram.conftest import phone

__all__ = ["aws", "desk", "gateway", "phone", "simulator", "traveller", "virtual_time", "wire"]
