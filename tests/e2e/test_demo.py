"""The demo's story on the deployed gateway."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.local.settings import ROOT

pytestmark = pytest.mark.long


def test_demo_when_played_on_a_running_stack_then_it_holds(stack: dict[str, Any], tmp_path: Path) -> None:
    stack_file = tmp_path / "stack.json"
    stack_file.write_text(json.dumps(stack), encoding="utf-8")
    command = [sys.executable, "-m", "infra.demo", "--stack-file", str(stack_file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "different denial codes" in done.stdout
    assert "ccxt.InvalidOrder" in done.stdout
    assert "the bot is out of the market" in done.stdout
    assert "\x1b[" not in done.stdout
