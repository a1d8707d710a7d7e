"""Fields that are not of their kind, and bodies whose fields contradict each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.support.bad_input.kind import Group, Kind
from tests.support.full_bodies import LARGEST
from tests.support.gateway import BTC, VENUE

SYMBOL_FIELDS = (
    "postOrder:symbol", "checkOrder:symbol", "postBatch:orders.0.symbol", "postSnapshot:positions.0.symbol",
    "putInstruments:instruments.0.symbol", "putQuotes:quotes.0.symbol", "postExit:symbol", "postHedge:position.symbol",
    "putLimits:symbols_allowed.0",
)  # fmt: skip
ID_FIELDS = ("postOrder:client_order_id", "checkOrder:client_order_id", "postBatch:orders.0.client_order_id",
             "postFill:fill_id", "postTransfer:transfer_id", "postExit:exit_id", "postHedge:hedge_id",
             "confirmOrder:exchange_order_id", "postSnapshot:open_orders.0")  # fmt: skip
VENUE_FIELDS = ("postOrder:venue", "postBatch:orders.0.venue", "putAccount:venues.0.venue", "postSnapshot:balances.0.venue",
                "putInstruments:instruments.0.venue", "putQuotes:quotes.0.venue", "postExit:venue", "putWebhook:venue")  # fmt: skip
STRATEGY_FIELDS = ("postOrder:strategy", "checkOrder:strategy", "postHedge:strategy", "putWebhook:strategy")
REASON_FIELDS = ("cancelOrder:reason", "resetBreaker:reason", "putKillSwitch:reason", "postExit:reason",
                 "putCloseJump:reason", "resolveBreak:reason")  # fmt: skip
ASSET_FIELDS = (
    "putAccount:base_currency",
    "postSnapshot:balances.0.asset",
    "postFill:fee_currency",
    "putCloseJump:asset",
)
INSTANT_FIELDS = (
    "postOrder:expires_at",
    "postFill:executed_at",
    "postSnapshot:taken_at",
    "postTransfer:executed_at",
    "putQuotes:quotes.0.at",
)
WORD_FIELDS = ("postOrder:side", "postOrder:type", "postOrder:time_in_force", "postTransfer:kind", "putAccount:venues.0.market_type",
               "putKillSwitch:scope", "postExit:scope", "postHedge:mode", "putCloseJump:meaning", "putWebhook:proof")  # fmt: skip
SWITCH_FIELDS = ("postOrder:reduce_only", "postOrder:post_only", "postOrder:route", "putKillSwitch:engaged",
                 "putKillSwitch:cancel_open_orders", "postExit:stop_entries", "postHedge:execute",
                 "putInstruments:instruments.0.active")  # fmt: skip

SYMBOLS = {
    "empty": "", "lower case": "btc/usdt", "trailing space": "BTC/USDT ", "leading space": " BTC/USDT", "no slash": "BTCUSDT",
    "dash": "BTC-USDT", "Cyrillic look-alike": "ВТС/USDT", "Greek look-alike": "ΒTC/USDT", "full width": "ＢＴＣ/USDT",
    "zero-width space": "BTC/USDT\u200b", "zero-width joiner": "B\u200dTC/USDT", "right-to-left mark": "\u200fBTC/USDT",
    "right-to-left override": "\u202eTDSU/CTB", "no-break space": "BTC\u00a0/USDT", "emoji": "BTC/💰", "combining mark": "BTC\u0301/USDT",
    "300 letters": "A" * 300, "path": "../../etc/passwd", "hash": "BTC/USDT#", "colon at the end": "BTC/USDT:", "two slashes": "BTC//USDT",
    "two colons": "BTC/USDT:USDT:USDT", "percent-encoded": "BTC%2FUSDT", "wildcard": "*", "quotation": '"BTC/USDT"', "markup": "<b>BTC</b>/USDT",
}  # fmt: skip
IDS = {
    "empty": "", "65 letters": "x" * 65, "space": "a b", "slash": "a/b", "accent": "é", "zero-width space": "a\u200b", "hash": "a#b",
    "emoji": "💰", "question mark": "a?b", "per cent": "a%00", "backslash": "a\\b", "comma": "a,b", "quotation": 'a"b', "markup": "<script>",
    "right-to-left mark": "\u200fa",
}  # fmt: skip
VENUES = {
    "empty": "",
    "capital": "Binance",
    "space": "bin ance",
    "33 letters": "b" * 33,
    "path": "../x",
    "Cyrillic": "bіnance",
    "dash first": "-x",
}
STRATEGIES = {
    "empty": "",
    "space": " ",
    "dash first": "-x",
    "65 letters": "a" * 65,
    "hash": "a#b",
    "slash": "a/b",
    "comma": "a,b",
    "wildcard": "*",
}
REASONS = {
    "empty": "",
    "blanks": "   ",
    "line separator": "a\u2028b",
    "right-to-left override": "a\u202eb",
    "byte order mark": "\ufeff",
    "private use": "\ue000",
}
ASSETS = {
    "empty": "",
    "lower case": "btc",
    "21 letters": "A" * 21,
    "slash": "A/B",
    "Cyrillic": "ВТС",
    "space": "B TC",
    "point first": ".A",
}
INSTANTS = {
    "empty": "", "word": "tomorrow", "day": "2026-03-05", "no zone": "2026-03-05T12:00:00", "other zone": "2026-03-05T12:00:00+02:00",
    "month 13": "2026-13-01T00:00:00Z", "30 February": "2026-02-30T00:00:00Z", "hour 25": "2026-03-05T25:00:00Z", "second 60": "2026-03-05T12:00:60Z",
    "long ago": "1999-01-01T00:00:00Z", "year 9999": "9999-12-31T23:59:59Z", "lower case": "2026-03-05t12:00:00z", "space": "2026-03-05 12:00:00Z",
    "ten decimals": "2026-03-05T12:00:00.0000000001Z", "Arabic digits": "٢٠٢٦-03-05T12:00:00Z",
}  # fmt: skip
WORDS = {"empty": "", "capitals": "LIMIT_OR_BUY", "unknown": "iceberg", "space after": "buy ", "the empty object": "{}"}
#: JSON's other values where a string belongs.
NO_STRING = {"number": "1", "null": "null", "true": "true", "list": '["a"]', "object": '{"a": 1}'}
NO_SWITCH = {"text": '"true"', "one": "1", "zero": "0", "null": "null", "text no": '"no"', "list": "[true]"}

TAGS = {"text": '"x"', "number in it": "[1]", "null in it": "[null]", "65 letters": f'["{"x" * 65}"]', "space": '["a b"]',
        "eleven": json.dumps(["t"] * 11), "object": '{"a": 1}', "null": "null", "list in it": '[["a"]]'}  # fmt: skip

SETS: list[tuple[Group, str, tuple[str, ...], dict[str, str]]] = [
    (Group.SYMBOLS, "symbol", SYMBOL_FIELDS, SYMBOLS),
    (Group.IDS, "id", ID_FIELDS, IDS),
    (Group.FIELDS, "venue", VENUE_FIELDS, VENUES),
    (Group.FIELDS, "strategy", STRATEGY_FIELDS, STRATEGIES),
    (Group.FIELDS, "reason", REASON_FIELDS, REASONS),
    (Group.FIELDS, "asset", ASSET_FIELDS, ASSETS),
    (Group.FIELDS, "instant", INSTANT_FIELDS, INSTANTS),
    (Group.FIELDS, "word", WORD_FIELDS, WORDS),
]

#: Fields of an order that contradict each other; None leaves one out.
ORDER_CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "market with price": {"type": "market"},
    "limit without price": {"price": None},
    "stop without trigger": {"type": "stop", "price": None},
    "stop limit without price": {"type": "stop_limit", "price": None, "trigger_price": "51000"},
    "limit with trigger": {"trigger_price": "51000"},
    "post-only IOC": {"post_only": True, "time_in_force": "IOC"},
    "post-only FOK": {"post_only": True, "time_in_force": "FOK"},
    "post-only market": {"post_only": True, "type": "market", "price": None},
    "GTD without end": {"time_in_force": "GTD"},
    "GTC with end": {"expires_at": "2026-03-05T12:00:00Z"},
    "no quantity": {"quantity": None},
    "both quantities": {"quote_quantity": "100"},
    "unknown field": {"leverage": "3"},
    "field in capitals": {"Quantity": "0.1"},
    "take profit without a stop at the venue": {"take_profit_price": "60000"},
    "trailing without a stop": {"trailing_fraction": "0.05", "stop_loss_price": None},
}
REQUIRED = ("client_order_id", "symbol", "venue", "strategy", "side", "type")
#: The same on other routes: operation, what is wrong, changes of its valid body.
CONTRADICTIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("postBatch", "no orders", {"orders": []}),
    ("patchOrder", "nothing to change", {"quantity": None, "price": None, "trigger_price": None, "stop_loss_price": None}),
    ("postFill", "fee told twice", {"fees": [{"amount": "1", "currency": "USDT"}]}),
    ("postFill", "no fees at all", {"fee": None, "fee_currency": None, "fees": []}),
    ("putKillSwitch", "global with a key", {"scope": "global"}),
    ("putKillSwitch", "strategy without a key", {"key": None}),
    ("putKillSwitch", "symbol that is none", {"scope": "symbol"}),
    ("putKillSwitch", "release that cancels", {"engaged": False, "cancel_open_orders": True}),
    ("postExit", "position without market", {"venue": None, "symbol": None}),
    ("postExit", "position without venue", {"venue": None}),
    ("postExit", "everything, and a market", {"scope": "all"}),
    ("putAccount", "no venue", {"venues": []}),
    ("putAccount", "a venue twice", {"venues": [{"venue": VENUE, "market_type": "spot"}] * 2}),
    ("putAccount", "eleven venues", {"venues": [{"venue": f"v{n}", "market_type": "spot"} for n in range(11)]}),
    ("putLimits", "more than everything", {"position_size_fraction_max": "-0.1"}),
    ("putLimits", "unknown limit", {"leverage_min": "1"}),
    ("putQuotes", "bid above ask", {"quotes": [{"venue": VENUE, "symbol": BTC, "at": "2026-03-04T12:00:00Z", "bid": "2", "ask": "1"}]}),
    ("putQuotes", "no price", {"quotes": [{"venue": VENUE, "symbol": BTC, "at": "2026-03-04T12:00:00Z"}]}),
    ("putQuotes", "no quotes", {"quotes": []}),
    ("putInstruments", "minimum above maximum", {"instruments": [{"venue": VENUE, "symbol": BTC, "market_type": "spot", "price_min": "2", "price_max": "1"}]}),
    ("putInstruments", "spot in contracts", {"instruments": [{"venue": VENUE, "symbol": BTC, "market_type": "spot", "contract_size": "10"}]}),
    ("putScenarios", "a name twice", {"scenarios": [{"name": "a", "default_shock": "0"}] * 2}),
    ("putScenarios", "eleven", {"scenarios": [{"name": f"a{n}", "default_shock": "0"} for n in range(11)]}),
    ("postStress", "a name and shocks", {"scenario": "march_2020"}),
    ("postStress", "neither name nor shock", {"default_shock": None, "shocks": None, "sector_shocks": None}),
    ("putWebhook", "no size", {"size": None}),
    ("putWebhook", "unknown source", {"sources": ["mars"]}),
    ("putHeartbeat", "interval of a week", {"interval_seconds": 604_800}),
    ("postHedge", "partial without fraction", {"fraction": None}),
    ("postSnapshot", "balance told twice", {"balances": [{"venue": VENUE, "asset": "USDT", "total": "1"}] * 2}),
    ("postTelegram", "no update", {"update_id": "x"}),
]  # fmt: skip

#: Well formed, and denied by a check: the code is the check's.
DENIED: list[tuple[str, str, dict[str, Any]]] = [
    ("GTD in the past", "TIME_IN_FORCE_INVALID", {"time_in_force": "GTD", "expires_at": "2026-03-04T11:59:59Z"}),
    ("unknown symbol", "INSTRUMENT_NOT_FOUND", {"symbol": "NONE/USDT"}),
    ("letters that nobody takes for Latin ones", "INSTRUMENT_NOT_FOUND", {"symbol": "币安人生/USDT"}),
    ("venue of nobody", "SYMBOL_NOT_PERMITTED", {"venue": "nowhere"}),
    ("price a thousand times off", "PRICE_COLLAR", {"price": "50000000", "stop_loss_price": None, "quantity": "0.001"}),
    ("price off the tick", "PRICE_INVALID", {"price": "50000.001"}),
    ("quantity off the step", "QUANTITY_INVALID", {"quantity": "0.000001"}),
    ("reduces what is not held", "REDUCE_ONLY_INVALID", {"reduce_only": True, "side": "sell", "stop_loss_price": None, "quantity": "0.01"}),
    ("stop on the wrong side", "STOP_LOSS_WRONG_SIDE", {"stop_loss_price": "51000"}),
    ("more than there is", "QUANTITY_INVALID", {"quantity": LARGEST, "stop_loss_price": None}),
]  # fmt: skip


def list_kinds() -> Iterator[Kind]:
    """Give every kind of field and contradiction."""
    failed = {"status": 400, "code": "VALIDATION_FAILED"}
    for group, what, places, values in SETS:
        for name, value in values.items():
            yield Kind(group=group, name=f"{what}: {name}", on=places, value=json.dumps(value), **failed)
        for name, raw in NO_STRING.items():
            yield Kind(group=group, name=f"{what}: {name}", on=places, value=raw, **failed)
    for name, raw in NO_SWITCH.items():
        yield Kind(group=Group.FIELDS, name=f"switch: {name}", on=SWITCH_FIELDS, value=raw, **failed)
    for name, raw in TAGS.items():
        yield Kind(group=Group.FIELDS, name=f"tags: {name}", on=("postOrder:tags",), value=raw, **failed)
    orders = ("postOrder", "checkOrder")
    for name, changes in ORDER_CONTRADICTIONS.items():
        yield Kind(group=Group.LOGIC, name=f"order: {name}", on=orders, changes=changes, **failed)
    for name in REQUIRED:
        group = Group.IDS if name == "client_order_id" else Group.LOGIC
        yield Kind(group=group, name=f"order without {name}", on=orders, changes={name: None}, **failed)
    for operation, name, changes in CONTRADICTIONS:
        yield Kind(group=Group.LOGIC, name=f"{operation}: {name}", on=(operation,), changes=changes, **failed)
    for name, code, changes in DENIED:
        group = Group.SYMBOLS if "symbol" in changes else Group.LOGIC
        yield Kind(group=group, name=name, status=422, code=code, on=("postOrder",), changes=changes)
