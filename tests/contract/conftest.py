"""The fixtures of the component tests: a gateway, the wire behind it, and a venue it sends orders to."""

from tests.component.operators.conftest import phone
from tests.component.routing.conftest import routed, simulator, virtual_time
from tests.support.aws import aws
from tests.support.fixtures import gateway, traveller, wire
from tests.support.views import views

__all__ = ["aws", "gateway", "phone", "routed", "simulator", "traveller", "views", "virtual_time", "wire"]
