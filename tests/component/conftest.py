"""The fixtures of every component test: AWS in this process, and a gateway with one registered account."""

from tests.support.aws import aws, lambda_context, log_output
from tests.support.fixtures import gateway, phone, traveller, virtual_time, wire
from tests.support.views import views

__all__ = ["aws", "gateway", "lambda_context", "log_output", "phone", "traveller", "views", "virtual_time", "wire"]
