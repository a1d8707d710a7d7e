"""The route table: what the gateway answers, and what a caller needs for it.

Import-light on purpose: the authorizer and the template's tests read it too.
"""

from riskgate.schemas.http.routes.accounts import ACCOUNT_ROUTES, MARKET_ROUTES
from riskgate.schemas.http.routes.control import CONTROL_ROUTES
from riskgate.schemas.http.routes.orders import ORDER_ROUTES
from riskgate.schemas.http.routes.risk import RISK_ROUTES
from riskgate.schemas.http.routes.route import Route
from riskgate.schemas.http.routes.service import SERVICE_ROUTES
from riskgate.schemas.http.routes.webhooks import WEBHOOK_ROUTES

#: Every route, in the order the documentation lists them.
ROUTES: tuple[Route, ...] = (
    ACCOUNT_ROUTES + MARKET_ROUTES + ORDER_ROUTES + WEBHOOK_ROUTES + RISK_ROUTES + CONTROL_ROUTES + SERVICE_ROUTES
)


def list_methods(path: str) -> tuple[str, ...]:
    """Return the methods that a path is declared with, none for an unknown one.

    A literal path wins over one with a parameter in its place, as in API Gateway.
    """
    segments = path.split("/")
    fitting = [route for route in ROUTES if _fits(segments, route.path.split("/"))]
    nearest = min((route.path for route in fitting), key=lambda found: found.count("{"), default="")
    return tuple(sorted(route.method for route in fitting if route.path == nearest))


def _fits(segments: list[str], template: list[str]) -> bool:
    pairs = zip(segments, template, strict=False)
    return len(segments) == len(template) and all(
        given == wanted or (given != "" and wanted.startswith("{")) for given, wanted in pairs
    )
