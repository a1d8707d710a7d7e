"""The AWS emulator (MiniStack): start, readiness, clients."""

import os
import shutil
from typing import Any

import boto3
import httpx
from botocore.config import Config

from infra.local import processes
from infra.local.settings import DUMMY_CREDENTIALS, HOST, REGION, ROOT, LocalError, Settings

NAME = "ministack"
VENV = ROOT / ".local" / "venv-ministack"
PROGRAM = ROOT / "infra" / "local" / "emulator_main.py"


def is_ready(settings: Settings) -> bool:
    """Tell whether the emulator answers."""
    try:
        response = httpx.get(f"{settings.endpoint_url}/_ministack/ready", timeout=2)
    except httpx.HTTPError:
        return False
    return response.status_code == httpx.codes.OK


def ensure_running(settings: Settings) -> bool:
    """Start the emulator unless this stack's own already runs; return whether it was started."""
    record = processes.get_record(settings, NAME)
    if record is not None and processes.is_running(settings, NAME):
        if record["port"] != settings.port_base:
            raise LocalError(f"a stack runs on port {record['port']}; run make down first")
        if is_ready(settings):
            return False
    # What a killed emulator left: its Lambda workers, its unpacked functions.
    processes.stop(settings, NAME)
    shutil.rmtree(settings.temporary_dir, ignore_errors=True)
    settings.deployed_fingerprint_file.unlink(missing_ok=True)
    processes.start(
        settings,
        NAME,
        [str(VENV / "bin" / "python"), "-P", str(PROGRAM)],
        port=settings.port_base,
        environment=_environment(settings),
        is_ready=lambda: is_ready(settings),
    )
    return True


def client(settings: Settings, service: str, config: Config | None = None) -> Any:
    """Return an AWS client that talks to the emulator, whatever the machine is set up for."""
    session = boto3.Session(
        aws_access_key_id=DUMMY_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=DUMMY_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    return session.client(service, endpoint_url=settings.endpoint_url, config=config)  # type: ignore[call-overload]


def _environment(settings: Settings) -> dict[str, str]:
    """Return all that the emulator, and so every function, sees of the environment.

    Not inherited from the caller: a function must not work here because of a variable
    or a credential that it would not have on AWS.
    """
    state = settings.state_dir
    return {
        **settings.aws_environment(),
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(state / "home"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TMPDIR": str(settings.temporary_dir),
        "PYTHONUNBUFFERED": "1",
        # Unauthenticated, and on every address unless told otherwise.
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(settings.port_base),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true" if settings.iam_enforced else "false",
        "PERSIST_STATE": "0",
        "STATE_DIR": str(state / "ministack"),
        "S3_DATA_DIR": str(state / "ministack" / "s3"),
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
        # One process stands for all of AWS, on a machine that may be busy: it can be still for seconds.
        "AWS_READ_SECONDS": "15",
    }
