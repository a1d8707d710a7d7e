"""Which test ran which line: what is kept of it from one run to the next."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

type Lines = dict[tuple[str, int], set[int]]
#: Names of tests; which of them, by number, ran a line; how long each took; the names of those that fail as it is.
type Coverage = tuple[list[str], Lines, list[float], list[str]]


def digest_sources() -> str:
    """Return what says that all sources of the gateway are as they were."""
    digest = sha256()
    for path in sorted((Path(__file__).parents[2] / "layers" / "shared" / "riskgate").rglob("*.py")):
        digest.update(path.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def join(known: Coverage, more: Coverage) -> Coverage:
    """Return what two sets of tests ran as that of one."""
    first = len(known[0])
    lines = {place: set(tests) for place, tests in known[1].items()}
    for place, tests in more[1].items():
        lines.setdefault(place, set()).update(first + number for number in tests)
    return [*known[0], *more[0]], lines, [*known[2], *more[2]], [*known[3], *more[3]]


def write(path: Path, content: bytes) -> None:
    """Replace a file at once: whoever stops this at any time finds it whole."""
    written = path.with_suffix(".new")
    written.write_bytes(content)
    written.replace(path)
