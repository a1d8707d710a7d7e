"""What the front door makes of each call that Binance documents: a whitelist, and all that is not on it is never done.

The list of documented routes with the class of each is `tests/data/binance_routes.csv`.
"""

from dataclasses import dataclass
from enum import StrEnum

from riskgate.core.instrument import MarketType


class CallClass(StrEnum):
    """Who answers a call.

    `order`: places, changes or cancels orders: decided by the gateway. `read`: passed on, signed with the account's
    key. `setting`: leverage, margin type and the like. `public`: market data, which bots ask the venue for themselves.
    `unsupported`: harmless, but not offered. `never`: refused, and people are told.
    """

    ORDER = "order"
    READ = "read"
    SETTING = "setting"
    PUBLIC = "public"
    UNSUPPORTED = "unsupported"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of the table; `market_type` is whose API it belongs to, the wallet's (``/sapi``) being spot."""

    method: str
    path: str
    kind: CallClass

    @property
    def market_type(self) -> MarketType:
        """Return the market type whose account the call is about."""
        return MarketType.SWAP if self.path.startswith(("/fapi/", "/futures/")) else MarketType.SPOT


# Each line: a base path, a method, and what follows the base.
_ORDER = """
/api/v3 POST order order/test order/cancelReplace order/oco orderList/oco orderList/oto orderList/otoco
/api/v3 POST orderList/opo orderList/opoco sor/order sor/order/test
/api/v3 PUT order/amend/keepPriority
/api/v3 DELETE order openOrders orderList
/fapi/v1 POST order order/test batchOrders algoOrder countdownCancelAll
/fapi/v1 PUT order batchOrders
/fapi/v1 DELETE order batchOrders allOpenOrders algoOrder algoOpenOrders
"""
# Of what the account is and has, and of its orders: nothing that names an address, another account or a key's secret.
_READ = """
/api/v3 GET account account/commission openOrders allOrders order myTrades myFilters rateLimit/order
/fapi/v1 GET openOrder openOrders allOrders order userTrades algoOrder openAlgoOrders allAlgoOrders
/fapi/v1 GET income leverageBracket commissionRate accountConfig symbolConfig adlQuantile apiTradingStatus
/fapi/v1 GET positionSide/dual multiAssetsMargin feeBurn rateLimit/order
/fapi/v2 GET account balance positionRisk
/fapi/v3 GET account balance positionRisk
/sapi/v1 GET account/apiRestrictions account/apiTradingStatus account/status asset/tradeFee bnbBurn
/sapi/v1 GET capital/config/getall margin/allPairs margin/isolated/allPairs spot/delist-schedule
"""
_SETTING = """
/fapi/v1 POST leverage marginType positionSide/dual multiAssetsMargin
"""
_PUBLIC = """
/api/v3 GET ping time exchangeInfo executionRules depth trades historicalTrades historicalBlockTrades aggTrades klines
/api/v3 GET uiKlines avgPrice ticker ticker/24hr ticker/bookTicker ticker/price ticker/tradingDay
/api/v3 GET referencePrice referencePrice/calculation
/fapi/v1 GET ping time exchangeInfo depth rpiDepth trades historicalTrades aggTrades klines continuousKlines
/fapi/v1 GET indexPriceKlines markPriceKlines premiumIndexKlines lvtKlines premiumIndex fundingRate fundingInfo
/fapi/v1 GET ticker/24hr ticker/bookTicker ticker/price openInterest indexInfo assetIndex constituents
/fapi/v1 GET insuranceBalance symbolAdlRisk tradingSchedule
/fapi/v2 GET ticker/price
/futures/data GET basis delivery-price globalLongShortAccountRatio openInterestHist takerBuySellVol
/futures/data GET takerlongshortRatio topLongShortAccountRatio topLongShortPositionRatio
/sapi/v1 GET system/status
"""
# A user data stream comes from the venue itself and shows the orders of every bot of the account, so its keys are not
# handed out. The others read what the front door cannot tell apart by strategy. Bots ask for them now and then.
_UNSUPPORTED = """
/api/v3 POST userDataStream
/api/v3 PUT userDataStream
/api/v3 DELETE userDataStream
/api/v3 GET orderList openOrderList allOrderList order/amendments myAllocations myPreventedMatches
/fapi/v1 POST listenKey positionMargin feeBurn
/fapi/v1 PUT listenKey
/fapi/v1 DELETE listenKey
/fapi/v1 GET account balance positionRisk positionMargin/history orderAmendment forceOrders pmAccountInfo
/sapi/v1 GET accountSnapshot asset/wallet/balance asset/assetDetail
/sapi/v3 POST asset/getUserAsset
"""


def _read_table(text: str, kind: CallClass) -> dict[tuple[str, str], Call]:
    rows = (line.split() for line in text.strip().splitlines())
    calls = (Call(method=row[1], path=f"{row[0]}/{name}", kind=kind) for row in rows for name in row[2:])
    return {(call.method, call.path): call for call in calls}


#: Every call that is not `never`, by method and path.
CALLS: dict[tuple[str, str], Call] = (
    _read_table(_ORDER, CallClass.ORDER)
    | _read_table(_READ, CallClass.READ)
    | _read_table(_SETTING, CallClass.SETTING)
    | _read_table(_PUBLIC, CallClass.PUBLIC)
    | _read_table(_UNSUPPORTED, CallClass.UNSUPPORTED)
)


def find_call(method: str, path: str) -> Call:
    """Return what the front door makes of a call; the method and the path, as received, are compared whole.

    A path with another spelling (a slash at its end, an escape, other case) is another call, and never done.
    """
    found = CALLS.get((method, path))
    return found if found is not None else Call(method=method, path=path, kind=CallClass.NEVER)
