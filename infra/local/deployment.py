"""Build the template and deploy it to the emulator, only when something changed."""

import fcntl
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra import sam
from infra.local import emulator
from infra.local.settings import (
    API_STAGE,
    ARTIFACT_BUCKET,
    ROOT,
    STACK_NAME,
    LocalError,
    Settings,
    get_architecture,
    inherited_environment,
)
from infra.template.generate import load

# Not `sam build`'s own folder: these layers are for this machine, and `sam deploy` to AWS
# must never pick them up.
BUILD_DIR = ROOT / ".local" / "build" / "artifacts"
BUILD_FINGERPRINT_FILE = ROOT / ".local" / "build" / "fingerprint"
# Tests and benchmarks ask more of one machine than bots do, and of one exchange, which sets no limit by itself; the
# emulator knows no saved queries.
LOCAL_CHOICES = ("ThrottleRate=5000", "ThrottleBurst=5000", "VenueLimitPercent=1000", "SavedQueries=false")
RELEASE_CHARACTERS = 16
DEPLOYED_STATES = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


def compute_fingerprint() -> str:
    """Return a hash over everything that the deployed stack is made from."""
    return sam.hash_sources(get_architecture(), LOCAL_CHOICES, Path(__file__).read_bytes())


def get_outputs(settings: Settings) -> dict[str, str]:
    """Return the outputs of the deployed stack; empty when there is none in good state."""
    try:
        found = emulator.client(settings, "cloudformation").describe_stacks(StackName=STACK_NAME)
    except (BotoCoreError, ClientError):
        return {}
    stack = found["Stacks"][0]
    if stack["StackStatus"] not in DEPLOYED_STATES:
        return {}
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def ensure_deployed(settings: Settings) -> tuple[dict[str, str], bool]:
    """Build and deploy what changed; return the stack's outputs and whether it was deployed."""
    fingerprint = compute_fingerprint()
    outputs = get_outputs(settings)
    if outputs and _read(settings.deployed_fingerprint_file) == fingerprint:
        return outputs, False
    with _build_lock():
        _build_if_changed(settings, fingerprint)
        _deploy(settings)
    outputs = get_outputs(settings)
    if not outputs:
        raise LocalError(f"the stack is not in a good state; see {settings.log_dir}")
    _apply_gateway_responses(settings, outputs["ApiId"])
    settings.deployed_fingerprint_file.write_text(fingerprint, encoding="utf-8")
    return outputs, True


def ensure_built(settings: Settings) -> Path:
    """Build the functions and layers unless they are up to date; return their folder."""
    with _build_lock():
        _build_if_changed(settings, compute_fingerprint())
    return BUILD_DIR


def _build_if_changed(settings: Settings, fingerprint: str) -> None:
    if BUILD_DIR.is_dir() and _read(BUILD_FINGERPRINT_FILE) == fingerprint:
        return
    BUILD_FINGERPRINT_FILE.unlink(missing_ok=True)
    _run_sam(
        settings,
        "build",
        ["--build-dir", str(BUILD_DIR), "--parameter-overrides", f"Architecture={get_architecture()}"],
        # The emulator runs the functions on this machine's own interpreter.
        {"LAYER_PLATFORM": "host"},
    )
    BUILD_FINGERPRINT_FILE.write_text(fingerprint, encoding="utf-8")


def _deploy(settings: Settings) -> None:
    s3 = emulator.client(settings, "s3")
    if ARTIFACT_BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=ARTIFACT_BUCKET)
    release = compute_fingerprint()[:RELEASE_CHARACTERS]
    overrides = [f"Architecture={get_architecture()}", "Stage=local", f"Release={release}", *LOCAL_CHOICES]
    _run_sam(
        settings,
        "deploy",
        ["--template", str(BUILD_DIR / "template.yaml"), "--parameter-overrides", *overrides],
        {"SAM_CLI_POLL_DELAY": "0.3"},
    )


def _run_sam(settings: Settings, command: str, options: list[str], extra: Mapping[str, str]) -> None:
    """Run one SAM command with the local profile; raise with the end of its output."""
    environment = {
        **inherited_environment(),
        **settings.aws_environment(),
        **extra,
        "__SAM_CLI_APP_DIR": str(settings.state_dir / "sam"),
    }
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    log = settings.log_dir / f"sam-{command}.log"
    with log.open("w", encoding="utf-8") as output:
        code = sam.run(
            command,
            ["--config-env", "local", *options],
            environment=environment,
            stdin=subprocess.DEVNULL,
            output=output,
        )
    if code != 0:
        end = "\n".join(log.read_text(encoding="utf-8").splitlines()[-25:])
        raise LocalError(f"sam {command} failed ({log}):\n{end}")


def _apply_gateway_responses(settings: Settings, api_id: str) -> None:
    """Give the emulator the template's gateway responses, then deploy the stage again.

    The emulator ignores them in an imported API definition, and a deployment keeps those
    that it was made with.
    """
    gateway = emulator.client(settings, "apigateway")
    for kind, response in _get_gateway_responses().items():
        headers = response["ResponseParameters"]["Headers"]
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            statusCode=str(response["StatusCode"]),
            responseParameters={f"gatewayresponse.header.{name}": value for name, value in headers.items()},
            responseTemplates=response["ResponseTemplates"],
        )
    gateway.create_deployment(restApiId=api_id, stageName=API_STAGE)


def _get_gateway_responses() -> dict[str, dict[str, Any]]:
    template = load(ROOT / "template.yaml")
    responses: dict[str, dict[str, Any]] = template["Resources"]["Api"]["Properties"]["GatewayResponses"]
    return responses


@contextmanager
def _build_lock() -> Iterator[None]:
    """Keep two stacks from building into the same folder at once; nobody builds into a read-only one."""
    if BUILD_FINGERPRINT_FILE.is_file() and not os.access(BUILD_FINGERPRINT_FILE.parent, os.W_OK):
        yield
        return
    BUILD_FINGERPRINT_FILE.parent.mkdir(parents=True, exist_ok=True)
    with (BUILD_FINGERPRINT_FILE.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
