"""AWS SAM, the project's own, run with the functions' interpreter whatever the caller's PATH holds."""

import hashlib
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from infra.local.settings import ROOT, LocalError

PROGRAM = ROOT / ".local" / "venv-sam" / "bin" / "sam"
CONFIG = ROOT / "samconfig.toml"
#: What a deployed stack is made from.
SOURCES = ("template.yaml", "samconfig.toml", "functions", "layers", "infra/alarms.yaml")

#: What old code may not understand of new code's: it drops fields that it does not know, and writes the rest back.
RULES = tuple(f"layers/shared/riskgate/{room}" for room in ("core", "schemas", "adapters/dynamodb"))
#: Where the sources say which engine they are, and the newest rules it decides by.
ENGINE = (ROOT / "layers/shared/riskgate/__init__.py", "ENGINE_VERSION")
NEWEST_RULES = (ROOT / "layers/shared/riskgate/core/orders/events.py", "RULES")


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


def describe_rules() -> str:
    """Return which engine and rules these sources decide by, and a hash over the code that decides and what it stores.

    Versions that differ in it must not take turns. Engine and rules only ever grow: they tell which is the older one.
    """
    return f"{_read_constant(ENGINE)}-r{_read_constant(NEWEST_RULES)}-{hash_rules()}"


def parse_rules(text: str) -> tuple[tuple[int, ...], str]:
    """Return what of `describe_rules` can be put in order, and its hash; of a hash alone nothing can."""
    engine, _, rest = text.partition("-r")
    number, _, digest = rest.partition("-")
    return ((*map(int, engine.split(".")), int(number)), digest) if digest else ((), text)


def _read_constant(place: tuple[Path, str]) -> str:
    """Return a number or version of the package, which is not installed where one deploys."""
    path, name = place
    found = re.search(rf'^{name} = "?([0-9.]+)"?$', path.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise LocalError(f"{path} does not say its {name}")
    return found[1]


def hash_rules() -> str:
    """Return a hash over the code that decides and what it stores."""
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
