"""ACCOUNT_UNKNOWN: an account nobody registered may do nothing."""

from __future__ import annotations

from riskgate.core.checks.result import CheckOutcome
from riskgate.core.codes import DenyCode
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.orders.decide import decide_unknown_account
from tests.support.builders import NOW, PASSED, build_order, build_submitted, run_check

CODE = DenyCode.ACCOUNT_UNKNOWN


def test_account_when_registered_then_passes() -> None:
    assert run_check(CODE, build_order()).outcome is PASSED


def test_account_when_not_registered_then_denied_and_no_other_check_guesses() -> None:
    decision = decide_unknown_account(build_submitted(build_order()), NOW)

    assert not decision.approved
    assert decision.evaluation.code is CODE
    others = {result.outcome for code, result in decision.evaluation.checks[2:] if code is not CODE}
    assert others == {CheckOutcome.NOT_APPLICABLE}


def test_account_when_not_registered_and_the_kill_switch_is_engaged_then_that_is_named_first() -> None:
    flags = (KillSwitch(scope="global", key="", engaged=True),)

    decision = decide_unknown_account(build_submitted(build_order(), kill_switches=flags), NOW)

    assert decision.evaluation.code is DenyCode.KILL_SWITCH_ENGAGED
    assert CODE in dict(decision.evaluation.violations)
