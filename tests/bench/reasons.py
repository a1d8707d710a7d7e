"""Why a target is missed, in a sentence or two each: written by hand, printed while the row misses it."""

from __future__ import annotations

from collections.abc import Mapping

_ENGINE = (
    "Each check is Python on Decimals that keeps what it saw, the limit and how much of it is used; the peer compares fixed "
    "point integers in compiled code and keeps nothing."
)
_DECISION = (
    "The peer checks and passes on. A decision also settles, marks, runs the breakers, reserves, and measures how close every "
    "limit is before and after, on Decimals in Python."
)
_HANDLER = (
    "What is left is the gateway's own work: a canonical account and log entry with two hashes, an answer with every check, "
    "and the engine."
)
_LARGE = "The whole account is one document: it is read, marked, encoded and hashed as a whole with each decision."
_END = (
    "The emulator runs gateway, authorizer and functions on the same cores, where an approval takes two functions and a bare "
    "route one. These are times of a clock: whatever else ran on the machine (its load is at the top) is in them."
)
_START = "Powertools' logger and metrics, botocore's exceptions and our own modules are imported before the first order, not by it."

REASONS: Mapping[str, str] = {
    "evaluate_check": _ENGINE,
    "apply_empty": _DECISION,
    "apply_figures": f"{_DECISION} With figures, 252 daily and 12 stress scenarios are added up.",
    "growth_positions": "CORRELATION weighs every asset that is held, and the totals by asset are copied.",
    "growth_marks": "Each mark that moved is looked at, and makes a new position and new totals of its asset.",
    "growth_orders": "What working orders reserve is summed again.",
    "share_correlation": "The correlation multiplies every pair of the book.",
    "handler_empty": _HANDLER,
    "handler_figures": _HANDLER,
    "handler_full": _LARGE,
    "own_empty": _HANDLER,
    "own_figures": _HANDLER,
    "calls_empty": "boto3 signs, serializes and parses both.",
    "calls_figures": "boto3 signs, serializes and parses both.",
    "check_figures": "The largest quantity is searched for: each step of the search evaluates the whole catalogue.",
    "bytes_empty": "Answer, account and log entry name every check.",
    "bytes_figures": "The log keeps the figures that were decided by.",
    "bytes_full": "Account and log entry hold what changed, and the first decision by new figures the figures themselves.",
    "requests": "A batch read takes 100 keys, and 199 positions have as many quotes: three reads at the same time and one transaction.",
    "start_import": _START,
    "start_client": _START,
    "end_one": _END,
    "end_eight": _END,
    "end_shared": f"{_END} Decisions on one account follow each other: of those that race, one commits and the others decide again.",
    "end_refused": "Eight clients race for one document: who loses for 1.3 s is told to ask again.",
}
