"""Keep the records of the last runs and write the page of proof: ``python -m tests.proof``.

A record that the last runs did not write stays as it is kept in `infra/docs/proof`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "layers" / "shared")) if path not in sys.path]

from tests.proof.page import PAGE, RECORDS, SECTIONS, read_record, read_records, render  # noqa: E402


def main() -> int:
    """Keep what the runs wrote, and write the page."""
    RECORDS.mkdir(exist_ok=True)
    for section in SECTIONS:
        if section.source.exists():
            written = json.loads(section.source.read_text(encoding="utf-8"))
            record = section.keep(written, read_record(section.record_path))
            section.record_path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(render(read_records()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
