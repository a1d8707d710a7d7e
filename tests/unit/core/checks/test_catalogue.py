"""The catalogue as a whole: one check per code, in order, each with its tests and its line in the documents."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from riskgate.core.checks import CHECKS
from riskgate.core.checks import __path__ as checks_path
from riskgate.core.checks.context import PreTradeContext
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits
from tests.support.builders import VIOLATED, build_account, build_order, evaluate_order

ROOT = Path(__file__).parents[4]
MODULES = sorted(
    path.stem
    for path in Path(checks_path[0]).glob("*.py")
    if path.stem not in {"__init__", "context", "declaration", "result"}
)
#: A row of the table starts with one or more codes in backticks.
ROW = re.compile(r"^\|\s*(`[A-Z_]+`[^|]*)\|", re.MULTILINE)


def test_catalogue_when_read_then_every_code_once_and_in_order() -> None:
    assert [check.code for check in CHECKS] == list(DenyCode)


def test_codes_when_public_then_name_and_value_agree() -> None:
    assert all(code.name == code.value for code in DenyCode)


def test_modules_when_listed_then_each_holds_checks_of_the_catalogue_and_has_its_tests() -> None:
    used = {check.run.__module__.rpartition(".")[2] for check in CHECKS}

    assert used == set(MODULES)
    tested = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert set(MODULES) <= tested


@pytest.mark.parametrize("module", MODULES)
def test_module_when_read_then_its_docstring_names_its_codes(module: str) -> None:
    text = (Path(checks_path[0]) / f"{module}.py").read_text(encoding="utf-8")
    docstring = text.split('"""')[1]

    own = [check.code for check in CHECKS if check.run.__module__.endswith(f".{module}")]
    assert [name for name in re.findall(r"[A-Z][A-Z_]{5,}", docstring) if name in DenyCode.__members__] == own


def test_limits_when_they_name_a_check_then_one_of_the_catalogue() -> None:
    named = {item.metadata["code"] for item in Limits.__dataclass_fields__.values()} - {""}

    assert named <= set(DenyCode)


def test_evaluation_when_the_order_is_wrong_in_every_way_then_all_checks_ran_and_the_first_names_it() -> None:
    evaluation = evaluate_order(build_order(-1, -1), build_account("NaN"), limits=Limits(), quote=None)

    assert [code for code, _ in evaluation.checks] == list(DenyCode)
    assert len(evaluation.violations) > 3
    assert evaluation.code is evaluation.violations[0][0] is DenyCode.PRICE_INVALID


def test_check_when_it_raises_then_that_is_a_denial_and_the_others_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(_: PreTradeContext) -> None:
        raise ZeroDivisionError

    broken = tuple(
        check._replace(run=break_down) if check.code is DenyCode.GROSS_EXPOSURE else check for check in CHECKS
    )
    monkeypatch.setattr("riskgate.core.orders.evaluate.CHECKS", broken)

    evaluation = evaluate_order(build_order())

    assert evaluation.code is DenyCode.GROSS_EXPOSURE
    assert [code for code, _ in evaluation.checks] == list(DenyCode)
    assert dict(evaluation.checks)[DenyCode.GROSS_EXPOSURE].outcome is VIOLATED


def test_limits_when_all_off_then_what_needs_no_limit_still_denies() -> None:
    still = {code for code, result in evaluate_order(build_order()).checks if result.outcome.value == "passed"}

    assert still >= {DenyCode.KILL_SWITCH_ENGAGED, DenyCode.PRICE_INVALID, DenyCode.NO_REFERENCE_PRICE}
    assert replace(Limits()) == Limits()


def test_page_when_it_lists_the_checks_then_exactly_those_of_the_catalogue() -> None:
    listed: list[str] = []
    for cell in ROW.findall((ROOT / "infra/docs/checks.md").read_text(encoding="utf-8")):
        listed += [name for name in re.findall(r"`([A-Z_]+)`", cell) if name in DenyCode.__members__]

    assert listed == [code.value for code in DenyCode]


def test_limits_when_declared_then_each_is_a_field_with_its_default_unit_and_code() -> None:
    declared = {limit.name: (limit.default, limit.unit, check.code) for check in CHECKS for limit in check.limits}
    fields = Limits.__dataclass_fields__.values()

    assert declared == {
        item.name: (item.default, item.metadata["unit"], item.metadata["code"])
        for item in fields
        if item.metadata["code"]
    }


def test_check_when_it_is_measured_then_it_has_a_limit_to_measure() -> None:
    assert [check.code for check in CHECKS if (check.measure or check.is_running) and not check.limits] == []
    assert [check.code for check in CHECKS if check.is_running and check.measure is None] == []


#: What the order path can measure, since it costs the same in every book; and what is measured with each reading alone.
RUNNING = {
    "ASSET_CONCENTRATION", "DAILY_LOSS", "GROSS_EXPOSURE", "LEVERAGE", "MAX_DAILY_TRADES", "MAX_DRAWDOWN",
    "MAX_OPEN_POSITIONS", "NET_DELTA", "SECTOR_CONCENTRATION", "STRATEGY_BUDGET", "TOTAL_OPEN_RISK",
    "VENUE_CONCENTRATION", "WEEKLY_DRAWDOWN",
}  # fmt: skip
OF_READINGS = {
    "FUNDING_RATE", "LIQUIDATION_DISTANCE", "MARGIN_RATIO", "POSITION_SIZE", "SLIPPAGE_BUDGET", "STABLECOIN_DEPEG",
    "STRESS_LIMIT", "VAR_LIMIT",
}  # fmt: skip


def test_checks_when_people_are_told_how_much_is_used_then_which_with_every_order() -> None:
    assert {check.code for check in CHECKS if check.is_running} == RUNNING
    assert {check.code for check in CHECKS if check.measure is not None} == RUNNING | OF_READINGS
