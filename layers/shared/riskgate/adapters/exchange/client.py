"""One exchange account through ccxt: keys that may change, bounded retries of reads, never of orders."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, localcontext
from typing import Any

from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.call_log import LOCAL, CcxtCall, log_call
from riskgate.adapters.exchange.connection import Connection
from riskgate.adapters.exchange.credentials import CredentialsSource, no_credentials
from riskgate.adapters.exchange.errors import (
    is_clock_error,
    is_key_error,
    translate_create,
    translate_read,
    translate_unsent,
    venue_code,
)
from riskgate.adapters.exchange.rate_gate import BudgetUse
from riskgate.adapters.exchange.rows import RowNotes, Rows, is_readable, tell_row
from riskgate.adapters.exchange.venue_rule_fields import VenueRules
from riskgate.adapters.exchange.venue_rules import rules_of
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

#: ccxt changes the traps and the rounding of the context it runs in: it gets one of its own, wide enough to be exact.
_CCXT_CONTEXT = Context(prec=60)


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
        self._policy = policy or CallPolicy()
        self._link = Connection(venue, market_type, credentials, self._policy, session, budget)
        self._sleep = sleep
        self._only_proven = only_proven
        #: What could not be read.
        self.rows = RowNotes(venue)

    @property
    def ccxt_id(self) -> str:
        """Return the ccxt class in use."""
        return self._link.ccxt_id

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
            failure = translate_read(answer.error, self._link.reply(), late=self.rules.clock_codes)
            if isinstance(failure, VenueAccessDenied) and not refreshed:
                refreshed = True
                if self._link.refresh():
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
        lost = self.rows.note(self.last_unreadable)
        found = []
        for row in rows:
            if not is_readable(row):
                continue
            try:
                check(row)
            except VenueAnswerInvalid as error:
                lost += self.rows.note([tell_row(kind, row, error)])
            else:
                found.append(row)
        return Rows(found, lost)

    def send[T](self, call: CcxtCall[T]) -> T:
        """Call ccxt for something that changes the venue: once, since a repetition could do it twice.

        A request that was refused for its key surely did nothing: it is sent again with a key that has changed. What
        only looks like it (a timeout of the venue, a clock that is off) is not.

        Raises Rejected, Transient, OutcomeUnknown: see `errors.translate_create`; InvalidRequest: it could not be
        written, and no request left.
        """
        self.load_markets()
        answer = self._attempt(call, sends=True)
        if isinstance(answer, _Failed) and self._is_key_error(answer.error) and self._link.refresh():
            self.load_markets()
            answer = self._attempt(call, sends=True)
        if not isinstance(answer, _Failed):
            return answer
        is_sent = self._link.current().writes_left > 0
        reply, rules = self._link.reply(), self.rules
        failure = (
            translate_create(answer.error, reply, doubtful=rules.doubtful_codes, late=rules.clock_codes)
            if is_sent
            else translate_unsent(answer.error, reply)
        )
        if self._is_clock_error(answer.error):
            self._synchronize()
        raise failure

    def load_markets(self, *, reload: bool = False) -> dict[str, Any]:
        """Return ccxt's markets, read once; nothing is sent to the venue before they are known."""
        exchange = self._link.current()
        if not exchange.markets or reload:
            asked = (dict(self.rules.market_parameters),) if self.rules.market_parameters else ()
            self.read(ccxt_call("load_markets", reload, *asked), needs_markets=False)
            self.rows.note(self.last_unreadable)
        markets: dict[str, Any] = self._link.current().markets
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
        return self._link.current().feature_value_by_type(self.market_type.value, linear, method, name)

    def asset_of(self, native: str) -> str:
        """Return ccxt's name of a coin that the venue names so."""
        return str(self._link.current().safe_currency_code(native))

    def has(self, method: str) -> bool:
        """Tell whether ccxt offers a method natively for this venue."""
        return self._link.current().has.get(method) is True

    @property
    def account_address(self) -> str:
        """Return the address of the account, lower case, at venues that know accounts by one."""
        return str(self._link.current().walletAddress).lower()

    @property
    def now_ms(self) -> int:
        """Return the time by our clock in milliseconds, as ccxt reads it."""
        return int(self._link.current().milliseconds())

    @property
    def signed_ms(self) -> int:
        """Return the time with which requests are signed: ours, corrected by what is known of the venue's clock."""
        return int(self._link.current().nonce())

    def symbol_of(self, native: str) -> str | None:
        """Return the symbol of a market by the venue's own name of it; None where it is not known."""
        self.load_markets()
        found = self._link.current().markets_by_id.get(native)
        return str(found[0]["symbol"]) if found else None

    def currency_of(self, native: str) -> str:
        """Return the code of a currency by the venue's own name of it."""
        return str(self._link.current().safe_currency_code(native))

    def write_time(self, at_ms: int) -> str:
        """Write milliseconds as an ISO 8601 text."""
        return str(self._link.current().iso8601(at_ms))

    def parse_time(self, text: object) -> int | None:
        """Return the milliseconds of a venue's text for a time; None where it is none."""
        found = self._link.current().parse8601(text) if isinstance(text, str) else None
        return found if isinstance(found, int) else None

    @property
    def last_answer(self) -> Any:
        """Return the venue's own answer to the last request, as its JSON reads."""
        return self._link.current().last_json_response

    @property
    def last_unreadable(self) -> list[UnreadableRow]:
        """Return the rows of the last request's answer that ccxt could not read."""
        return list(self._link.current().unreadable_rows)

    @property
    def lost_markets(self) -> frozenset[str]:
        """Return the venue's names of the markets whose own rows could not be read."""
        return frozenset(self._link.current().lost_markets)

    @property
    def precision_mode(self) -> int:
        """Return how ccxt states precisions for this venue."""
        return int(self._link.current().precisionMode)

    def close(self) -> None:
        """Close the connections."""
        self._link.close()

    def _attempt[T](self, call: CcxtCall[T], *, sends: bool = False) -> T | _Failed:
        """Return the answer, or the error: it is raised outside the handler, so that nothing is chained to it."""
        exchange = self._link.current()
        # ccxt takes "key invalid" for a ban once a key has worked, and would hide a revoked key.
        exchange.options.pop("hasAlreadyAuthenticatedSuccessfully", None)
        exchange.last_response_headers = exchange.last_http_response = exchange.last_status = None
        exchange.writes_left, exchange.unreadable_rows = 0, []
        # What ccxt works out by itself, as an order's rounding, takes nothing of the venue's limit, and waits for none.
        started, gate = time.monotonic(), None if call.method in LOCAL else self._link.gate
        answer: T | _Failed
        try:
            if gate is not None:
                gate.begin(call.method, sends=sends)
            with localcontext(_CCXT_CONTEXT):
                answer = call.run(exchange)
        except Exception as error:  # noqa: BLE001 every error is translated by its class
            answer = _Failed(error)
        outcome = answer.error if isinstance(answer, _Failed) else answer
        if gate is not None:
            failed = answer.error if isinstance(answer, _Failed) else None
            gate.end(exchange.last_response_headers or {}, failed, self._link.reply())
        log_call(self.venue, call, outcome, round((time.monotonic() - started) * 1000))
        return answer

    def _recover(self, error: Exception, attempt: int) -> None:
        """Wait before the next attempt; after a time error, set our offset to the venue's clock first."""
        if self._is_clock_error(error):
            self._synchronize()
        else:
            self._sleep(self._policy.pause_seconds * 2 ** (attempt - 1))

    def _is_key_error(self, error: Exception) -> bool:
        named = venue_code(self._link.reply().body)
        return is_key_error(error) and named not in self.rules.doubtful_codes | self.rules.clock_codes

    def _is_clock_error(self, error: Exception) -> bool:
        return is_clock_error(error) or venue_code(self._link.reply().body) in self.rules.clock_codes

    def _synchronize(self) -> None:
        """Correct the time stamps of signed requests; a failure shows in the next attempt."""
        self._attempt(ccxt_call("load_time_difference"))
