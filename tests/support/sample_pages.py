"""Pages of samples under `infra/samples`: compared with what the code says now, or written again."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "infra" / "samples"
#: Set to write the pages instead of comparing them.
REWRITE = "REWRITE_SAMPLES"


def assert_up_to_date(name: str, page: str) -> None:
    """Compare a page with its file."""
    file = FOLDER / name
    if os.environ.get(REWRITE):
        file.write_text(page, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == page, f"run this test once with {REWRITE}=1"
