"""Which test ran which line: what is kept of it from one run to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
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


def choose(
    module: str,
    tests: Iterable[int],
    names: Sequence[str],
    seconds: Sequence[float],
    budget_seconds: float,
    naming: Collection[str] = (),
) -> list[int]:
    """Return which tests meet a mutant of a module, by number, in the time there is; at least one.

    Those of the module itself and of the files of `naming` come first, then those of its room, then all others: of each
    file the fastest, then the next, so that many kinds of tests are among them.
    """
    *_, room, own = module.split(".")
    ranks: dict[str, int] = defaultdict(int)
    places = {}
    for number in sorted(tests, key=seconds.__getitem__):
        file = names[number].partition("::")[0]
        ranks[file] += 1
        is_own = file.endswith(f"/test_{own}.py") or file in naming
        distance = 0 if module in names[number] else 1 if is_own else 2 if f"/{room}/" in file else 3
        places[number] = (distance, ranks[file], seconds[number])
    chosen, spent = [], 0.0
    for number in sorted(places, key=places.__getitem__):
        if spent + seconds[number] <= budget_seconds or not chosen:
            chosen.append(number)
            spent += seconds[number]
    return chosen


def write(path: Path, content: bytes) -> None:
    """Replace a file at once: whoever stops this at any time finds it whole."""
    written = path.with_suffix(".new")
    written.write_bytes(content)
    written.replace(path)
