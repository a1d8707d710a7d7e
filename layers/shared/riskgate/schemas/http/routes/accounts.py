"""Routes of accounts and of the market facts they are judged by."""

from __future__ import annotations

from riskgate.core.access.tokens import Scope
from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES, BODY_MAX_BYTES
from riskgate.schemas.http.routes.route import ACCOUNT, Route, Tag

ACCOUNT_ROUTES = (
    Route(
        "PUT",
        ACCOUNT,
        "putAccount",
        Scope.ADMIN,
        Tag.ACCOUNTS,
        "Register an account",
        description="The same registration again answers 200; another one under a known id is a conflict.",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route(
        "GET",
        ACCOUNT,
        "getAccount",
        Scope.ACCOUNTS_READ,
        Tag.ACCOUNTS,
        "Get an account's trading state",
        description="Equity, positions, open orders, and every limit with its value, utilization and alert level.",
    ),
    Route("GET", f"{ACCOUNT}/limits", "getLimits", Scope.ACCOUNTS_READ, Tag.ACCOUNTS, "Get the limits in force"),
    Route(
        "PUT",
        f"{ACCOUNT}/limits",
        "putLimits",
        Scope.ADMIN,
        Tag.ACCOUNTS,
        "Change limits",
        description="Limits left out stay as they are; null switches a check off. The next decision obeys.",
        totp=True,
        totp_when="the change loosens a limit or cannot be shown to tighten it",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{ACCOUNT}/snapshots",
        "postSnapshot",
        Scope.ORDERS_WRITE,
        Tag.ACCOUNTS,
        "Report equity, balances and positions",
        description="For accounts the gateway holds no exchange keys of. Breakers are run on the new equity.",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{ACCOUNT}/hedges",
        "postHedge",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Plan or place a hedge",
        description=(
            "Plans by default; with `execute` each order of the plan is decided like any other, the safer first. The "
            "same hedge_id gives the same plan and never places an order twice: repeat the request until nothing is "
            "pending. A plan can be begun for a minute; one that was begun can always be finished."
        ),
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{ACCOUNT}/transfers",
        "postTransfer",
        Scope.ADMIN,
        Tag.ACCOUNTS,
        "Report a deposit or withdrawal",
        description="Moves equity and the loss and drawdown baselines, so that neither is a gain or a loss.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "GET",
        f"{ACCOUNT}/audit",
        "listAudit",
        Scope.ACCOUNTS_READ,
        Tag.ACCOUNTS,
        "List audit entries",
        description="In order of sequence number; each entry carries the hash of the one before.",
    ),
)

MARKET_ROUTES = (
    Route(
        "PUT",
        "/market/instruments",
        "putInstruments",
        Scope.MARKET_WRITE,
        Tag.MARKET,
        "Store trading rules",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route(
        "PUT",
        "/market/quotes",
        "putQuotes",
        Scope.MARKET_WRITE,
        Tag.MARKET,
        "Store quotes",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
)
