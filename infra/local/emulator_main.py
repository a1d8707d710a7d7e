"""Run the emulator with one change: a layer is unpacked once, not at every cold start.

MiniStack unpacks all layers of a function into a fresh folder whenever it starts a worker,
and it starts one for each call in parallel and after each handler error (an authorizer's
refusal is one). Unpacking takes longer than the function's own start. Layers are
read-only on AWS too, so the workers can share one copy.

Runs on the emulator's own interpreter, with its packages alone.
"""

import hashlib
import shutil
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any


class SharedLayerZip(zipfile.ZipFile):
    """An archive whose content, when it is a layer, is linked to from a shared copy."""

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """Link `path` to the shared copy of a layer; unpack anything else as usual."""
        archive = Path(str(self.filename))
        if path is None or not archive.name.startswith("layer_"):
            super().extractall(path, members, pwd)
            return
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        shared = Path(tempfile.gettempdir()) / "layers" / digest
        if not shared.is_dir():
            shared.parent.mkdir(exist_ok=True)
            staging = Path(tempfile.mkdtemp(dir=shared.parent))
            super().extractall(staging, members, pwd)
            try:
                staging.rename(shared)
            except OSError:  # another worker was first
                shutil.rmtree(staging)
        for entry in shared.iterdir():
            (Path(path) / entry.name).symlink_to(entry)


def share_layers() -> None:
    """Make the emulator's workers use `SharedLayerZip`."""
    from ministack.core import lambda_runtime  # noqa: PLC0415 - only the emulator's environment has it

    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedLayerZip})


def main() -> None:
    """Start the emulator."""
    share_layers()
    from ministack.app import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    main()
