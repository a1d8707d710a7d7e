"""Which rows of which table each function reads and writes: its rights on DynamoDB, and no others (ADR 0029).

A row is meant by its partition key, IAM's ``dynamodb:LeadingKeys``; ``*`` stands for any text. What one partition holds
cannot be told apart: who may write an account's reports may write its document.
"""

from dataclasses import dataclass
from typing import Any

STATE, CONTROL, AUDIT, NOTIFICATIONS = "StateTable", "ControlTable", "AuditTable", "NotificationTable"

# Rows of the state table: an account's document, orders and reports; the list of accounts; quotes, instruments and
# correlations; daily closes, and what people confirmed of them; how far a kill switch has come; commands from phones.
ACCOUNT, ACCOUNTS, MARKET, CLOSES, JUMPS = "ACCOUNT#*", "ACCOUNTS", "MARKET", "CLOSES", "CLOSE_JUMPS"
PROGRESS, TELEGRAM = "KILL_SWITCH_PROGRESS#*", "TELEGRAM"
#: What is left of venues' limits.
BUDGET = "VENUE_BUDGET#*"
#: What accounts want of venues.
WANTED = "WANTED*"
# Rows of the control table: tokens, uses of one-time codes, limits in force and before, kill switches and what guards
# approvals from them, whose each secret is, the venues that accounts name keys for, and webhooks.
TOKEN, OPERATOR, LIMITS, PAST_LIMITS, SWITCH = "TOKEN", "OPERATOR", "LIMITS", "LIMITS_HISTORY#*", "KILL_SWITCH"
GUARD = "KILL_SWITCH_GUARD#*"
SECRET = "SECRET"  # noqa: S105 a key
KEYED_VENUE = "KEYED_VENUE"
#: Keys of the front door: what each may do.
EXCHANGE_KEY = "EXCHANGE_KEY"
WEBHOOK = "WEBHOOK"
#: The chain of what concerns no account, in the state table and in the log: tokens, kill switches, phones.
GATEWAY, GATEWAY_CHAIN = "ACCOUNT#gateway", "gateway"
#: What one read for a decision names.
BOOKS = (ACCOUNT, MARKET, LIMITS, SWITCH, GUARD)


@dataclass(frozen=True)
class Right:
    """Actions on the rows of some tables; no `rows`: on all but `but`."""

    name: str
    tables: tuple[str, ...]
    actions: tuple[str, ...]
    rows: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


def batch_read(*rows: str) -> Right:
    """Read by key from both tables at once: AWS does not say whether each is asked for its own rows alone."""
    return Right("ReadByKey", (STATE, CONTROL), ("BatchGetItem",), rows)


def get(*rows: str) -> Right:
    """Read by key from the state table."""
    return Right("ReadState", (STATE,), ("GetItem",), rows)


def query(*rows: str) -> Right:
    """Read whole partitions of the state table."""
    return Right("ListState", (STATE,), ("Query",), rows)


def write(*rows: str, but: tuple[str, ...] = ()) -> Right:
    """Write rows of the state table; an order that expires is changed without being read."""
    return Right("WriteState", (STATE,), ("PutItem", "UpdateItem"), rows, but)


#: An approval's transaction makes sure that no kill switch was engaged since it was read.
CHECK_SWITCHES = Right("CheckKillSwitches", (CONTROL,), ("ConditionCheckItem",), (SWITCH, GUARD))
ENGAGE_SWITCH = Right("SetKillSwitches", (CONTROL,), ("PutItem",), (SWITCH, GUARD))
#: Of all flags the guards are made.
LIST_SWITCHES = Right("ListKillSwitches", (CONTROL,), ("Query",), (SWITCH,))
USE_CODES = Right("UseOneTimeCodes", (CONTROL,), ("GetItem", "UpdateItem"), (OPERATOR,))
APPEND = Right("AppendAudit", (AUDIT,), ("PutItem",))
APPEND_TO_ACCOUNTS = Right("AppendAudit", (AUDIT,), ("PutItem",), but=(GATEWAY_CHAIN,))
READ_AUDIT = Right("ReadAudit", (AUDIT,), ("Query",))
#: Whoever asks venues shares their limits with all others who do; an account's read brings the budget along.
SHARE_BUDGETS = Right("ShareVenueBudgets", (STATE,), ("GetItem", "UpdateItem"), (BUDGET,))
#: What market data are collected for, joined over all accounts.
NOTE_WANTS = Right("NoteWhatIsWanted", (STATE,), ("BatchWriteItem",), (WANTED,))
#: Of the reports' rows no others are their own: see this module's first lines.
KEEP_REPORTS = Right("KeepReports", (STATE,), ("PutItem",), (ACCOUNT, MARKET), (GATEWAY,))

