"""One exchange account through ccxt: keys that may change, bounded retries of reads, never of orders."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, localcontext
from typing import Any

from riskgate.adapters.exchange.build import CallPolicy, build_exchange
from riskgate.adapters.exchange.call_log import CcxtCall, log_call
from riskgate.adapters.exchange.credentials import CredentialsSource, VenueCredentials, no_credentials
from riskgate.adapters.exchange.errors import (
    Reply,
    is_clock_error,
    is_key_error,
    translate_create,
    translate_read,
    translate_unsent,
)
from riskgate.adapters.exchange.rate_gate import BudgetUse, RateGate
from riskgate.adapters.exchange.rate_limits import find_wait
from riskgate.adapters.exchange.rows import Rows, is_readable, tell_row
from riskgate.adapters.exchange.venue_rules import VenueRules, ccxt_id_of, rules_of
from riskgate.adapters.exchange_table import scope_of
from riskgate.core.errors import (
    GatewayError,
    InvalidRequest,
    RateLimited,
    Transient,
    VenueAccessDenied,
    VenueAnswerInvalid,
)
from riskgate.core.instrument import MarketType
from riskgate.core.venues.model import UnreadableRow
from riskgate.observability import logger

#: ccxt changes the traps and the rounding of the context it runs in: it gets one of its own, wide enough to be exact.
_CCXT_CONTEXT = Context(prec=60)
VENUE_ROW_UNREADABLE = "venue_row_unreadable"


def ccxt_call(method: str, *arguments: Any) -> CcxtCall[Any]:
    """Return a call of one of ccxt's methods, for `ExchangeClient.read` and `send`."""
    return CcxtCall(method, arguments, lambda ccxt: getattr(ccxt, method)(*arguments))


@dataclass(frozen=True, slots=True)
class _Failed:
    """A call that raised."""

    error: Exception


