"""What schemathesis makes of the OpenAPI document: valid and invalid requests of every operation, and chains of them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from infra.local.settings import ROOT
from tests.fuzz.conftest import FOLDER, Front

PROGRAM = ROOT / ".local" / "venv-schemathesis" / "bin" / "schemathesis"
DOCUMENT = ROOT / "infra" / "openapi.json"
#: What was asked and answered, for who looks into a failure and for the page of proof.
REPORT, RECORD = ROOT / ".local" / "fuzz.txt", ROOT / ".local" / "fuzz.json"
#: Random requests of an operation, beside some five thousand that schemathesis derives from the document's bounds.
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "4")
#: The same requests every time.
SEED = 20_260


def test_api_when_fuzzed_then_it_does_what_its_document_says(
    front: Front, base_url: str, token: str, tmp_path: Path
) -> None:
    command = [
        PROGRAM,
        f"--config-file={FOLDER / 'schemathesis.toml'}",
        "run",
        DOCUMENT,
        f"--url={base_url}",
        f"--max-examples={EXAMPLES}",
        f"--seed={SEED}",
        "--suppress-health-check=all",  # of how fast it makes requests up
        "--no-color",
    ]
    environment = os.environ | {"GATEWAY_TOKEN": token, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(FOLDER)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    REPORT.write_text(done.stdout, encoding="utf-8")
    answered = {str(status): count for status, count in sorted(front.answered.items())}
    RECORD.write_text(json.dumps({"seed": SEED, "examples": int(EXAMPLES), "answered": answered}), encoding="utf-8")
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert min(front.answered[status] for status in (200, 201, 422)) > 0, answered
    assert max(front.answered) < 500, answered
