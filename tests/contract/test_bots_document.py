"""The settings that the document shows are those that the bots of `make bots` trade with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "infra" / "docs" / "bots.md"
CONFIGS = ROOT / "tests" / "bots" / "configs"
SHOWN = re.compile(r"<!-- (tests/bots/configs/\S+) -->\n```\w+\n(.*?)```$", re.DOTALL | re.MULTILINE)


def test_document_when_it_shows_settings_then_all_that_are_tested() -> None:
    shown = [path for path, _ in SHOWN.findall(DOCUMENT.read_text(encoding="utf-8"))]
    assert sorted(shown) == sorted(str(path.relative_to(ROOT)) for path in CONFIGS.glob("*.*"))


@pytest.mark.parametrize("path", sorted(path.name for path in CONFIGS.glob("*.*")))
def test_document_when_it_shows_settings_then_as_they_are_tested(path: str) -> None:
    shown = dict(SHOWN.findall(DOCUMENT.read_text(encoding="utf-8")))
    assert shown[f"tests/bots/configs/{path}"] == (CONFIGS / path).read_text(encoding="utf-8")
