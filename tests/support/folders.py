"""Where a test stands. Asked for each of many thousand tests, worked out once for each file."""

from functools import cache
from pathlib import Path


@cache
def is_within(path: Path, folder: Path) -> bool:
    """Tell whether a file is in a folder or in one below it."""
    return folder in path.parents
