"""Where the local stack lives: folders, ports, addresses, environments."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
DEFAULT_PORT_BASE = 4560
USABLE_PORTS = range(1024, 65000)  # a few more are used above the first
STACK_NAME = "riskgate-local"
ARTIFACT_BUCKET = "riskgate-local-artifacts"
REGION = "us-east-1"
API_STAGE = "v1"

# What the caller's Python set-up must not pass on to the tools.
FOREIGN_PYTHON = frozenset({"PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"})

# The emulator checks no credentials, but every AWS client insists on some.
DUMMY_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


class LocalError(Exception):
    """Something the person at the terminal can act on; shown as one line."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One local stack."""

    state_dir: Path  # everything that the running stack writes
    port_base: int  # the emulator listens here, other local servers on the next ones
    iam_enforced: bool = False  # check every call of a function against its role's policies

    @property
    def endpoint_url(self) -> str:
        """Address of the emulator's AWS API."""
        return f"http://{HOST}:{self.port_base}"

    @property
    def stack_file(self) -> Path:
        """What tests, demo and tools read to find the stack."""
        return self.state_dir / "stack.json"

    @property
    def run_dir(self) -> Path:
        """Process records."""
        return self.state_dir / "run"

    @property
    def log_dir(self) -> Path:
        """Output of the processes and of SAM."""
        return self.state_dir / "logs"

    @property
    def temporary_dir(self) -> Path:
        """Unpacked functions and other short-lived files of the emulator."""
        return self.state_dir / "tmp"

    @property
    def deployed_fingerprint_file(self) -> Path:
        """Fingerprint of the sources that the running stack was deployed from."""
        return self.state_dir / "deployed.fingerprint"

    def api_url(self, api_id: str) -> str:
        """Return the base of every route of the deployed API."""
        return f"{self.endpoint_url}/_aws/execute-api/{api_id}/{API_STAGE}"

    def front_door_url(self, api_id: str) -> str:
        """Return where bots reach the front door: after it comes ``/venues/``."""
        return f"{self.endpoint_url}/_aws/execute-api/{api_id}"

    def aws_environment(self) -> dict[str, str]:
        """Return the variables that make an AWS client talk to the emulator alone."""
        return {
            **DUMMY_CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def load_settings() -> Settings:
    """Return the stack that ``PORT_BASE`` and ``RISKGATE_STATE_DIR`` name; LocalError for an unusable port."""
    text = os.environ.get("PORT_BASE") or str(DEFAULT_PORT_BASE)
    if not text.isdecimal() or int(text) not in USABLE_PORTS:
        raise LocalError(f"PORT_BASE must be a port from 1024 to 64999, it is {text!r}")
    state_dir = Path(os.environ.get("RISKGATE_STATE_DIR") or ROOT / ".local").resolve()
    return Settings(state_dir=state_dir, port_base=int(text))


def get_architecture() -> str:
    """Return this machine's instruction set as the template names it."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def inherited_environment() -> dict[str, str]:
    """Return the caller's environment without what would reach another AWS or Python."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith("AWS_") and name not in FOREIGN_PYTHON
    }
