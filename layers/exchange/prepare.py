# ruff: noqa: INP001 a script, not a package
"""Cut ccxt down to the exchanges of exchanges.txt. The layer's build runs this on the installed packages.

ccxt's own ``__init__`` imports every exchange, which takes twice the time of importing one and would fail once
some are gone: it is replaced by one that imports nothing but the version. Import an exchange by its module,
``ccxt.binance.binance``; nothing else in the package changes, so requests are signed as ever.

Usage: prepare.py <folder of the packages>
"""

import re
import shutil
import sys
from pathlib import Path

ALL = "*"
# Asynchronous and websocket classes, other kinds of markets, ccxt's own tests, protobuf messages of websockets.
UNUSED_FOLDERS = ("async_support", "pro", "prediction", "protobuf", "test")
# cffi's compiled part is needed, its Python package is for building.
UNUSED_PACKAGES = ("cffi",)
_INIT = '''"""ccxt's synchronous classes, each to be imported by its own module; nothing is imported here."""

__version__ = "{version}"
'''


def read_exchanges(path: Path) -> list[str]:
    """Return the classes to keep, `*` for all."""
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]


def with_parents(package: Path, names: list[str]) -> set[str]:
    """Return classes and those they are derived from."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        source = package / f"{name}.py"
        if not source.is_file():
            sys.exit(f"prepare: ccxt has no exchange {name}")
        found.add(name)
        waiting += re.findall(r"^from ccxt\.(\w+) import", source.read_text(), re.MULTILINE)
    return found


def prune(package: Path, names: list[str]) -> None:
    """Remove what is not needed for some exchanges from ccxt's package."""
    for name in UNUSED_FOLDERS:
        shutil.rmtree(package / name, ignore_errors=True)
    if ALL not in names:
        kept = with_parents(package, names)
        for folder in (package, package / "abstract"):
            for source in folder.glob("*.py"):
                if source.stem != "__init__" and source.stem not in kept:
                    source.unlink()
    init = package / "__init__.py"
    found = re.search(r"^__version__ = '([\d.]+)'", init.read_text(), re.MULTILINE)
    if found is None:
        sys.exit("prepare: ccxt's package does not state its version")
    init.write_text(_INIT.format(version=found[1]))


def main() -> None:
    """Cut down the packages in the folder given."""
    target = Path(sys.argv[1])
    for package in UNUSED_PACKAGES:
        shutil.rmtree(target / package, ignore_errors=True)
    prune(target / "ccxt", read_exchanges(Path(__file__).with_name("exchanges.txt")))


if __name__ == "__main__":
    main()
