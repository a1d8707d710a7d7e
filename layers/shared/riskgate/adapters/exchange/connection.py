"""The ccxt exchange behind a client: made anew when its key changes, with the gate that its requests pass."""

import time
from typing import Any

from riskgate.adapters.exchange.build import CallPolicy, build_exchange
from riskgate.adapters.exchange.credentials import CredentialsSource, VenueCredentials
from riskgate.adapters.exchange.errors import Reply
from riskgate.adapters.exchange.rate_gate import BudgetUse, RateGate
from riskgate.adapters.exchange.rate_limits import find_wait
from riskgate.adapters.exchange.venue_rules import ccxt_id_of
from riskgate.core.instrument import MarketType


class Connection:
    """One ccxt exchange of one account; the credentials are asked for each time it is used."""

    def __init__(
        self,
        venue: str,
        market_type: MarketType,
        credentials: CredentialsSource,
        policy: CallPolicy,
        session: Any,
        budget: BudgetUse | None,
    ) -> None:
        self._venue = venue
        self._market_type = market_type
        self._source = credentials
        self._policy = policy
        self._session = session
        self._budget = budget
        self._credentials: VenueCredentials | None = None
        self._exchange: Any = None
        #: What every request passes, None where limits are not shared.
        self.gate: RateGate | None = None

    @property
    def ccxt_id(self) -> str:
        """Return the ccxt class in use."""
        credentials = self._credentials or self._source(False)
        return ccxt_id_of(credentials.exchange or self._venue, self._market_type)

    def current(self) -> Any:
        """Return the ccxt exchange, made anew when the credentials have changed; markets are kept."""
        credentials = self._source(False)
        if self._exchange is None or credentials != self._credentials:
            self._use(credentials)
        return self._exchange

    def refresh(self) -> bool:
        """Look at the secret again; tell whether it has changed."""
        fresh = self._source(True)
        if fresh == self._credentials:
            return False
        self._use(fresh)
        return True

    def reply(self) -> Reply:
        """Return what came with the last answer, for who explains an error."""
        headers = getattr(self._exchange, "last_response_headers", None) or {}
        return Reply(
            keys=tuple(self._credentials.keys.values()) if self._credentials else (),
            retry_after_seconds=find_wait(headers, time.time_ns() // 1000),
            status=getattr(self._exchange, "last_status", None),
            body=str(getattr(self._exchange, "last_http_response", None) or ""),
        )

    def close(self) -> None:
        """Close the connections."""
        if self._exchange is not None and self._session is None:
            self._exchange.session.close()
        self._exchange = None

    def _use(self, credentials: VenueCredentials) -> None:
        old, same_place = self._exchange, self._same_place(credentials)
        self._credentials = credentials
        self._exchange = build_exchange(self.ccxt_id, self._market_type, credentials, self._policy, self._session)
        if self._budget is not None:
            self.gate = RateGate(self._budget, self._venue, self.ccxt_id, credentials)
            self._exchange.gate = self.gate
        if old is not None:
            if same_place and old.markets:
                self._exchange.set_markets(old.markets, old.currencies)
                self._exchange.lost_markets = old.lost_markets
            if self._session is None:
                old.session.close()

    def _same_place(self, credentials: VenueCredentials) -> bool:
        old = self._credentials
        return old is not None and old.place(self._venue) == credentials.place(self._venue)
