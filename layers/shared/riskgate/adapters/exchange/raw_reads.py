"""Read a venue's own API through ccxt: signed with the account's key, and the answer as the venue wrote it.

ccxt signs, paces and keeps the time; what it makes of an answer is not used.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from requests import PreparedRequest, Response

from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient
from riskgate.adapters.exchange.client_order_ids import to_client_order_id, to_order_id
from riskgate.adapters.exchange.credentials import CredentialsSource
from riskgate.adapters.exchange.rate_gate import BudgetUse
from riskgate.adapters.exchange.session import VenueSession
from riskgate.app.ports.venue_reads import VenueReply
from riskgate.core.errors import GatewayError, InvalidRequest, RateLimited, Transient
from riskgate.core.front_door.calls import Call, CallClass
from riskgate.core.instrument import MarketType
from riskgate.schemas.messages.venue_json import read_venue_json

#: ccxt's sections by the base of a path. What only reads market data is not signed.
_SIGNED = {
    "/api/v3/": "private",
    "/fapi/v1/": "fapiPrivate",
    "/fapi/v2/": "fapiPrivateV2",
    "/fapi/v3/": "fapiPrivateV3",
    "/sapi/v1/": "sapi",
}
_UNSIGNED = {
    "/api/v3/": "public",
    "/fapi/v1/": "fapiPublic",
    "/fapi/v2/": "fapiPublicV2",
    "/futures/data/": "fapiData",
    "/sapi/v1/": "sapi",
}
#: Headers that tell a bot how much it may still ask.
_HEADER_PREFIXES = ("x-mbx-used-weight", "x-mbx-order-count", "x-sapi-used", "retry-after")
_CLASSES = frozenset({"binance", "binanceus", "binanceusdm"})


class RecordingSession(VenueSession):
    """A session that keeps the last answer it got."""

    def __init__(self, connect_seconds: float, read_seconds: float) -> None:
        super().__init__(connect_seconds, read_seconds)
        self._reply: VenueReply | None = None

    @property
    def has_reply(self) -> bool:
        """Tell whether the last request was answered."""
        return self._reply is not None

    def kept(self) -> VenueReply:
        """Return the last answer. Raises Transient: there was none."""
        if self._reply is None:
            raise Transient("the exchange was not asked", code="EXCHANGE_UNAVAILABLE")
        return self._reply

    def forget(self) -> None:
        """Forget the last answer."""
        self._reply = None

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Send a request, and keep its answer."""
        if request.method != "GET":
            raise InvalidRequest("only reads are made here", code="CALL_NOT_A_READ")
        self.forget()
        response = super().send(request, **kwargs)
        headers = {name: text for name, text in response.headers.items() if name.lower().startswith(_HEADER_PREFIXES)}
        self._reply = VenueReply(status=response.status_code, body=response.content.decode("utf-8"), headers=headers)
        return response


class RawReads:
    """One venue of one account that speaks Binance's API. Make one per thread."""

    def __init__(
        self,
        venue: str,
        market_type: MarketType,
        credentials: CredentialsSource,
        *,
        policy: CallPolicy,
        sleep: Callable[[float], None] = time.sleep,
        budget: BudgetUse | None = None,
    ) -> None:
        self._session = RecordingSession(policy.connect_seconds, policy.read_seconds)
        self._client = ExchangeClient(
            venue, market_type, credentials, policy=policy, session=self._session, sleep=sleep, budget=budget
        )

    def client_order_id(self, order_id: str, revision: int = 0) -> str:
        """Return the venue's form of the gateway's order id; each replacement of an order has its own."""
        return to_client_order_id(self._client.ccxt_id, order_id, revision)

    def order_id_of(self, client_order_id: str) -> str | None:
        """Return the order id that a client order id has the form of, None where the gateway never wrote it."""
        return to_order_id(self._client.ccxt_id, client_order_id)

    def ask(self, call: Call, parameters: Mapping[str, str]) -> VenueReply:
        """Return the venue's answer to a call, its refusals too.

        Raises InvalidRequest: the call is none that reads, or the venue does not speak this API; Transient: the venue
        did not answer, or not in JSON; RateLimited: it was not asked, as its limit is used up.
        """
        if call.kind not in {CallClass.READ, CallClass.PUBLIC} or call.method != "GET":
            raise InvalidRequest("only reads are made here", code="CALL_NOT_A_READ")
        if self._client.ccxt_id not in _CLASSES:
            raise InvalidRequest("this venue does not speak Binance's API", code="VENUE_API_UNKNOWN")
        base, section = _section_of(call)
        name = call.path.removeprefix(base)

        def fetch(ccxt: Any) -> Any:
            cost = ccxt.safe_value(ccxt.safe_dict(ccxt.api[section], "get", {}), name, 1)
            config = cost if isinstance(cost, dict) else {"cost": cost}
            return ccxt.fetch2(name, [section], "GET", dict(parameters), config)

        self._session.forget()
        try:
            asked = CcxtCall(f"GET {call.path}", (parameters.get("symbol"),), fetch)
            self._client.read(asked, needs_markets=False)
        except GatewayError as error:
            if not self._session.has_reply:
                if isinstance(error, RateLimited):
                    raise
                raise Transient("the exchange did not answer", code="EXCHANGE_UNAVAILABLE") from error
        reply = self._session.kept()
        # A proxy in between may have answered, or the venue in part.
        read_venue_json(reply.body)
        return reply


def _section_of(call: Call) -> tuple[str, str]:
    sections = _SIGNED if call.kind is CallClass.READ else _UNSIGNED
    for base, section in sections.items():
        if call.path.startswith(base):
            return base, section
    raise InvalidRequest("only reads are made here", code="CALL_NOT_A_READ")
