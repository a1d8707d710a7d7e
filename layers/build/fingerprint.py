"""Print one digest of everything that the layers are made from.

Each function carries it: SAM publishes a new version of a function only when the function's own code has changed, so a
new layer alone would never get behind the alias `live`.
"""

import hashlib
import sys
from pathlib import Path

LAYERS = Path(__file__).resolve().parents[1]


def compute_fingerprint(folder: Path = LAYERS) -> str:
    """Return the SHA-256 over names and contents of a folder's files, in hexadecimal; byte code does not count."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.stdout.write(compute_fingerprint() + "\n")
