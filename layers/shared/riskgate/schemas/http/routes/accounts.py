"""Routes of accounts and of the market facts they are judged by."""

from riskgate.core.access.tokens import Scope
from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES, BODY_MAX_BYTES
from riskgate.schemas.http.routes.route import ACCOUNT, Route, Tag

ACCOUNT_ROUTES = (
    Route(
        "GET",
        "/accounts",
        "listAccounts",
        Scope.ACCOUNTS_READ,
        Tag.ACCOUNTS,
        "List accounts at a glance",
        description="The accounts that the token may see, a page at a time, by id.",
    ),
    Route(
        "PUT",
        ACCOUNT,
        "putAccount",
        Scope.ADMIN,
        Tag.ACCOUNTS,
        "Register an account",
        description="The same registration again answers 200. Another base currency under a known id is a conflict. "
        "A venue with a key whose exchange class is not proven to trade is refused: 422 VENUE_CAPABILITY_MISSING.",
        totp=True,
        totp_when="a known account gets other sectors, loses a venue or a key, or gets a venue without a key",
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
    Route(
        "GET",
        f"{ACCOUNT}/performance",
        "getPerformance",
        Scope.ACCOUNTS_READ,
        Tag.ACCOUNTS,
        "Get profit and loss day by day",
        description=(
            "The running periods, a row per day, and what each strategy earned in each market. Past days come from the "
            "daily statements and the first risk report of each day: what neither tells is null."
        ),
    ),
    Route("GET", f"{ACCOUNT}/limits", "getLimits", Scope.ACCOUNTS_READ, Tag.ACCOUNTS, "Get the limits in force"),
    Route(
        "PUT",
        f"{ACCOUNT}/limits",
        "putLimits",
        Scope.ADMIN,
        Tag.ACCOUNTS,
        "Change limits",
        description="Limits left out stay as they are. null switches a check off. Holds from the next decision on.",
        totp=True,
        totp_when="the change loosens a limit or cannot be shown to tighten it",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{ACCOUNT}/snapshots",
        "postSnapshot",
        Scope.SNAPSHOTS_WRITE,
        Tag.ACCOUNTS,
        "Report equity, balances and positions",
        description=(
            "For accounts without exchange keys. Breakers run on the new equity. From a token that also has "
            "orders:write a gain beyond what fills, prices and transfers explain counts only with a one-time code."
        ),
        totp=True,
        totp_when="a token with orders:write shall be believed an unexplained gain",
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
            "Plans by default. With `execute` the gate decides each order of the plan, the safest first. The "
            "same hedge_id gives the same plan and never places an order twice, so repeat the request until nothing is "
            "pending. A plan expires after a minute. A hedge that has begun can always be finished."
        ),
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{ACCOUNT}/transfers",
        "postTransfer",
        Scope.TRANSFERS_WRITE,
        Tag.ACCOUNTS,
        "Report a deposit or withdrawal",
        description="Moves equity and the baselines of loss and drawdown: a transfer is neither gain nor loss.",
        totp=True,
        totp_when="it is a withdrawal, which could hide a loss, or the token also has orders:write",
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "GET",
        f"{ACCOUNT}/audit",
        "listAudit",
        Scope.ACCOUNTS_READ,
        Tag.ACCOUNTS,
        "List audit entries",
        description="In order of sequence number. Each entry carries the hash of the one before.",
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
    Route(
        "PUT",
        "/market/close-jumps",
        "putCloseJump",
        Scope.ADMIN,
        Tag.MARKET,
        "Confirm what a jump of daily closes is",
        description=(
            "A series that moves by a factor of five or more and stays there is unknown, and so are the asset's risk "
            "figures, until somebody says whether its price moved or its unit changed."
        ),
        totp=True,
        body_max_bytes=BODY_MAX_BYTES,
    ),
)
