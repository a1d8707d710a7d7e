"""An account is registered at exchanges only whose every needed call is proven."""

from riskgate.adapters.exchange.venue_rules import ccxt_id_of
from riskgate.adapters.exchange_table import list_missing, scope_of
from riskgate.core.errors import Unprocessable
from riskgate.schemas.http.requests.accounts import AccountRequest

VENUE_CAPABILITY_MISSING = "VENUE_CAPABILITY_MISSING"


def require_proven(registration: AccountRequest) -> None:
    """Refuse a venue with a key whose class is not proven to trade.

    A name that is no class of the table stands for a venue of the operator's own: which class it is, its secret alone
    tells, and the adapter sends nothing where that one is not proven.

    Raises Unprocessable: code VENUE_CAPABILITY_MISSING, with the calls that are missing.
    """
    for item in registration.venues:
        ccxt_id = ccxt_id_of(item.venue, item.market_type)
        if item.secret_name is None or scope_of(ccxt_id, item.market_type) in {None, "trade"}:
            continue
        missing = ", ".join(list_missing(ccxt_id, item.market_type)) or "no call of it is proven"
        text = f"{item.venue} is not offered for trading {item.market_type.value}: {missing}"
        raise Unprocessable(text, code=VENUE_CAPABILITY_MISSING)
