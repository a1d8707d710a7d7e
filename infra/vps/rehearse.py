"""Carry out a Dockerfile of this folder without Docker: ``sudo python -m infra.vps.rehearse gateway|bot FOLDER``.

For machines without an engine, and for CI: what the image copies, runs and starts is done below FOLDER, in a mount
namespace of its own where FOLDER's parts stand at the image's paths. The last command gets the variables, secrets, user
and read-only root of `compose.yaml`. What it cannot show is the base image: packages of Debian are taken from this
machine, Python too.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
#: Left to the machine: its Debian has these packages or has them not.
LEFT_OUT = re.compile(r"apt-get|install --directory")
UID = 10001


@dataclass(frozen=True, kw_only=True)
class Image:
    """What a Dockerfile says: its steps in order, and how its container begins."""

    steps: tuple[tuple[str, str], ...]
    environment: dict[str, str] = field(default_factory=dict)
    user: str = ""
    workdir: str = "/"
    command: tuple[str, ...] = ()
    health: tuple[str, ...] = ()


def list_instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield each instruction with what follows it, its lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            yield name.upper(), " ".join(rest.split())


def read_image(path: Path) -> Image:
    """Read a Dockerfile; only what this folder's use is understood."""
    steps: list[tuple[str, str]] = []
    environment: dict[str, str] = {}
    last: dict[str, str] = {}
    for name, rest in list_instructions(path.read_text(encoding="utf-8")):
        if name == "ENV":
            environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif name in {"RUN", "COPY", "WORKDIR"}:
            steps.append((name, rest))
        last[name] = rest
    return Image(
        steps=tuple(steps),
        environment=environment,
        user=last.get("USER", ""),
        workdir=last.get("WORKDIR", "/"),
        command=tuple(json.loads(last["CMD"])),
        health=tuple(json.loads(last["HEALTHCHECK"].partition("CMD ")[2])),
    )


def list_context(path: Path) -> list[Path]:
    """Return the files of the build's context; the ignore file leaves all out (`*`), then names what is let in."""
    rules = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    found = {
        file.relative_to(ROOT)
        for rule in rules
        if rule.startswith("!")
        for start in ROOT.glob(rule.removeprefix("!"))
        for file in (start.rglob("*") if start.is_dir() else [start])
        if file.is_file()
    }
    return sorted(name for name in found if not _is_ignored(str(name), rules))


def _is_ignored(name: str, rules: list[str]) -> bool:
    """Tell whether the last rule that matches a path, or a folder above it, leaves it out."""
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!").removeprefix("**/")
        parts = [str(Path(*Path(name).parts[: count + 1])) for count in range(len(Path(name).parts))]
        if any(fnmatch.fnmatchcase(part, pattern) for part in [*parts, *Path(name).parts]):
            ignored = not rule.startswith("!")
    return ignored


def build(kind: str, folder: Path) -> Image:
    """Carry out the steps below `folder`; return how the container begins."""
    image = read_image(FOLDER / f"{kind}.Dockerfile")
    context = list_context(FOLDER / f"{kind}.Dockerfile.dockerignore")
    home = folder / image.workdir.removeprefix("/")
    home.mkdir(parents=True)
    for name, rest in image.steps:
        if name == "COPY" and not rest.startswith("--from="):
            *sources, target = rest.split()
            _copy(context, sources, home / target)
        elif name == "RUN":
            for command in (
                part for part in rest.split(" && ") if not LEFT_OUT.search(part) and "/var/lib" not in part
            ):
                _say(f"RUN {command}")
                _inside(folder, image, ["/bin/bash", "-euo", "pipefail", "-c", command], user=None)
    return image


def _copy(context: list[Path], sources: list[str], target: Path) -> None:
    for source in sources:
        base = Path(source)
        for name in context:
            if base == Path() or name == base or base in name.parents:
                inner = name if base == Path() else name.relative_to(base) if name != base else Path(name.name)
                (target / inner).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target / inner)


