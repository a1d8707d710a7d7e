"""Kill switches of each scope that an order of the test's gateway falls under."""

from __future__ import annotations

from tests.support.gateway import ACCOUNT_ID, BTC, VENUE

#: Scope and key as a request names them, and the switch's name in the table.
SCOPES = [
    ("global", None, "GLOBAL"),
    ("account", ACCOUNT_ID, f"ACCOUNT#{ACCOUNT_ID}"),
    ("venue", VENUE, f"VENUE#{VENUE}"),
    ("strategy", "trend", "STRATEGY#trend"),
    ("symbol", BTC, f"SYMBOL#{BTC}"),
]
