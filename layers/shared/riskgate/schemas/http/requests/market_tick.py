"""What a schedule, or an operator, asks of the market data job."""

from typing import Annotated

from pydantic import Field

from riskgate.schemas.fields import FROM_JSON, Symbol
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.messages.market import MarketTask

#: Most symbols one tick may add.
SYMBOLS_MAX = 500


class MarketTick(RequestModel):
    """One task at all venues: sent to the job's queue, or (`at_once`) carried out one venue after the other."""

    task: Annotated[MarketTask, FROM_JSON]
    symbols: Annotated[tuple[Symbol, ...], FROM_JSON] = Field((), max_length=SYMBOLS_MAX)
    at_once: bool = False
