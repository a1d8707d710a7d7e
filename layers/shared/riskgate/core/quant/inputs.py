"""What the risk reports of one account are computed from; the same inputs give the same report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from riskgate.core.account.document import AccountState
from riskgate.core.instrument import Quote
from riskgate.core.limits import Limits
from riskgate.core.market.closes import DailyCloses
from riskgate.core.risk.report import VarRecord


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class RiskInputs:
    """An account as it is now, with the closes of every asset it has exposure in and the quotes of its markets."""

    state: AccountState
    limits: Limits = Limits()  # in force: stress looks for what breaches the drawdown that stops trading
    closes: Mapping[str, DailyCloses]  # of every asset held; those without any may be missing
    quotes: Mapping[str, Quote]  # by market key
    history: Sequence[VarRecord] = ()  # what was reported on the days before, oldest first: VaR is held against it
    now: datetime  # UTC; also seeds the simulations
    engine_version: str
