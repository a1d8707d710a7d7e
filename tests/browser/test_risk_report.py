"""The risk report as a person sees it."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib.image as mpimg
import numpy as np
import pytest
from PIL import Image

from infra.riskctl.report_page import render_page
from tests.component.riskctl.test_report import CHARTS, HOSTILE

# It has no type stubs.
ndimage: Any = import_module("scipy.ndimage")

WIDTH, HEIGHT = 1280, 1900
#: Where the documents' pictures are drawn anew, if anywhere.
PICTURES = os.environ.get("DASHBOARD_PICTURES")
COLOURS = {"ground": "#f3f4f6", "blue": "#2563eb", "light blue": "#bfd3fb", "red": "#dc2626", "orange": "#ea7317"}

type Run = Callable[..., str]


def take_picture(run_browser: Run, page: Path) -> Any:
    """Return the page's pixels, shape (height, width, 3), 0 to 1."""
    picture = page.with_suffix(".png")
    run_browser(page, f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture}")
    return mpimg.imread(picture)[:, :, :3]


def share_of(pixels: Any, colour: str) -> float:
    """Return the share of pixels that have nearly this colour."""
    wanted = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return float((np.abs(pixels - wanted).max(axis=2) < 0.06).mean())


@pytest.fixture
def page(answers: Any, tmp_path: Path) -> Path:
    """Write the report of a book at real closes."""
    path = tmp_path / "report.html"
    path.write_text(render_page(*answers), encoding="utf-8")
    return path


def test_report_when_opened_in_a_browser_then_every_chart_is_drawn_in_a_place_of_its_own(
    page: Path, run_browser: Run
) -> None:
    text = page.read_text(encoding="utf-8")
    blank = page.with_name("blank.html")
    blank.write_text(re.sub(r"base64,[^\"]+", "base64,", text), encoding="utf-8")

    pixels = take_picture(run_browser, page)
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    if PICTURES:
        with Image.open(page.with_suffix(".png")) as picture:
            picture.convert("RGB").quantize(96, dither=Image.Dither.NONE).save(
                Path(PICTURES) / "risk-report.png", optimize=True
            )
    drawn = np.abs(pixels - take_picture(run_browser, blank)).max(axis=2) > 0.1
    # What belongs to one chart is closer than two charts are to each other.
    places, _ = ndimage.label(ndimage.binary_closing(np.pad(drawn, 20), np.ones((25, 25))))
    sizes = sorted(np.bincount(places.ravel())[1:], reverse=True)
    charts = [size for size in sizes if size > 10_000]
    assert len(charts) == len(CHARTS), sizes[:20]
    shares = {name: share_of(pixels, colour) for name, colour in COLOURS.items()}
    assert min(shares.values()) > 0.001, shares


def test_report_when_printed_then_the_charts_fit_one_page_and_the_tables_follow(page: Path, run_browser: Run) -> None:
    document = page.with_suffix(".pdf")
    run_browser(page, "--no-pdf-header-footer", f"--print-to-pdf={document}")

    pages = re.findall(rb"/Type /Page\b", document.read_bytes())
    assert len(pages) == 3


def test_report_when_a_name_is_a_script_then_nothing_runs(answers: Any, run_browser: Run, tmp_path: Path) -> None:
    risk, account = copy.deepcopy(answers)
    risk["stress"]["scenarios"][0]["name"] = "<img src=x onerror=\"document.title='owned'\">"
    risk["var"]["positions"][0]["key"] = HOSTILE
    path = tmp_path / "report.html"
    path.write_text(render_page(risk, account), encoding="utf-8")

    shown = run_browser(path, "--dump-dom")
    assert "<title>Risk report demo</title>" in shown
    assert "<img src=" not in shown
    assert "&lt;img src=x" in shown
