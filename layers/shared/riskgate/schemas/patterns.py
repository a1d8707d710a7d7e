"""What names and texts look like: patterns that Python, pydantic and ECMAScript read alike."""

from __future__ import annotations

#: Patterns of names, shared with the authorizer's and the storage's key rules.
ACCOUNT_ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
VENUE_PATTERN = "^[a-z0-9][a-z0-9_-]{0,31}$"
LABEL_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
IDENTIFIER_PATTERN = "^[A-Za-z0-9._:-]{1,64}$"
LOCK_ID_PATTERN = "^[0-9a-f]{16}$"
# What venues name assets with: capitals, digits, a few marks, and letters that nobody takes for a Latin one. Small
# letters are none: a kill switch on another spelling would stop nothing. Neither is what cannot be seen.
_LETTERS = r"A-Z0-9$_+\u00c0-\u024f\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_ASSET = f"[{_LETTERS}][{_LETTERS}.-]{{0,19}}"
# A dash after the settle currency begins the day on which a future ends.
_SETTLE = f"[{_LETTERS}][{_LETTERS}.]{{0,19}}"
ASSET_PATTERN = f"^{_ASSET}$"
SYMBOL_PATTERN = f"^{_ASSET}/{_ASSET}(:{_SETTLE})?$"
MARKET_KEY_PATTERN = f"{VENUE_PATTERN[:-1]}:{SYMBOL_PATTERN[1:]}"
#: No text.
NOTHING_PATTERN = "(?!)"
#: What each parameter of a path looks like.
PATH_PATTERNS = {
    "account_id": ACCOUNT_ID_PATTERN,
    "client_order_id": IDENTIFIER_PATTERN,
    "market": MARKET_KEY_PATTERN,
    "lock_id": LOCK_ID_PATTERN,
    "exit_id": IDENTIFIER_PATTERN,
    "strategy": LABEL_PATTERN,
    "break_id": "^[0-9a-f]{16}$",
    "name": "^[A-Z_]{1,64}$",
    "webhook": "^[a-z0-9][a-z0-9_-]{0,31}$",
    "webhook_secret": "^[A-Za-z0-9_-]{1,64}$",
    # A limit's or breaker's code; one that covers a market or strategy names it behind a space.
    "alert": r"^[A-Z_]{1,64}( [^\n]{1,160})?$",
}
#: What the key of a kill switch of each scope looks like; the global one has none.
KILL_SWITCH_KEY_PATTERNS = {
    "account": ACCOUNT_ID_PATTERN,
    "venue": VENUE_PATTERN,
    "strategy": LABEL_PATTERN,
    "symbol": SYMBOL_PATTERN,
}
INSTANT_PATTERN = (
    "^20[0-9]{2}-[01][0-9]-[0-3][0-9]T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|\\+00:00)$"
)

#: Controls, format characters, blanks other than the space, surrogates, private use and what is no character. Beyond
#: the first plane as they are: Python and ECMAScript escape those differently.
_INVISIBLE = (
    "\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u1680\\u180e"
    "\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\ud800-\\uf8ff\\ufdd0-\\ufdef\\ufeff\\ufff0-\\ufffb\\ufffe\\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001fffe-\U0001ffff"
    "\U000e0000-\U0010ffff"
)
#: Readable text: not blank, and nothing in it that does not show.
READABLE_PATTERN = f"^(?! *$)[^{_INVISIBLE}]+$"


def fold_strategy(name: str) -> str:
    """Return a strategy's one spelling: the gateway knows names in small letters only."""
    return name.lower()
