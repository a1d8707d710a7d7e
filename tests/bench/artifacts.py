"""The built functions and layers: where they are, what they weigh, what starts them costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.local import deployment
from infra.local.settings import ROOT, Settings
from infra.template.generate import load

#: Folder of the suite's own stack and build logs.
STATE_DIR = ROOT / ".local" / "bench"
#: A function's settings, as the template gives them.
FUNCTION_ENVIRONMENT: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "STAGE": "bench",
    "STATE_TABLE": "state",
    "CONTROL_TABLE": "control",
    "AUDIT_TABLE": "audit",
    "TOTP_SECRET_ID": "totp",
}


@dataclass(frozen=True, kw_only=True)
class Build:
    """Folders of a build."""

    root: Path

    @property
    def layers(self) -> dict[str, Path]:
        """Return every layer's package folder by name."""
        return {path.name: path / "python" for path in sorted(self.root.iterdir()) if (path / "python").is_dir()}

    @property
    def functions(self) -> dict[str, Path]:
        """Return every function's folder by name."""
        return {path.name: path for path in sorted(self.root.iterdir()) if (path / "app.py").is_file()}

    def paths_of(self, function: str) -> list[Path]:
        """Return a function's folder and its layers', as the template attaches them."""
        attached = load(ROOT / "template.yaml")["Resources"][function]["Properties"]["Layers"]
        return [self.functions[function], *(self.layers[layer.value] for layer in attached)]


@cache
def get_build() -> Build:
    """Build the functions and layers unless they are up to date."""
    return Build(root=deployment.ensure_built(Settings(state_dir=STATE_DIR, port_base=0)))


@cache
def get_site_packages() -> Path:
    """Return the folder of this environment's packages: boto3 as it is published, with byte code."""
    import boto3  # noqa: PLC0415 - only its place is asked for

    return Path(boto3.__file__).parents[1]


def run_python(paths: Sequence[Path], code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that sees the standard library and `paths` alone.

    Raises
    ------
    RuntimeError : the code failed; with the end of what it wrote.
    """
    head = f"import sys\nsys.path[:0] = {[str(path) for path in paths]!r}\n"
    command = [getattr(sys, "_base_executable", sys.executable), "-I", "-S", *options, "-c", head + code]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(FUNCTION_ENVIRONMENT))
    if result.returncode != 0:
        raise RuntimeError(result.stderr[-800:])
    return result
