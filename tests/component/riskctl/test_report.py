"""`riskctl report`: the jobs' own reports as one page and one picture."""

from __future__ import annotations

import base64
import copy
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import Result

from infra.riskctl.report_figures import list_charts, render_png, render_svg
from infra.riskctl.report_page import describe, render_page
from tests.component.riskctl.book import run_jobs, take_up
from tests.component.riskctl.conftest import ACCOUNT, Gateway

type Run = Callable[..., Result]
HOSTILE = "<script>alert('$x$')</script>\"&"
CHARTS = ["distribution", "drawdown", "backtest", "stress", "limits", "correlation", "components", "methods"]


@pytest.fixture
def reported(gateway: Gateway) -> Gateway:
    """Give an account with a book, and let both jobs report on it."""
    take_up(gateway)
    run_jobs()
    return gateway


#: What the API answered: the jobs run once for all tests of the page.
_ANSWERS: list[tuple[dict[str, Any], dict[str, Any]]] = []


@pytest.fixture
def answers(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what the API answers about the account; a test may change it."""
    if not _ANSWERS:
        api = request.getfixturevalue("reported").api
        _ANSWERS.append((api.get(f"/accounts/{ACCOUNT}/risk"), api.get(f"/accounts/{ACCOUNT}")))
    return copy.deepcopy(_ANSWERS[0])


def test_report_when_both_jobs_have_run_then_one_page_with_every_chart(
    reported: Gateway, riskctl: Run, tmp_path: Path
) -> None:
    page, picture = tmp_path / "out.html", tmp_path / "out.png"

    done = riskctl("report", ACCOUNT, "--html", str(page), "--png", str(picture))
    assert (done.exit_code, done.stdout.count("wrote")) == (0, 2), done.output
    text = page.read_text(encoding="utf-8")
    assert re.findall(r'<section class="card[^"]*" id="(\w+)">', text) == CHARTS
    width, height = struct.unpack(">II", picture.read_bytes()[16:24])
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert (width > 1000, height > width) == (True, True)


def test_page_when_opened_then_needs_nothing_else_and_runs_nothing(answers: Any) -> None:
    text = render_page(*answers)

    assert not re.search(r"<(script|link|iframe|object|base)\b", text)
    assert set(re.findall(r'(?:src|href)="([a-z:/+;]*)', text)) == {"data:image/svg+xml;base"}
    assert "default-src 'none'" in text
    for picture in re.findall(r"base64,([^\"]+)", text):
        root = ET.fromstring(base64.b64decode(picture))  # noqa: S314 our own drawing
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert not root.findall(".//{http://www.w3.org/2000/svg}script")


def test_page_when_names_are_hostile_then_shown_as_text(answers: Any) -> None:
    risk, account = copy.deepcopy(answers)
    risk["account_id"] = account["trading_state"] = HOSTILE
    risk["var"]["positions"][0]["key"] = risk["var"]["correlation"]["assets"][0] = HOSTILE
    risk["var"]["figures"][0]["flags"] = [HOSTILE]
    risk["var"]["findings"] = [{"asset": HOSTILE, "code": HOSTILE, "count": 1, "first_day": HOSTILE, "last_day": None}]
    risk["var"]["uncovered"] = [{"key": HOSTILE, "asset": HOSTILE, "value": "1", "observations": 3}]
    risk["stress"]["scenarios"][0] |= {"name": HOSTILE, "reason": HOSTILE}
    risk["stress"]["reverse"][0]["factor"] = HOSTILE
    risk["stress"]["assumptions"] = [HOSTILE]

    text = render_page(risk, account)
    assert "<script" not in text
    assert "alert('" not in text
    assert text.count("&lt;script&gt;") > 8
    assert render_png(risk, account, describe(risk, account), dpi=30).startswith(b"\x89PNG")


def test_page_when_rendered_again_then_the_same_bytes(answers: Any) -> None:
    assert render_page(*answers) == render_page(*answers)
    chart = list_charts(*answers)[0]
    assert render_svg(chart, *answers) == render_svg(chart, *answers)


def test_report_when_no_job_has_run_then_the_page_says_so(gateway: Gateway, riskctl: Run, tmp_path: Path) -> None:
    page = tmp_path / "out.html"

    assert riskctl("report", "--html", str(page)).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "There is no VaR report yet" in text
    assert "count the whole exposure as lost" in text
    assert re.findall(r'<section class="card[^"]*" id="(\w+)">', text) == ["limits"]


def test_report_when_the_data_do_not_suffice_then_the_reason_and_no_figure(answers: Any) -> None:
    risk, account = copy.deepcopy(answers)
    risk["var"] |= {"status": "insufficient_data", "reason": "insufficient data: no history"}
    risk["var"] |= {"figures": [], "positions": [], "pnl": [], "correlation": None, "backtests": [], "liquidity": []}
    for row in risk["stress"]["scenarios"]:
        row |= {"pnl": None, "loss_fraction": None, "equity_after": None, "coverage": None, "reason": "none"}
    risk["stress"]["worst"] = ""

    text = render_page(risk, account)
    assert "insufficient data: no history" in text
    assert not re.search(r"\b(nan|None)\b", re.sub(r"base64,[^\"]+", "", text))
    assert [chart.name for chart in list_charts(risk, account)] == ["limits"]


@pytest.mark.parametrize(
    ("changes", "is_current", "word"),
    [
        ({"status": "ok"}, True, 'ok">var current'),
        ({"status": "no_positions"}, True, 'ok">var current'),
        ({"status": "partial"}, True, 'stale">var partial'),
        ({"status": "insufficient_data"}, True, 'stale">var without data'),
        ({"status": "insufficient_data"}, False, 'stale">var too old'),
        (None, False, 'stale">var missing'),
    ],
)
def test_badge_when_there_are_no_figures_then_not_called_current(
    answers: Any, changes: Any, is_current: bool, word: str
) -> None:
    risk, account = copy.deepcopy(answers)
    risk["var_is_current"] = is_current
    risk["var"] = None if changes is None else risk["var"] | changes
    with pytest.MonkeyPatch.context() as patch:
        # Pictures take seconds, and say nothing of badges.
        patch.setattr("infra.riskctl.report_page.list_charts", lambda *_: ())

        assert f'<span class="badge {word}</span>' in render_page(risk, account)


def test_report_when_an_asset_never_moves_or_the_book_is_one_asset_then_drawn(answers: Any) -> None:
    risk, account = copy.deepcopy(answers)
    for row in risk["var"]["pnl"]:
        row["pnl"] = "0"
    risk["var"]["correlation"] = {"assets": ["USDC"], "matrix": [[None]], "volatilities": ["0"]}

    assert render_page(risk, account).count("<img") == len(CHARTS)


@pytest.mark.parametrize("arguments", [(), ("--html", "/nowhere/at/all.html")], ids=["nothing to write", "no folder"])
def test_report_when_it_cannot_be_written_then_usage(gateway: Gateway, riskctl: Run, arguments: Any) -> None:
    done = riskctl("report", ACCOUNT, *arguments)

    assert done.exit_code == 2
    assert "Traceback" not in done.output
