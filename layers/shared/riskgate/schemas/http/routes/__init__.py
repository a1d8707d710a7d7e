"""The route table: what the gateway answers, and what a caller needs for it.

Import-light on purpose: the authorizer and the template's tests read it too.
"""

from riskgate.schemas.http.routes.accounts import ACCOUNT_ROUTES, MARKET_ROUTES
from riskgate.schemas.http.routes.control import CONTROL_ROUTES
from riskgate.schemas.http.routes.orders import ORDER_ROUTES
from riskgate.schemas.http.routes.risk import RISK_ROUTES
from riskgate.schemas.http.routes.route import Route
from riskgate.schemas.http.routes.service import SERVICE_ROUTES

#: Every route, in the order the documentation lists them.
ROUTES: tuple[Route, ...] = (
    ACCOUNT_ROUTES + MARKET_ROUTES + ORDER_ROUTES + RISK_ROUTES + CONTROL_ROUTES + SERVICE_ROUTES
)