RIGHTS: dict[str, tuple[Right, ...]] = {
    "Authorizer": (Right("ReadToken", (CONTROL,), ("GetItem",), (TOKEN,)),),
    # An order for an account that nobody knows goes into the gateway's own chain.
    "OrderApi": (batch_read(*BOOKS), get(ACCOUNT), query(ACCOUNT), write(ACCOUNT), CHECK_SWITCHES, APPEND),
    "AdminApi": (
        batch_read(*BOOKS, PROGRESS, CLOSES, JUMPS),
        get(ACCOUNT),
        # Whose a secret is, from before secrets were bound, is told by looking through the accounts.
        query(ACCOUNTS, PROGRESS),
        write(ACCOUNT, ACCOUNTS, MARKET, JUMPS),
        NOTE_WANTS,
        Right("BindSecrets", (CONTROL,), ("GetItem", "PutItem"), (SECRET,)),
        Right("NoteKeyedVenues", (CONTROL,), ("GetItem", "PutItem"), (KEYED_VENUE,)),
        LIST_SWITCHES,
        Right("SetLimitsAndKillSwitches", (CONTROL,), ("PutItem",), (LIMITS, PAST_LIMITS, SWITCH, GUARD)),
        # An exit of an account that is behind its log, after a restore.
        Right("ReadPastLimits", (CONTROL,), ("GetItem",), (PAST_LIMITS,)),
        Right("KeepWebhooks", (CONTROL,), ("GetItem", "PutItem", "Query"), (WEBHOOK,)),
        USE_CODES,
        CHECK_SWITCHES,
        APPEND,
        READ_AUDIT,
    ),
    "Webhooks": (
        batch_read(*BOOKS),
        get(ACCOUNT),
        write(ACCOUNT),
        Right("ReadWebhooks", (CONTROL,), ("GetItem",), (WEBHOOK,)),
        CHECK_SWITCHES,
        APPEND,
    ),
    "OrderWorker": (
        batch_read(*BOOKS, BUDGET),
        get(ACCOUNT),
        write(ACCOUNT, PROGRESS, but=(GATEWAY,)),
        Right("ReadSecretOwners", (CONTROL,), ("GetItem",), (SECRET,)),
        CHECK_SWITCHES,
        APPEND_TO_ACCOUNTS,
        SHARE_BUDGETS,
    ),
    # What `order_api` may, and read its callers' keys; a call that is never made goes into the gateway's own chain.
    "VenueApi": (
        Right("ReadExchangeKey", (CONTROL,), ("GetItem",), (EXCHANGE_KEY,)),
        batch_read(*BOOKS),
        get(ACCOUNT),
        write(ACCOUNT),
        CHECK_SWITCHES,
        APPEND,
    ),
    # Whose an order at a venue is, and what the account has beside it.
    "VenueReader": (
        batch_read(ACCOUNT, LIMITS, SWITCH, BUDGET),
        Right("ReadSecretOwners", (CONTROL,), ("GetItem",), (SECRET,)),
        SHARE_BUDGETS,
    ),
    "ViewApi": (
        batch_read(*BOOKS),
        query(ACCOUNT, ACCOUNTS),
        Right("ReadWhatIsToBeShown", (NOTIFICATIONS,), ("Query",), ("CHAT#*", "CHATS")),
    ),
    "RiskApi": (batch_read(*BOOKS, CLOSES, JUMPS),),
    "MarketData": (
        # What is wanted is known without reading an account.
        batch_read(MARKET, CLOSES, JUMPS, BUDGET),
        query(WANTED, MARKET),
        Right("KeepMarketData", (STATE,), ("PutItem",), (MARKET, CLOSES)),
        SHARE_BUDGETS,
    ),
    "Monitor": (
        batch_read(*BOOKS, BUDGET),
        get(ACCOUNT),
        query(ACCOUNTS),
        write(ACCOUNT, but=(GATEWAY,)),
        NOTE_WANTS,
        SHARE_BUDGETS,
        APPEND_TO_ACCOUNTS,
    ),
    "Var": (batch_read(*BOOKS, CLOSES, JUMPS), query(ACCOUNT, ACCOUNTS, CLOSES), KEEP_REPORTS),
    "Stress": (batch_read(*BOOKS, CLOSES, JUMPS), query(ACCOUNTS), KEEP_REPORTS),
    # A rogue order engages the account's kill switch where its limits ask for that, which is the gateway's to log.
    "Reconcile": (
        batch_read(*BOOKS, BUDGET),
        get(ACCOUNT),
        query(ACCOUNT, ACCOUNTS),
        write(ACCOUNT),
        LIST_SWITCHES,
        ENGAGE_SWITCH,
        APPEND,
        READ_AUDIT,
        SHARE_BUDGETS,
    ),
    "Hedge": (batch_read(*BOOKS), query(ACCOUNTS), write(ACCOUNT, but=(GATEWAY,)), CHECK_SWITCHES, APPEND_TO_ACCOUNTS),
    # It tells the order worker what to do to accounts, and writes down in the gateway's chain that it did.
    "ControlStream": (
        batch_read(*BOOKS),
        get(GATEWAY),
        query(ACCOUNTS),
        write(GATEWAY, PROGRESS),
        LIST_SWITCHES,
        Right("KeepGuards", (CONTROL,), ("PutItem",), (GUARD,)),
        Right("AppendAudit", (AUDIT,), ("PutItem",), (GATEWAY_CHAIN,)),
    ),
    "AuditSeal": (get(ACCOUNT), query(ACCOUNTS), READ_AUDIT),
    # Of an entry it sets when it goes, of an order that ended what is left of it.
    "AuditArchive": (
        batch_read(ACCOUNT, LIMITS, SWITCH),
        query(ACCOUNTS),
        READ_AUDIT,
        Right("EndEntries", (AUDIT,), ("UpdateItem",)),
        Right("LeaveTombstones", (STATE,), ("UpdateItem",), (ACCOUNT,), (GATEWAY,)),
    ),
    "TelegramNotifier": (
        Right(
            "KeepWhatIsToBeShown",
            (NOTIFICATIONS,),
            ("Query", "PutItem", "UpdateItem", "DeleteItem"),
            ("CHAT#*", "CHATS", "ALERT#*"),
        ),
    ),
    "TelegramWebhook": (
        batch_read(*BOOKS),
        get(ACCOUNT, TELEGRAM),
        query(ACCOUNT, ACCOUNTS),
        write(ACCOUNT, TELEGRAM),
        Right("TakeOffPendingCommands", (STATE,), ("DeleteItem",), (TELEGRAM,)),
        LIST_SWITCHES,
        ENGAGE_SWITCH,
        USE_CODES,
        CHECK_SWITCHES,
        APPEND,
        READ_AUDIT,
    ),
}


def list_statements(function: str, arn_of: Any) -> list[dict[str, Any]]:
    """Return a function's statements for its role; `arn_of` gives the reference to a table's ARN.

    A function that is not listed here has none.
    """
    return [_state(right, arn_of) for right in RIGHTS.get(function, ())]


def _state(right: Right, arn_of: Any) -> dict[str, Any]:
    statement = {
        "Sid": right.name,
        "Effect": "Allow",
        "Action": [f"dynamodb:{action}" for action in right.actions],
        "Resource": [arn_of(table) for table in right.tables],
    }
    tests = {"ForAllValues:StringLike": right.rows, "ForAllValues:StringNotEquals": right.but}
    condition = {test: {"dynamodb:LeadingKeys": list(keys)} for test, keys in tests.items() if keys}
    return statement | ({"Condition": condition} if condition else {})
