"""AWS SAM, the project's own, run with the functions' interpreter whatever the caller's PATH holds."""

import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from infra.local.settings import ROOT

PROGRAM = ROOT / ".local" / "venv-sam" / "bin" / "sam"
CONFIG = ROOT / "samconfig.toml"
#: What a deployed stack is made from.
SOURCES = ("template.yaml", "samconfig.toml", "functions", "layers", "infra/alarms.yaml")

#: What old code may not understand of new code's: it drops fields that it does not know, and writes the rest back.
RULES = tuple(f"layers/shared/riskgate/{room}" for room in ("core", "schemas", "adapters/dynamodb"))


def run(
    command: str,
    options: Sequence[str],
    *,
    environment: Mapping[str, str],
    stdin: int | None = None,
    output: TextIO | None = None,
) -> int:
    """Run one SAM command in the project's folder and return its exit code; without `output` the terminal is used."""
    interpreter = find_python().parent
    whole = {
        **environment,
        # SAM checks the interpreter that it finds on PATH; a pyenv shim fails there.
        "PATH": f"{interpreter}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PIP_CACHE_DIR": str(ROOT / ".local" / "cache" / "pip"),
        "LAYER_CACHE_DIR": str(ROOT / ".local" / "cache" / "layers"),
        "SAM_CLI_TELEMETRY": "0",
    }
    arguments: list[str] = [str(PROGRAM), command, "--config-file", str(CONFIG), *options]
    errors = subprocess.STDOUT if output else None
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        arguments, stdin=stdin, stdout=output, stderr=errors, env=whole, cwd=ROOT, check=False
    )
    return done.returncode


def hash_sources(*more: Any) -> str:
    """Return a hash over everything that a deployed stack is made from, and `more`."""
    return _hash(SOURCES, *more)


def hash_rules() -> str:
    """Return a hash over the code that decides and what it stores: versions that differ in it must not take turns."""
    return _hash(RULES)


def _hash(sources: Sequence[str], *more: Any) -> str:
    digest = hashlib.sha256(repr(more).encode())
    for source in sources:
        path = ROOT / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"\0{file.relative_to(ROOT)}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def find_python() -> Path:
    """Return the interpreter that set-up found: the functions' runtime."""
    found = subprocess.run(  # noqa: S603 - our own script, no shell
        [str(ROOT / "infra" / "local" / "scripts" / "find_python.sh")],
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(found.stdout.strip())
