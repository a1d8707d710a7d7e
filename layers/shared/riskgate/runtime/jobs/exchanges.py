"""The exchanges that jobs send to and read from, and the bounds of one invocation."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.credentials import SecretCredentials
from riskgate.app.ports.exchange import Exchange
from riskgate.core.account.document import Venue
from riskgate.core.errors import Unprocessable
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now

#: Short enough that an order in doubt is looked up several times in one invocation.
POLICY = CallPolicy(connect_seconds=1.0, read_seconds=3.0, attempts=2)
#: What a call may take with its repetitions: none begins later than this before the end.
CALL_SECONDS = 8.5
#: Kept for the last commit and for handing the message back.
MARGIN_SECONDS = 2.5
#: Longer than a venue takes a signed request for new (5 s, and its clock may differ): then it never arrives.
ABSENCE_SECONDS = 12.0
#: Longer than the function's timeout (30 s).
LIFE_SECONDS = 40.0


@lazy
def exchange_of(venue: Venue) -> Exchange:
    """Return the exchange behind one venue; kept, since it knows its markets and paces its requests.

    Raises Unprocessable: the venue names no secret.
    """
    if venue.secret_name is None:
        raise Unprocessable("the account has no key for this venue", code="ROUTING_UNAVAILABLE")
    credentials = SecretCredentials(wiring.secrets(), venue.secret_name)
    return CcxtExchange(venue.venue, venue.market_type, credentials, policy=POLICY, sleep=wiring.deps().sleep)


def bounds_of(context: LambdaContext) -> dict[str, Any]:
    """Return what every job works with: the fields of `JobContext`."""
    deps = wiring.deps()
    remaining = context.get_remaining_time_in_millis() / 1000
    deadline = deps.monotonic() + remaining - MARGIN_SECONDS
    return {"deps": deps, "clock": utc_now, "deadline": deadline, "call_seconds": CALL_SECONDS}
