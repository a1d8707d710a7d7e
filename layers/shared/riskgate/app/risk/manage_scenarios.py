"""The account's own stress scenarios."""

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import Conflict
from riskgate.core.ledger.account_events import StressScenariosChanged
from riskgate.core.ledger.apply import Result
from riskgate.core.scenario import StressScenario
from riskgate.schemas.http.answers.risk import ScenariosAnswer


def scenarios_body(state: AccountState) -> ScenariosAnswer:
    """Return the scenarios in force, by name."""
    return ScenariosAnswer(scenarios=[scenario for _, scenario in sorted(state.stress_scenarios.items())])


def is_loosened(state: AccountState, scenarios: tuple[StressScenario, ...]) -> bool:
    """Tell whether a scenario that stands now would be gone or different: the stress limit may then allow more."""
    return any(scenario not in scenarios for scenario in state.stress_scenarios.values())


def change_scenarios(
    acting: Acting, account_id: str, scenarios: tuple[StressScenario, ...], *, expected: AccountState
) -> ScenariosAnswer:
    """Replace the account's own scenarios; the next risk job takes them to the gate.

    `expected` is what the caller saw: scenarios that changed since may need a second factor. Raises NotFound: unknown
    account; Conflict: the scenarios changed in the meantime.
    """

    def plan(snapshot: Snapshot, _maybe_committed: bool) -> Plan[ScenariosAnswer]:
        state = snapshot.require_state()
        if state.stress_scenarios == {one.name: one for one in scenarios}:
            # Also what a repeated attempt finds whose confirmation was lost.
            return Answered(scenarios_body(state))
        if state.stress_scenarios != expected.stress_scenarios:
            raise Conflict("the scenarios changed in the meantime", code="SCENARIOS_CHANGED")

        def effects(result: Result, _place: LogPlace) -> tuple[ScenariosAnswer, Effects]:
            body = scenarios_body(result.state)
            return body, Effects(answer=body)

        return Step(StressScenariosChanged(scenarios=scenarios), effects)

    return commit_event(acting, ReadRequest(account_id=account_id), plan).value
