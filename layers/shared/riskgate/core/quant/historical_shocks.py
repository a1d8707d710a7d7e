"""What each asset did in four crashes: simple returns from real closes, shipped as code so that nothing is read.

Source: daily closes in USD published by Yahoo Finance/CoinMarketCap, CoinGecko and Binance; a test compares the
table with the data set it was computed in.
"""

from collections.abc import Mapping
from typing import Any

_SAME_DATES = (
    "SAME two dates are applied to every asset, so the shocks are a coherent joint scenario. "
    "Value = C_end/C_start - 1 (simple return, fraction)."
)
_WORST_MOVE = f"dates = the BTC worst such move ending inside the event window; the {_SAME_DATES}"
_OWN_DATES = (
    "each asset's own deepest close-to-close peak-to-trough inside the event window (dates "
    "differ per asset -> NOT a coherent joint scenario, an upper bound); per-asset dates in "
    "horizons.peak_to_trough.own_worst"
)

# fmt: off
HISTORICAL_SHOCKS: Mapping[str, Mapping[str, Any]] = {
    "march_2020_crash": {
        "definition": "7-day close-to-close; " + _WORST_MOVE,
        "shocks_conservative_definition": _OWN_DATES,
        "suggested_DEFAULT": -0.509975,
        "shocks": {
            "BTC": -0.452482, "ETH": -0.509975, "BNB": -0.538499, "ADA": -0.530701, "XRP": -0.417172,
            "DOGE": -0.386672, "LINK": -0.562663, "LTC": -0.50148, "MATIC": -0.648757, "ALGO": -0.629054,
            "LUNA": -0.34502, "FTT": -0.240071, "USDT": 0.050935, "USDC": 0.036018,
        },
        "shocks_conservative": {
            "BTC": -0.45511, "ETH": -0.545814, "BNB": -0.5591, "ADA": -0.534268, "XRP": -0.427932,
            "DOGE": -0.384215, "LINK": -0.619562, "LTC": -0.509233, "MATIC": -0.698214, "ALGO": -0.661879,
            "LUNA": -0.472114, "FTT": -0.277063, "USDT": -0.075302, "USDC": -0.067684,
        },
    },
    "may_2021_crash": {
        "definition": "30-day close-to-close; " + _WORST_MOVE,
        "shocks_conservative_definition": _OWN_DATES,
        "suggested_DEFAULT": -0.447935,
        "shocks": {
            "BTC": -0.429276, "ETH": -0.336281, "BNB": -0.446975, "ADA": -0.034237, "XRP": -0.448895,
            "DOGE": -0.47984, "LINK": -0.495417, "LTC": -0.533062, "SOL": -0.160205, "MATIC": 0.744896,
            "ALGO": -0.370469, "AVAX": -0.594943, "DOT": -0.460269, "UNI": -0.406334, "AAVE": -0.283997,
            "LUNA": -0.671232, "FTT": -0.483038, "USDT": 0.000711, "USDC": 0.000506,
        },
        "shocks_conservative": {
            "BTC": -0.429276, "ETH": -0.493948, "BNB": -0.608906, "ADA": -0.425998, "XRP": -0.498964,
            "DOGE": -0.525133, "LINK": -0.616688, "LTC": -0.628622, "SOL": -0.558427, "MATIC": -0.557232,
            "ALGO": -0.455715, "AVAX": -0.602204, "DOT": -0.618536, "UNI": -0.581598, "AAVE": -0.533283,
            "LUNA": -0.758284, "FTT": -0.559024, "USDT": -0.001822, "USDC": -0.001308,
        },
    },
    "terra_luna_may_2022": {
        "definition": (
            "48-hour (2 daily closes) close-to-close; dates = the FIRST 2-day window inside the event window in which "
            "LUNA lost more than 99 %; the " + _SAME_DATES
        ),
        "shocks_conservative_definition": _OWN_DATES,
        "suggested_DEFAULT": -0.23632,
        "shocks": {
            "BTC": -0.063668, "ETH": -0.162922, "BNB": -0.156328, "ADA": -0.246782, "XRP": -0.250026,
            "DOGE": -0.237894, "LINK": -0.234747, "LTC": -0.197242, "SOL": -0.330745, "MATIC": -0.324424,
            "ALGO": -0.283795, "AVAX": -0.318731, "DOT": -0.225668, "UNI": -0.228033, "LUNA": -0.999797,
            "FTT": -0.101353, "USDT": -0.002182, "USDC": 0.000831,
        },
        "shocks_conservative": {
            "BTC": -0.184936, "ETH": -0.25583, "BNB": -0.263279, "ADA": -0.37819, "XRP": -0.338528,
            "DOGE": -0.351763, "LINK": -0.358464, "LTC": -0.319, "SOL": -0.434266, "MATIC": -0.410951,
            "ALGO": -0.443251, "AVAX": -0.449613, "DOT": -0.364559, "UNI": -0.348944, "LUNA": -0.999999,
            "FTT": -0.156591, "USDT": -0.004049, "USDC": -0.000492,
        },
    },
    "ftx_nov_2022": {
        "definition": "close-to-close peak-to-trough inside the window; " + _WORST_MOVE,
        "shocks_conservative_definition": _OWN_DATES,
        "suggested_DEFAULT": -0.324207,
        "shocks": {
            "BTC": -0.253817, "ETH": -0.324207, "BNB": -0.235933, "ADA": -0.255189, "XRP": -0.324629,
            "DOGE": -0.402772, "LINK": -0.28169, "LTC": -0.273412, "SOL": -0.62082, "MATIC": -0.313011,
            "ALGO": -0.373849, "AVAX": -0.341034, "USDT": -0.001519, "USDC": 0.000438,
        },
        "shocks_conservative": {
            "BTC": -0.253817, "ETH": -0.324207, "BNB": -0.235933, "ADA": -0.255189, "XRP": -0.324629,
            "DOGE": -0.402772, "LINK": -0.317394, "LTC": -0.273412, "SOL": -0.641935, "MATIC": -0.350709,
            "ALGO": -0.38367, "AVAX": -0.341034, "USDT": -0.002284, "USDC": -0.000598,
        },
    },
}
# fmt: on
