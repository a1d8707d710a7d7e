"""Run the emulator with three changes: to layers, to the start of functions, to rights for batches of messages.

MiniStack unpacks all layers of a function into a fresh folder whenever it starts a worker,
and it starts one for each published version, each call in parallel and after each handler
error (an authorizer's refusal is one). Unpacking takes longer than the function's own start.
Layers are read-only on AWS too, so the workers can share one copy. Each published version
(SnapStart) is started at once; all of them together would keep the first request waiting. A
batch of messages would need a right that IAM does not know; AWS asks for the single call's.

Runs on the emulator's own interpreter, with its packages alone.
"""

import hashlib
import tempfile
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# A deployment starts a worker of every function at once: the first unpacks, the others wait for it.
_UNPACKING = threading.Lock()


class SharedLayerZip(zipfile.ZipFile):
    """An archive whose content, when it is a layer, is linked to from a shared copy."""

    @property
    def is_layer(self) -> bool:
        """Tell whether the emulator is about to unpack one of a function's layers."""
        return Path(str(self.filename)).name.startswith("layer_")

    def namelist(self) -> list[str]:
        """List nothing of a layer: checking thousands of paths per worker costs more than starting it."""
        return [] if self.is_layer else super().namelist()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """Link `path` to the shared copy of a layer; unpack anything else as usual."""
        if path is None or not self.is_layer:
            super().extractall(path, members, pwd)
            return
        digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        shared = Path(tempfile.gettempdir()) / "layers" / digest
        with _UNPACKING:
            if not shared.is_dir():
                shared.parent.mkdir(exist_ok=True)
                staging = Path(tempfile.mkdtemp(dir=shared.parent))
                super().extractall(staging, super().namelist(), pwd)
                staging.rename(shared)
        for entry in shared.iterdir():
            (Path(path) / entry.name).symlink_to(entry)


def share_layers() -> None:
    """Make the emulator's workers use `SharedLayerZip`."""
    from ministack.core import lambda_runtime  # noqa: PLC0415 - only the emulator's environment has it

    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedLayerZip})


def start_versions_one_by_one() -> None:
    """Make published versions wait for each other; a call starts its function without waiting."""
    from ministack.services import lambda_svc  # noqa: PLC0415 - only the emulator's environment has it

    start, turn = lambda_svc.ensure_spawned, threading.Lock()

    def start_in_turn(worker: Any) -> None:
        with turn:
            start(worker)

    lambda_svc.ensure_spawned = start_in_turn


def authorize_batches_as_aws_does() -> None:
    """Make a batch of messages ask for the single call's right: IAM knows no action of its own for it."""
    from ministack.core import iam_actions  # noqa: PLC0415 - only the emulator's environment has it

    name_action = iam_actions.extract_iam_action

    def name_as_iam_does(*arguments: Any) -> str | None:
        action: str | None = name_action(*arguments)
        return action.removesuffix("Batch") if action is not None and action.startswith("sqs:") else action

    iam_actions.extract_iam_action = name_as_iam_does


def main() -> None:
    """Start the emulator."""
    share_layers()
    start_versions_one_by_one()
    authorize_batches_as_aws_does()
    from ministack.app import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    main()