def start(kind: str, folder: Path, image: Image, variables: Mapping[str, str], argv: tuple[str, ...]) -> int:
    """Run a command of the image as `compose.yaml` would, and return its exit code."""
    service: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"][kind]
    given = {name: _fill(str(value), variables) for name, value in service["environment"].items()}
    user = service["user"].partition(":")[0]
    return _inside(folder, image, [*argv], user=user, environment={**image.environment, **given}, sealed=True)


def _fill(text: str, variables: Mapping[str, str]) -> str:
    """Fill in ``${NAME:-default}`` and ``${NAME:?message}``."""

    def replace(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if name in variables:
            return variables[name]
        if kind == ":-":
            return rest
        raise SystemExit(f"{name}: {rest}")

    return re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", replace, text)


def _inside(
    folder: Path,
    image: Image,
    argv: list[str],
    *,
    user: str | None,
    environment: Mapping[str, str] | None = None,
    sealed: bool = False,
) -> int:
    """Run a command with parts of `folder` at the image's paths; `sealed`: only /state and /tmp are writable."""
    binds = [image.workdir, *(["/state", "/run/secrets"] if sealed else [])]
    script = ["mount --make-rprivate /"]
    for place in binds:
        inner = folder / place.removeprefix("/")
        inner.mkdir(parents=True, exist_ok=True)
        script += [f"mkdir -p {place}", f"mount --bind {shlex.quote(str(inner))} {place}"]
    if sealed:
        os.chown(folder / "state", UID, UID)
        script += [
            *_open_python(folder),
            *(f"mount -o remount,ro,bind {place}" for place in (image.workdir, "/run/secrets", "/")),
            "mount -t tmpfs -o size=1g,mode=1777 tmpfs /tmp",
        ]
    script += [f"cd {image.workdir}"]
    switch = f"setpriv --reuid {user} --regid {user} --clear-groups --no-new-privs --bounding-set=-all " if user else ""
    script += [f"exec {switch}{shlex.join(argv)}"]
    path = {
        "PATH": f"{sys.base_prefix}/bin{os.pathsep}{os.environ['PATH']}",
        "HOME": "/" if sealed else os.environ.get("HOME", "/root"),
    }
    outcome = subprocess.run(  # noqa: S603 - our own Dockerfile's commands
        ["unshare", "--mount", "/bin/sh", "-ec", "\n".join(script)],  # noqa: S607 - where PATH has it
        env={**path, **(environment or {})},
        check=not sealed,
    )
    return outcome.returncode


def _open_python(folder: Path) -> list[str]:
    """Return what shows nobody the interpreter, where it lies in a home that its owner alone may enter."""
    base, home = Path(sys.base_prefix), Path(*Path(sys.base_prefix).parts[:2])
    if home.stat().st_mode & 0o001:
        return []
    kept = folder / "python"
    kept.mkdir(exist_ok=True)
    return [
        f"mount --bind {base} {kept}",
        f"mount -t tmpfs -o mode=755 tmpfs {home}",
        f"mkdir -p {base}",
        f"mount --bind {kept} {base}",
    ]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Build unless FOLDER is there, then run the command or the health check; return its exit code."""
    parser = argparse.ArgumentParser(description="Carry out a Dockerfile without Docker. Needs root on Linux.")
    parser.add_argument("kind", choices=["bot", "gateway"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--health", action="store_true", help="Run the health check instead of the command.")
    parser.add_argument("--set", action="append", default=[], help="NAME=value, as in Compose's .env.")
    chosen = parser.parse_args()
    folder = chosen.folder.resolve()
    image = read_image(FOLDER / f"{chosen.kind}.Dockerfile") if folder.is_dir() else build(chosen.kind, folder)
    variables = dict(pair.split("=", 1) for pair in chosen.set)
    return start(chosen.kind, folder, image, variables, image.health if chosen.health else image.command)


if __name__ == "__main__":
    sys.exit(main())
