"""The page "Add a check", followed to the letter in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.catalogue import ROOT, render

PAGE = (ROOT / "infra/docs/add-a-check.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
FILES = re.findall(r"`((?:layers|tests)/\S+/(?:test_)?working_orders\.py)`", PAGE)
#: What the new limit has to be part of, without another line of code.
PROOF = """
from decimal import Decimal
from riskgate.core.checks import CHECKS
from riskgate.core.codes import DenyCode
from riskgate.core.levels.utilization import measure_running, measure_utilization
from riskgate.core.limits import Limits, list_loosened
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.failed import ValidationFailed
from riskgate.schemas.http.requests.limits import LimitsRequest
from infra.openapi.build import build_openapi
from tests.support.builders import build_account, build_working

codes = [check.code for check in CHECKS]
assert codes.index("WORKING_ORDERS") == codes.index("MAX_OPEN_POSITIONS") + 1
assert Limits().working_orders_max is None
changed = parse_request(LimitsRequest, {"working_orders_max": Decimal(4)}).apply_to(Limits())
assert decode(encode(changed), Limits).working_orders_max == 4
assert list_loosened(changed, Limits()) == ("working_orders_max",)
try:
    parse_request(LimitsRequest, {"working_orders_max": Decimal(201)})
except ValidationFailed:
    pass
else:
    raise AssertionError("no bound")
state = build_account(working=[build_working(1)])
for rows in (measure_running(state, changed), measure_utilization(state, changed, None)):
    (row,) = [row for row in rows if row.code is DenyCode.WORKING_ORDERS]
    assert (row.name, row.value, row.limit, row.unit) == ("working_orders_max", 1, 4, "orders")
assert "working_orders_max" in build_openapi()["components"]["schemas"]["LimitsRequest"]["properties"]
"""


def run(copy: Path, *arguments: str) -> None:
    environment = {"PYTHONPATH": f"{copy / 'layers/shared'}:{copy}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of what a check has to do with."""
    for folder in ("functions", "layers/shared/riskgate", "infra/docs", "infra/openapi", "tests/support"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("infra/__init__.py", "infra/catalogue.py", "tests/conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def test_check_when_added_as_the_page_says_then_gate_request_status_and_documents_have_it(copy: Path) -> None:
    line, *texts = BLOCKS
    codes = copy / "layers/shared/riskgate/core/codes.py"
    above = '    MAX_OPEN_POSITIONS = "MAX_OPEN_POSITIONS"\n'
    codes.write_text(codes.read_text(encoding="utf-8").replace(above, above + line), encoding="utf-8")
    assert len(FILES) == len(texts) == 2
    for file, text in zip(FILES, texts, strict=True):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        (copy / file).write_text(text, encoding="utf-8")

    run(copy, "-m", "infra.catalogue")
    run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", FILES[1])
    run(copy, "-c", PROOF)
    row = "| `WORKING_ORDERS` | An increasing order when one more than the limit would work. | `working_orders_max` (off) |"
    assert row in (copy / "infra/docs/checks.md").read_text(encoding="utf-8")


def test_derived_files_when_committed_then_current() -> None:
    stale = [path.name for path, text in render(ROOT).items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run: make checks"
