"""Pages in a real browser; only where `-m browser` asks for it, and Chromium is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.component.riskctl.conftest import gateway, riskctl
from tests.component.riskctl.test_report import answers, reported
from tests.support.aws import aws
from tests.support.folders import is_within
from tests.support.views import views

__all__ = ["answers", "aws", "gateway", "reported", "riskctl", "views"]

FOLDER = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_SECONDS = 120


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is here, and leave it out unless asked for."""
    mine = [item for item in items if is_within(item.path, FOLDER)]
    for item in mine:
        item.add_marker(pytest.mark.browser)
        # One browser at a time.
        item.add_marker(pytest.mark.xdist_group("browser"))
    if "browser" not in config.option.markexpr:
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


@pytest.fixture(scope="session")
def browser() -> str:
    """Return the browser's path."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("Chromium is not installed: apt-get install chromium")
    return found


@pytest.fixture
def run_browser(browser: str, tmp_path: Path) -> Callable[..., str]:
    """Run the browser without a window and without a network, and return what it prints."""

    def run(page: Path, *arguments: str) -> str:
        options = (
            "--headless=new",
            "--no-sandbox",  # of the kernel's: a container has none, and the page is our own file
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={tmp_path / 'profile'}",
        )
        command = [browser, *options, *arguments, page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_SECONDS)
        return done.stdout

    return run
