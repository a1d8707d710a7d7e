"""Start and stop the local servers, each with its children, by recorded pid."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from infra.local.settings import HOST, ROOT, LocalError, Settings, inherited_environment

STOP_SECONDS = 10.0
START_SECONDS = 60.0
POLL_SECONDS = 0.05

# Started by this very program, by pid: stopping reaps them.
_children: dict[object, subprocess.Popen[bytes]] = {}


def is_port_open(port: int) -> bool:
    """Tell whether something listens on `port` of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def start(
    settings: Settings,
    name: str,
    command: Sequence[str],
    *,
    port: int,
    environment: Mapping[str, str],
    is_ready: Callable[[], bool],
) -> None:
    """Start one server in a process group of its own and wait until it answers; LocalError when it does not."""
    if is_port_open(port):
        raise LocalError(f"port {port} is in use by another program; stop it or set PORT_BASE")
    for folder in (settings.run_dir, settings.log_dir, settings.temporary_dir):
        folder.mkdir(parents=True, exist_ok=True)
    log = settings.log_dir / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=settings.state_dir,
            start_new_session=True,
        )
    _children[process.pid] = process
    record = {"pid": process.pid, "port": port, "program": command[0]}
    _record_file(settings, name).write_text(json.dumps(record), encoding="utf-8")
    deadline = time.monotonic() + START_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            stop(settings, name)
            raise LocalError(f"{name} did not start; its output is in {log}")
        time.sleep(POLL_SECONDS)


def ensure_simulator(
    settings: Settings, name: str, port: int, is_ready: Callable[[], bool], *arguments: str, module: str | None = None
) -> bool:
    """Start a simulator, the module of its name unless told, unless this stack's own runs; tell whether it started."""
    if is_running(settings, name) and is_ready():
        return False
    stop(settings, name)
    python = str(ROOT / ".venv" / "bin" / "python")
    start(
        settings,
        name,
        [python, "-m", f"infra.simulators.{module or name}", "--port", str(port), *arguments],
        port=port,
        environment={**inherited_environment(), "PYTHONPATH": str(ROOT), "TZ": "UTC"},
        is_ready=is_ready,
    )
    return True


def get_record(settings: Settings, name: str) -> dict[str, object] | None:
    """Return the record of a server that was started, whether it still runs or not."""
    try:
        record = json.loads(_record_file(settings, name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def is_running(settings: Settings, name: str) -> bool:
    """Tell whether the recorded server itself (not only a child of it) runs."""
    record = get_record(settings, name)
    return record is not None and record["pid"] in _list_members(record)


def stop(settings: Settings, name: str) -> None:
    """End a recorded server and every process of its group; do nothing without a record."""
    record = get_record(settings, name)
    if record is not None:
        _signal_members(record, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while _list_members(record) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        _signal_members(record, signal.SIGKILL)
        while _list_members(record) and time.monotonic() < deadline + STOP_SECONDS:
            time.sleep(POLL_SECONDS)
        child = _children.pop(record["pid"], None)
        if child is not None:
            child.wait(STOP_SECONDS)
    _record_file(settings, name).unlink(missing_ok=True)


def list_names(settings: Settings) -> list[str]:
    """Return the names of all recorded servers."""
    return sorted(path.stem for path in settings.run_dir.glob("*.json"))


def _record_file(settings: Settings, name: str) -> Path:
    return settings.run_dir / f"{name}.json"


def _list_members(record: Mapping[str, object]) -> list[int]:
    """Return the live processes of the recorded group.

    The program is compared too: after a reboot the number may belong to somebody else.
    """
    return [
        process.pid
        for process in _list_processes()
        if process.group == record["pid"] and process.state != "Z" and str(record["program"]) in process.arguments
    ]


class _Process(NamedTuple):
    """One row of the system's process list."""

    pid: int
    group: int
    state: str
    arguments: str


def _list_processes() -> list[_Process]:
    """Return all processes; from /proc where there is one, since ``ps`` need not be installed there."""
    if not Path("/proc/self/stat").exists():
        return _list_processes_by_ps()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            # "pid (name) state parent group ...": the name may hold anything, even brackets.
            state, _parent, group = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:3]
            arguments = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found.append(_Process(int(folder.name), int(group), state, arguments))
    return found


def _list_processes_by_ps() -> list[_Process]:
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,pgid=,stat=,args="],  # noqa: S607 - where PATH has it
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split(None, 3) for line in listing.stdout.splitlines()]
    return [_Process(int(pid), int(group), state[0], arguments) for pid, group, state, arguments in rows]


def _signal_members(record: Mapping[str, object], number: signal.Signals) -> None:
    for pid in _list_members(record):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
