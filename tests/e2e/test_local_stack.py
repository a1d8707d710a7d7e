"""The stack runner: one clear line when it cannot start, nothing left when it stops."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import emulator, processes
from infra.local.settings import HOST, ROOT, LocalError, Settings
from tests.e2e.conftest import find_port_base


@pytest.fixture
def emulated(tmp_path: Path) -> Iterator[Settings]:
    """Settings of an emulator of its own that is ended after the test."""
    settings = Settings(state_dir=tmp_path, port_base=find_port_base())
    yield settings
    processes.stop(settings, emulator.NAME)


def group_members(pid: int) -> list[str]:
    listing = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
    return [row[2] for row in rows if int(row[0]) == pid and not row[1].startswith("Z")]


def emulator_pid(settings: Settings) -> int:
    record = processes.get_record(settings, emulator.NAME)
    assert record is not None
    return int(str(record["pid"]))


def test_up_when_the_port_is_taken_then_one_line_and_exit_1(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "infra.local.stack", "up"],
            cwd=ROOT,
            env={**os.environ, "PORT_BASE": str(port), "RISKGATE_STATE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr == f"up: port {port} is in use by another program; stop it or set PORT_BASE\n"
    assert not (tmp_path / "run" / "ministack.json").exists()


@pytest.mark.parametrize("value", ["80", "70000", "-1", "4560x", " "])
def test_up_when_port_base_is_no_port_then_one_line_and_exit_1(value: str, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "infra.local.stack", "up"],
        cwd=ROOT,
        env={**os.environ, "PORT_BASE": value, "RISKGATE_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
    assert "PORT_BASE" in result.stderr


def test_the_emulator_when_it_runs_then_it_is_kept_and_bound_to_this_machine_only(emulated: Settings) -> None:
    assert emulator.ensure_running(emulated) is True
    pid = emulator_pid(emulated)
    assert emulator.ensure_running(emulated) is False
    assert emulator_pid(emulated) == pid
    with socket.socket() as probe:
        probe.settimeout(1)
        assert probe.connect_ex(("127.0.0.2", emulated.port_base)) != 0


def test_the_emulator_when_it_runs_on_another_port_then_up_says_so(emulated: Settings) -> None:
    emulator.ensure_running(emulated)
    moved = Settings(state_dir=emulated.state_dir, port_base=find_port_base())
    with pytest.raises(LocalError, match=f"a stack runs on port {emulated.port_base}; run make down first"):
        emulator.ensure_running(moved)


def test_stop_when_the_emulator_runs_then_no_process_and_no_record_are_left(emulated: Settings) -> None:
    emulator.ensure_running(emulated)
    pid = emulator_pid(emulated)
    assert group_members(pid)
    processes.stop(emulated, emulator.NAME)
    assert group_members(pid) == []
    assert processes.list_names(emulated) == []
    assert not processes.is_port_open(emulated.port_base)


def test_the_emulator_when_it_was_killed_then_it_starts_again(emulated: Settings) -> None:
    emulator.ensure_running(emulated)
    killed = emulator_pid(emulated)
    os.kill(killed, signal.SIGKILL)
    while processes.is_running(emulated, emulator.NAME):
        pass
    assert emulator.ensure_running(emulated) is True
    assert emulator_pid(emulated) != killed
    assert group_members(killed) == []


def test_stop_when_the_number_belongs_to_somebody_else_then_nothing_is_signalled(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path, port_base=4560)
    settings.run_dir.mkdir()
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        record = f'{{"pid": {stranger.pid}, "port": 4560, "program": "{emulator.VENV}/bin/python"}}'
        (settings.run_dir / "ministack.json").write_text(record, encoding="utf-8")
        processes.stop(settings, emulator.NAME)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
