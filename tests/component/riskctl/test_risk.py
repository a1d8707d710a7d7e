"""`riskctl risk`: figures shown, computed on demand, and scenarios tried and kept."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from typer.testing import Result

from infra.riskctl.aws import Aws
from tests.component.riskctl.book import BOOK, EQUITY, JOBS, close_of, take_up
from tests.component.riskctl.conftest import Gateway
from tests.support.aws import LambdaContext
from tests.support.risk_jobs import build_queue

type Run = Callable[..., Result]


@pytest.fixture
def held(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Give an account with a book, and the functions where the stack's would be."""

    def invoke(_aws: Aws, output: str, payload: dict[str, Any]) -> dict[str, Any]:
        job = JOBS[output.removesuffix("FunctionName").lower()]
        # Its log and metrics go elsewhere; its answer comes back as JSON.
        with contextlib.redirect_stdout(io.StringIO()):
            answer: dict[str, Any] = json.loads(json.dumps(job(payload, LambdaContext())))  # type: ignore[arg-type]
        return answer

    monkeypatch.setattr(Aws, "invoke", invoke)
    take_up(gateway)
    return gateway


def read(done: Result) -> Any:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_risk_when_run_then_shown_with_the_same_figures(held: Gateway, riskctl: Run) -> None:
    ran = read(riskctl("risk", "run", "-o", "json"))
    shown = read(riskctl("risk", "show", "-o", "json"))

    assert (ran["var"]["status"], ran["stress"]["status"]) == ("ok", "ok")
    first = shown["var"]["figures"][0]
    assert (first["var"], first["confidence"]) == (ran["var"]["var_95"], "0.95")
    assert Decimal(2_000) < Decimal(first["var"]) < Decimal(5_000)
    assert shown["stress"]["worst"] == ran["stress"]["worst"] == "exchange_lost_binance"


def test_risk_when_shown_then_every_part_of_the_report_is_on_the_screen(held: Gateway, riskctl: Run) -> None:
    done = riskctl("risk", "run")
    assert (done.exit_code, "var: ok, historical 95 % one day" in done.output) == (0, True)

    shown = riskctl("risk", "show")
    assert shown.exit_code == 0, shown.output
    for text in (
        "gate: 252 days",
        "cornish_fisher",
        "monte_carlo/student_t",
        "Kupiec p",
        "march_2020_crash",
        "uniform",
    ):
        assert text in shown.output
    assert "TOO OLD" not in shown.output


def test_risk_when_no_job_has_run_then_said_and_the_exit_code_tells(gateway: Gateway, riskctl: Run) -> None:
    shown = riskctl("risk", "show")

    assert shown.exit_code == 1
    assert "var: not computed yet" in shown.output
    assert "count the whole exposure as lost" in shown.output


def test_risk_when_run_for_everyone_then_each_account_is_queued(
    held: Gateway, riskctl: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOB_QUEUE_URL", build_queue("jobs"))

    done = riskctl("risk", "run", "--all")
    assert done.output == "var: 1 account queued\nstress: 1 account queued\n"


def test_stress_when_shocks_are_given_then_what_they_would_do(held: Gateway, riskctl: Run) -> None:
    arguments = ("--default", "0", "--shock", "BTC=-0.5", "--shock", "BNB=0.1")
    figure = read(riskctl("risk", "stress", *arguments, "-o", "json"))["scenario"]

    btc, bnb = (Decimal(BOOK[symbol]) * close_of(symbol) for symbol in ("BTC/USDT", "BNB/USDT:USDT"))
    assert abs(Decimal(figure["pnl"]) - (btc * Decimal("-0.5") + bnb * Decimal("0.1"))) < Decimal("0.001")
    shown = riskctl("risk", "stress", *arguments)
    assert (shown.exit_code, "binance:BTC/USDT" in shown.output, "-50.00 %" in shown.output) == (0, True, True)


def test_stress_when_named_then_the_scenario_of_the_report(held: Gateway, riskctl: Run) -> None:
    figure = read(riskctl("risk", "stress", "exchange_lost_binance", "-o", "json"))["scenario"]

    assert Decimal(figure["pnl"]) == -EQUITY


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("stress",), "default_shock"),
        (("stress", "ftx_nov_2022", "--default", "0"), "scenario"),
        (("stress", "--default", "half"), "'half' is not a number"),
        (("stress", "--default", "0", "--shock", "BTC"), "'BTC' is not NAME=return"),
        (("stress", "nobody"), "no such scenario"),
        (("set-scenario", "UPPER", "--default", "0"), "name"),
        (("drop-scenario", "nobody"), "the account has no scenario nobody"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_risk_when_asked_wrongly_then_one_line_and_usage(
    held: Gateway, riskctl: Run, arguments: tuple[str, ...], said: str
) -> None:
    done = riskctl("risk", *arguments)

    assert done.exit_code == 2, done.output
    assert said in done.output
    assert "Traceback" not in done.output


def test_scenarios_when_kept_changed_and_dropped_then_listed_and_in_the_report(held: Gateway, riskctl: Run) -> None:
    assert "no scenarios" in riskctl("risk", "scenarios").output
    done = riskctl("risk", "set-scenario", "hack", "--default", "-0.1", "--shock", "ETH=-0.9", "--sector", "defi=-0.4")
    assert done.exit_code == 0, done.output
    assert "ETH -90.00 %" in done.output
    assert riskctl("risk", "set-scenario", "other", "--default", "-0.3").exit_code == 0
    riskctl("risk", "run")
    report = read(riskctl("risk", "show", "-o", "json"))["stress"]
    assert {"own:hack", "own:other"} < {row["name"] for row in report["scenarios"]}

    changed = read(riskctl("risk", "set-scenario", "hack", "--default", "-0.2", "-o", "json"))
    assert {one["name"]: one["default_shock"] for one in changed["scenarios"]} == {"hack": "-0.2", "other": "-0.3"}
    dropped = read(riskctl("risk", "drop-scenario", "hack", "-o", "json"))
    assert [one["name"] for one in dropped["scenarios"]] == ["other"]
