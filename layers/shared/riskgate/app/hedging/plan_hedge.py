"""Plan a hedge and keep the plan in the log."""

from dataclasses import dataclass
from datetime import datetime

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.once import Once
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import Conflict, Contention
from riskgate.core.hedging.markets import list_candidates, list_under_way
from riskgate.core.hedging.model import HedgePlanned, HedgeSpec
from riskgate.core.ledger.apply import Result
from riskgate.core.orders.events import RULES
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.http.answers.hedging import HedgePlanBody
from riskgate.schemas.log.hedge_plan import plan_body

#: Kind of the marker that keeps a plan.
HEDGE = "HEDGE"


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedHedge:
    """A plan as stored."""

    body: HedgePlanBody
    account_id: str
    strategy: str
    planned_at: datetime


def plan_hedge(acting: Acting, account_id: str, spec: HedgeSpec) -> Answered[PlannedHedge]:
    """Plan a hedge and write the plan down, or return the plan that stands under this hedge id.

    Raises NotFound: unknown account; Conflict: the hedge id was used for another hedge; Unprocessable: a market cannot
    be traded or valued now, or correlations are not known well enough.
    """
    markets, assets = _needs(spec, acting.deps.store.read(ReadRequest(account_id=account_id)).require_state())
    reused = Conflict("this hedge_id belongs to another hedge", code="HEDGE_ID_REUSED")
    once = Once.under(HEDGE, spec.hedge_id, spec, reused)

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[PlannedHedge]:
        state = snapshot.require_state()
        known = once.find_answer(snapshot)
        if known is not None:
            return Answered(_planned(account_id, spec, decode(known, HedgePlanBody)), replayed=not maybe_committed)
        wanted, wanted_assets = _needs(spec, state)
        # A hedge that was under way may have ended meanwhile.
        if not set(wanted) <= set(markets) or wanted_assets != assets:
            raise Contention("the book changed while it was being read")
        event = HedgePlanned(
            spec=spec,
            markets=tuple(snapshot.market(f"{venue}:{symbol}") for venue, symbol in markets),
            rows=tuple(
                row.cut(assets, with_scenarios=False)
                for row in map(snapshot.correlations.get, assets)
                if row is not None
            ),
            rules=RULES,
        )

        def effects(result: Result, place: LogPlace) -> tuple[PlannedHedge, Effects]:
            body = hedge_body(account_id, event, result, place, acting.now)
            mark = once.keep(encode(body).decode())
            return _planned(account_id, spec, body), Effects(answer=body, markers=(mark,))

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, markets=markets, assets=assets, markers=(once.name,))
    return commit_event(acting, request, plan)


def hedge_body(account_id: str, event: HedgePlanned, result: Result, place: LogPlace, now: datetime) -> HedgePlanBody:
    """Return the plan's body: the same from the log as it was answered."""
    assert result.hedge is not None  # noqa: S101 what the event gives
    return plan_body(
        event.spec,
        result.hedge,
        routed={venue.venue for venue in result.state.venues if venue.secret_name is not None},
        account_id=account_id,
        state_version=place.state_version,
        audit_sequence=place.audit_sequence,
        now=now,
    )


def _needs(spec: HedgeSpec, state: AccountState) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the markets and the assets' correlations that a hedge of this book reads."""
    candidates = tuple(dict.fromkeys((item.venue, item.symbol) for item in list_candidates(spec, state)))
    # What an earlier hedge still trades elsewhere is counted by the size of its contracts.
    markets = tuple(dict.fromkeys((*candidates, *list_under_way(spec, state))))
    if not spec.mode.is_statistical:
        return markets, ()
    held = (p.asset for key, p in state.positions.items() if spec.position in {None, key})
    traded = (symbol.partition("/")[0] for _, symbol in candidates)
    return markets, tuple(sorted({*held, *traded}))


def _planned(account_id: str, spec: HedgeSpec, body: HedgePlanBody) -> PlannedHedge:
    return PlannedHedge(
        body=body,
        account_id=account_id,
        strategy=spec.strategy,
        planned_at=body.planned_at,
    )
