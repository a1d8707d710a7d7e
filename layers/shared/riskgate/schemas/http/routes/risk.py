"""Routes of risk figures and scenarios."""

from riskgate.core.access.tokens import Scope
from riskgate.schemas.http.json_body import BODY_MAX_BYTES
from riskgate.schemas.http.routes.route import ACCOUNT, Route, Tag

RISK_ROUTES = (
    Route(
        "GET",
        f"{ACCOUNT}/risk",
        "getRisk",
        Scope.ACCOUNTS_READ,
        Tag.RISK,
        "Get the latest risk reports",
        description="VaR, expected shortfall, backtests, correlations and stress, as of the last hourly run.",
    ),
    Route(
        "POST",
        f"{ACCOUNT}/stress",
        "postStress",
        Scope.ACCOUNTS_READ,
        Tag.RISK,
        "Run a stress scenario",
        description="Revalues the current book. Stores nothing.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route("GET", f"{ACCOUNT}/scenarios", "getScenarios", Scope.ACCOUNTS_READ, Tag.RISK, "List the account's scenarios"),
    Route(
        "PUT",
        f"{ACCOUNT}/scenarios",
        "putScenarios",
        Scope.ADMIN,
        Tag.RISK,
        "Replace the account's scenarios",
        description="They enter the stress report and STRESS_LIMIT with the next run.",
        totp=True,
        totp_when="a stored scenario would be removed or changed",
        body_max_bytes=BODY_MAX_BYTES,
    ),
)
