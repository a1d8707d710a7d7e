"""What every risk computation of one account reads."""

from dataclasses import dataclass
from datetime import datetime

from riskgate import ENGINE_VERSION
from riskgate.app.account.describe_account import read_account
from riskgate.app.ledger.commit_event import Deps
from riskgate.app.ports.jobs import Closes, Reports
from riskgate.core.account.stored import ReadRequest
from riskgate.core.money import with_risk_context
from riskgate.core.orders.decide import settle
from riskgate.core.quant.inputs import RiskInputs


@dataclass(frozen=True, kw_only=True, slots=True)
class RiskDeps:
    """Where the risk jobs read and write."""

    deps: Deps
    reports: Reports
    closes: Closes


@with_risk_context
def read_inputs(account_id: str, risk: RiskDeps, now: datetime) -> RiskInputs:
    """Read an account for a risk computation: sessions rolled, expired reservations released, as the gate sees it.

    Raises NotFound: unknown account; Transient: the database did not answer.
    """
    _, stored, limits = read_account(account_id, risk.deps)
    state, _ = settle(stored, limits.limits, now)
    held = [position for position in state.positions.values() if position.quantity]
    markets = tuple((position.venue, position.symbol) for position in held)
    # The account is known: it may be a moment older than the quotes, as one of the same batch may be.
    request = ReadRequest(account_id=account_id, markets=markets, with_account=False)
    quotes = risk.deps.store.read(request).quotes if markets else {}
    exposed = {asset for asset, value in state.exposure.net_by_asset.items() if value}
    closes = risk.closes.get(sorted(exposed | {position.asset for position in held}))
    return RiskInputs(
        state=state,
        limits=limits.limits,
        closes=closes,
        quotes=quotes,
        now=now,
        engine_version=ENGINE_VERSION,
    )