class ExchangeClient:
    """Call ccxt for one venue, as ccxt names it unless the secret's `exchange` says otherwise.

    Not for use by several threads at once. The credentials are asked again before every call.
    """

    def __init__(
        self,
        venue: str,
        market_type: MarketType,
        credentials: CredentialsSource = no_credentials,
        *,
        policy: CallPolicy | None = None,
        session: Any = None,
        sleep: Callable[[float], None] = time.sleep,
        budget: BudgetUse | None = None,
        only_proven: bool = True,
    ) -> None:
        self.venue = venue
        self.market_type = market_type
        self._source = credentials
        self._policy = policy or CallPolicy()
        self._session = session
        self._sleep = sleep
        self._only_proven = only_proven
        self._credentials: VenueCredentials | None = None
        self._exchange: Any = None
        self._budget = budget
        self._gate: RateGate | None = None
        self._unreadable: list[UnreadableRow] = []
        #: How many rows could not be read so far.
        self.unreadable_count = 0

    @property
    def ccxt_id(self) -> str:
        """Return the ccxt class in use."""
        credentials = self._credentials or self._source(False)
        return ccxt_id_of(credentials.exchange or self.venue, self.market_type)

    @property
    def rules(self) -> VenueRules:
        """Return what is known about the venue."""
        return rules_of(self.ccxt_id)

    @property
    def trades(self) -> bool:
        """Tell whether orders may be sent: it is known how, and every call that it takes is proven."""
        is_offered = not self._only_proven or scope_of(self.ccxt_id, self.market_type) == "trade"
        return self.rules.trades and is_offered

    def read[T](self, call: CcxtCall[T], *, needs_markets: bool = True) -> T:
        """Call ccxt for something that changes nothing at the venue; tried again while the venue does not answer.

        Raises Transient: it did not answer in any attempt; RateLimited when it wants no more requests for now;
        VenueAccessDenied: it does not accept the key, not even after a fresh look at the secret; Rejected: it refuses
        the question; VenueAnswerInvalid: the answer cannot be read.
        """
        if needs_markets:
            self.load_markets()
        failure: GatewayError | None = None
        refreshed = False
        attempt = 0
        while attempt < self._policy.attempts:
            answer = self._attempt(call)
            if not isinstance(answer, _Failed):
                return answer
            failure = translate_read(answer.error, self._reply())
            if isinstance(failure, VenueAccessDenied) and not refreshed:
                refreshed = True
                if self._refresh():
                    continue
            # A rate limit is not met by asking again at once.
            if not isinstance(failure, Transient) or isinstance(failure, RateLimited):
                break
            attempt += 1
            if attempt < self._policy.attempts:
                self._recover(answer.error, attempt)
        raise failure or Transient("no attempt was allowed")

    def read_list(self, kind: str, call: CcxtCall[Any], check: Callable[[Any], object]) -> Rows:
        """Call ccxt for a list; rows that it or `check` cannot read are left out, counted, and kept to be told.

        Raises as `read` does.
        """
        rows = self.read(call)
        lost = self._note(self._current().unreadable_rows)
        found = []
        for row in rows:
            if not is_readable(row):
                continue
            try:
                check(row)
            except VenueAnswerInvalid as error:
                lost += self._note([tell_row(kind, row, error)])
            else:
                found.append(row)
        return Rows(found, lost)

    def take_unreadable(self) -> tuple[UnreadableRow, ...]:
        """Return the rows that could not be read since this was last asked, each once."""
        found, self._unreadable = self._unreadable, []
        return tuple(dict.fromkeys(found))

    def _note(self, rows: list[UnreadableRow]) -> int:
        for row in rows:
            logger.warning(
                VENUE_ROW_UNREADABLE,
                venue=self.venue,
                kind=row.kind,
                row_id=row.row_id,
                symbol=row.symbol,
                detail=row.detail,
            )
        self._unreadable += rows
        self.unreadable_count += len(rows)
        return len(rows)

    def send[T](self, call: CcxtCall[T]) -> T:
        """Call ccxt for something that changes the venue: once, since a repetition could do it twice.

        A request that was refused for its key surely did nothing: it is sent again with a key that has changed.

        Raises Rejected, Transient, OutcomeUnknown: see `errors.translate_create`; InvalidRequest: it could not be
        written, and no request left.
        """
        self.load_markets()
        answer = self._attempt(call, sends=True)
        if isinstance(answer, _Failed) and is_key_error(answer.error) and self._refresh():
            self.load_markets()
            answer = self._attempt(call, sends=True)
        if not isinstance(answer, _Failed):
            return answer
        is_sent = self._current().writes_left > 0
        failure = (translate_create if is_sent else translate_unsent)(answer.error, self._reply())
        if is_clock_error(answer.error):
            self._synchronize()
        raise failure

    def load_markets(self, *, reload: bool = False) -> dict[str, Any]:
        """Return ccxt's markets, read once; nothing is sent to the venue before they are known."""
        exchange = self._current()
        if not exchange.markets or reload:
            self.read(ccxt_call("load_markets", reload), needs_markets=False)
        markets: dict[str, Any] = self._current().markets
        return markets

    def market(self, symbol: str) -> dict[str, Any]:
        """Return ccxt's market of a symbol of this client's market type.

        Raises InvalidRequest: the venue has no such market.
        """
        market: dict[str, Any] | None = self.load_markets().get(symbol)
        if market is None:
            raise InvalidRequest("the exchange has no such market", code="INSTRUMENT_NOT_FOUND")
        return market

    def feature(self, method: str, name: str) -> Any:
        """Return what ccxt says about one of its methods for this market type; None where it says nothing."""
        linear = None if self.market_type is MarketType.SPOT else "linear"
        return self._current().feature_value_by_type(self.market_type.value, linear, method, name)

    def has(self, method: str) -> bool:
        """Tell whether ccxt offers a method natively for this venue."""
        return self._current().has.get(method) is True

    @property
    def now_ms(self) -> int:
        """Return the time by our clock in milliseconds, as ccxt reads it."""
        return int(self._current().milliseconds())

    def symbol_of(self, native: str) -> str | None:
        """Return the symbol of a market by the venue's own name of it; None where it is not known."""
        self.load_markets()
        found = self._current().markets_by_id.get(native)
        return str(found[0]["symbol"]) if found else None

    def currency_of(self, native: str) -> str:
        """Return the code of a currency by the venue's own name of it."""
        return str(self._current().safe_currency_code(native))

    def parse_time(self, text: object) -> int | None:
        """Return the milliseconds of a venue's text for a time; None where it is none."""
        found = self._current().parse8601(text) if isinstance(text, str) else None
        return found if isinstance(found, int) else None

    @property
    def last_answer(self) -> Any:
        """Return the venue's own answer to the last request, as its JSON reads."""
        return self._current().last_json_response

    @property
    def precision_mode(self) -> int:
        """Return how ccxt states precisions for this venue."""
        return int(self._current().precisionMode)

    def close(self) -> None:
        """Close the connections."""
        if self._exchange is not None and self._session is None:
            self._exchange.session.close()
        self._exchange = None

    def _attempt[T](self, call: CcxtCall[T], *, sends: bool = False) -> T | _Failed:
        """Return the answer, or the error: it is raised outside the handler, so that nothing is chained to it."""
        exchange = self._current()
        # ccxt takes "key invalid" for a ban once a key has worked, and would hide a revoked key.
        exchange.options.pop("hasAlreadyAuthenticatedSuccessfully", None)
        exchange.last_response_headers = exchange.last_http_response = exchange.last_status = None
        exchange.writes_left, exchange.unreadable_rows = 0, []
        started = time.monotonic()
        answer: T | _Failed
        try:
            if self._gate is not None:
                self._gate.begin(call.method, sends=sends)
            with localcontext(_CCXT_CONTEXT):
                answer = call.run(exchange)
        except Exception as error:  # noqa: BLE001 every error is translated by its class
            answer = _Failed(error)
        outcome = answer.error if isinstance(answer, _Failed) else answer
        if self._gate is not None:
            self._gate.end(
                exchange.last_response_headers or {},
                answer.error if isinstance(answer, _Failed) else None,
                self._reply(),
            )
        log_call(self.venue, call, outcome, round((time.monotonic() - started) * 1000))
        return answer

    def _current(self) -> Any:
        """Return the ccxt exchange, made anew when the credentials have changed; markets are kept."""
        credentials = self._source(False)
        if self._exchange is None or credentials != self._credentials:
            self._use(credentials)
        return self._exchange

    def _use(self, credentials: VenueCredentials) -> None:
        old, same_place = self._exchange, self._same_place(credentials)
        self._credentials = credentials
        self._exchange = build_exchange(self.ccxt_id, self.market_type, credentials, self._policy, self._session)
        if self._budget is not None:
            self._gate = RateGate(self._budget, self.venue, self.ccxt_id, credentials)
            self._exchange.gate = self._gate
        if old is not None:
            if same_place and old.markets:
                self._exchange.set_markets(old.markets, old.currencies)
            if self._session is None:
                old.session.close()

    def _same_place(self, credentials: VenueCredentials) -> bool:
        old = self._credentials
        return old is not None and old.place(self.venue) == credentials.place(self.venue)

    def _refresh(self) -> bool:
        """Look at the secret again; tell whether it has changed."""
        fresh = self._source(True)
        if fresh == self._credentials:
            return False
        self._use(fresh)
        return True

    def _recover(self, error: Exception, attempt: int) -> None:
        """Wait before the next attempt; after a time error, set our offset to the venue's clock first."""
        if is_clock_error(error):
            self._synchronize()
        else:
            self._sleep(self._policy.pause_seconds * 2 ** (attempt - 1))

    def _synchronize(self) -> None:
        """Correct the time stamps of signed requests; a failure shows in the next attempt."""
        self._attempt(ccxt_call("load_time_difference"))

    def _reply(self) -> Reply:
        headers = getattr(self._exchange, "last_response_headers", None) or {}
        return Reply(
            keys=tuple(self._credentials.keys.values()) if self._credentials else (),
            retry_after_seconds=find_wait(headers, time.time_ns() // 1000),
            status=getattr(self._exchange, "last_status", None),
            body=str(getattr(self._exchange, "last_http_response", None) or ""),
        )
