"""Body of the route that closes a break."""

from riskgate.schemas.fields import Reason
from riskgate.schemas.http.requests.base import RequestModel


class BreakResolveRequest(RequestModel):
    """Why a break is closed although both sides may still disagree."""

    reason: Reason
