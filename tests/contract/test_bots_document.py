"""The settings that the document shows are those that the bots of `make bots` trade with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "infra" / "docs" / "bots.md"
CONFIGS = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("infra/local/bots/configs", "tests/bots/configs")
    for path in (ROOT / folder).glob("*.*")
)
SHOWN = re.compile(r"<!-- (\S+/bots/configs/\S+) -->\n```\w+\n(.*?)```$", re.DOTALL | re.MULTILINE)


def test_document_when_it_shows_settings_then_all_that_are_tested() -> None:
    shown = [path for path, _ in SHOWN.findall(DOCUMENT.read_text(encoding="utf-8"))]
    assert sorted(shown) == CONFIGS


@pytest.mark.parametrize("path", CONFIGS)
def test_document_when_it_shows_settings_then_as_they_are_tested(path: str) -> None:
    shown = dict(SHOWN.findall(DOCUMENT.read_text(encoding="utf-8")))
    assert shown[path] == (ROOT / path).read_text(encoding="utf-8")
