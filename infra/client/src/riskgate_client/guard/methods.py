"""What a guarded exchange lets through: an allow-list. A method that stands in none of these lists is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Reads of the venue, and what only looks at memory. Names as ccxt writes them in Python.
READS = frozenset(
    """
    fetch_accounts fetch_adl_rank fetch_all_greeks fetch_balance fetch_balance_ws fetch_bids_asks
    fetch_borrow_interest fetch_borrow_rate fetch_canceled_and_closed_orders fetch_canceled_orders
    fetch_closed_order fetch_closed_orders fetch_closed_orders_ws fetch_contract_ohlcv fetch_contract_tickers
    fetch_convert_currencies fetch_convert_trade fetch_convert_trade_history fetch_cross_borrow_rate
    fetch_cross_borrow_rates fetch_currencies fetch_deposit_address fetch_deposit_addresses
    fetch_deposit_addresses_by_network fetch_deposit_withdraw_fee fetch_deposit_withdraw_fees fetch_deposits
    fetch_deposits_withdrawals fetch_deposits_ws fetch_fees fetch_free_balance fetch_funding_history
    fetch_funding_interval fetch_funding_intervals fetch_funding_rate fetch_funding_rate_history
    fetch_funding_rates fetch_greeks fetch_index_ohlcv fetch_isolated_borrow_rate fetch_isolated_borrow_rates
    fetch_l2_order_book fetch_l3_order_book fetch_last_prices fetch_ledger fetch_ledger_entry fetch_leverage
    fetch_leverage_tiers fetch_leverages fetch_liquidations fetch_long_short_ratio
    fetch_long_short_ratio_history fetch_margin_adjustment_history fetch_margin_mode fetch_margin_modes
    fetch_mark_ohlcv fetch_mark_price fetch_mark_prices fetch_market_leverage_tiers fetch_markets
    fetch_my_liquidations fetch_my_trades fetch_my_trades_ws fetch_ohlcv fetch_ohlcv_ws fetch_open_interest
    fetch_open_interest_history fetch_open_interests fetch_open_order fetch_open_orders fetch_open_orders_ws
    fetch_option fetch_option_chain fetch_order fetch_order_book fetch_order_book_ws fetch_order_books
    fetch_order_status fetch_order_trades fetch_order_with_client_order_id fetch_order_ws fetch_orders
    fetch_orders_ws fetch_partial_balance fetch_payment_methods fetch_position fetch_position_adl_rank
    fetch_position_history fetch_position_mode fetch_position_ws fetch_positions fetch_positions_adl_rank
    fetch_positions_for_symbol fetch_positions_for_symbol_ws fetch_positions_history fetch_positions_risk
    fetch_positions_ws fetch_premium_index_ohlcv fetch_spot_ohlcv fetch_spot_tickers fetch_status fetch_ticker
    fetch_ticker_ws fetch_tickers fetch_tickers_ws fetch_time fetch_total_balance fetch_trades fetch_trades_ws
    fetch_trading_fee fetch_trading_fees fetch_trading_fees_ws fetch_trading_limits fetch_transaction_fee
    fetch_transaction_fees fetch_transactions fetch_transfer fetch_transfers fetch_unified_order
    fetch_used_balance fetch_withdrawal fetch_withdrawals fetch_withdrawals_ws load_accounts load_markets
    load_time_difference load_trading_limits un_watch_bids_asks un_watch_funding_rate un_watch_funding_rates
    un_watch_mark_price un_watch_mark_prices un_watch_my_trades un_watch_ohlcv un_watch_ohlcv_for_symbols
    un_watch_order_book un_watch_order_book_for_symbols un_watch_orders un_watch_positions un_watch_ticker
    un_watch_tickers un_watch_trades un_watch_trades_for_symbols watch_balance watch_bids_asks
    watch_funding_rate watch_funding_rates watch_funding_rates_for_symbols watch_liquidations
    watch_liquidations_for_symbols watch_mark_price watch_mark_prices watch_my_liquidations
    watch_my_liquidations_for_symbols watch_my_trades watch_my_trades_for_symbols watch_ohlcv
    watch_ohlcv_for_symbols watch_order_book watch_order_book_for_symbols watch_orders watch_orders_for_symbols
    watch_position watch_position_for_symbols watch_positions watch_ticker watch_tickers watch_trades
    watch_trades_for_symbols
    """.split()
)
#: Arithmetic and names: nothing leaves the program.
HELPERS = frozenset(
    """
    aggregate amount_to_precision array_concat calculate_fee calculate_fee_with_rate check_required_credentials
    common_currency_code cost_to_precision currency currency_id currency_ids currency_to_precision deep_extend
    describe extend feature_value feature_value_by_type fee_to_precision filter_by filter_by_since_limit
    filter_by_symbol find_timeframe get_ccxt_version group_by in_array index_by is_empty iso8601 json keysort
    market market_codes market_id market_ids market_order_amount_to_precision market_symbols markets_for_symbols
    microseconds milliseconds nonce omit omit_zero parse8601 parse_date parse_json parse_number parse_timeframe
    precision_from_string price_to_precision round_timeframe safe_bool safe_bool_2 safe_currency
    safe_currency_code safe_dict safe_dict_2 safe_float safe_float_2 safe_float_n safe_integer safe_integer_2
    safe_integer_n safe_list safe_list_2 safe_market safe_number safe_number_2 safe_number_n safe_string
    safe_string_2 safe_string_lower safe_string_n safe_string_upper safe_symbol safe_timestamp safe_value
    safe_value_2 safe_value_n seconds sort_by sort_by_2 sum symbol to_array unique uuid uuid16 uuid22 ymd ymdhms
    yymmdd yyyymmdd
    """.split()
)
#: Ends connections. Nothing else of a venue's is touched.
CLOSING = frozenset({"close"})
#: Plain data. What leads to a raw request or to a key is not among it.
DATA = frozenset(
    """
    alias balance base_currencies bidsasks certified codes common_currencies countries currencies
    currencies_by_id enable_rate_limit exceptions features fees funding_rates has hostname http_exceptions id
    ids last_http_response last_json_response last_response_headers limits liquidations loaded_fees markets
    markets_by_id my_liquidations my_trades name new_updates number ohlcvs options orderbooks orders
    padding_mode positions precision precision_mode pro quote_currencies rate_limit required_credentials status
    substitute_common_currency_codes synchronous symbols tickers timeframes timeout trades urls user_agent
    verbose version
    """.split()
)
#: What a bot may set.
SETTABLE = frozenset({"timeout", "rate_limit", "enable_rate_limit", "verbose", "new_updates"})
#: Settings of the account at the venue that change no position: refused unless `allow_setup` is given.
SETUP = frozenset({"set_leverage", "set_margin_mode", "set_position_mode"})

_SPELLINGS = {"ohlcv": "OHLCV", "le": "LE", "be": "BE", "adl": "ADL"}


def to_camel_case(name: str) -> str:
    """Return a name as ccxt spells it in camel case."""
    first, *others = name.split("_")
    return first + "".join(_SPELLINGS.get(part, part[:1].upper() + part[1:]) for part in others)


def with_twins(names: Mapping[str, Any] | frozenset[str]) -> dict[str, str]:
    """Return every spelling of names, by its own."""
    return {spelling: name for name in names for spelling in (name, to_camel_case(name))}


_PASSED = with_twins(READS | HELPERS | CLOSING)
_DATA = with_twins(DATA)
_SETTABLE = with_twins(SETTABLE)
_SETUP = with_twins(SETUP)


def passed_name(name: str) -> str | None:
    """Return the Python name of a method that goes to the venue as it is, or None."""
    return _PASSED.get(name)


def is_data(name: str) -> bool:
    """Tell whether a name is one of plain data."""
    return name in _DATA


def is_settable(name: str) -> bool:
    """Tell whether a bot may set it."""
    return name in _SETTABLE


def is_setup(name: str) -> bool:
    """Tell whether a method sets the account up and does nothing else."""
    return name in _SETUP


def is_public_get(kind: type[Any], name: str) -> bool:
    """Tell whether a name is one of ccxt's implicit methods that sends an unsigned GET: public data.

    ccxt declares each with its section of the API and its HTTP method. Sections that do not call themselves public
    may be signed: they are not passed.
    """
    for base in kind.__mro__:
        entry = vars(base).get(name)
        if entry is None or not all(hasattr(entry, part) for part in ("path", "api", "method")):
            continue
        sections = [str(part).lower() for part in (entry.api if isinstance(entry.api, (list, tuple)) else [entry.api])]
        return (
            str(entry.method).upper() == "GET"
            and any("public" in section for section in sections)
            and not any("private" in section for section in sections)
        )
    return False
