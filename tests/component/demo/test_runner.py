"""The demo's runner: its own stack is stopped whatever happens, and failures show in the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.demo import runner
from infra.demo.trader import StoryBroken
from infra.local import stack as local_stack
from infra.local.settings import LocalError, Settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, Path, int]]:
    """Record what would be started and stopped; starting a real stack is the end-to-end tests' business."""
    calls: list[tuple[str, Path, int]] = []

    def up(settings: Settings) -> dict[str, Any]:
        calls.append(("up", settings.state_dir, settings.port_base))
        settings.state_dir.mkdir(parents=True)
        return {}

    def down(settings: Settings) -> None:
        calls.append(("down", settings.state_dir, settings.port_base))

    monkeypatch.setattr(local_stack, "up", up)
    monkeypatch.setattr(local_stack, "down", down)
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    return calls


@pytest.mark.parametrize(
    ("failure", "exit_code", "message"),
    [
        (None, 0, ""),
        (StoryBroken("an order passed"), 1, "demo: the story broke: an order passed\n"),
        (LocalError("port taken"), 1, "demo: port taken\n"),
    ],
)
def test_demo_when_it_ends_then_its_stack_is_stopped(
    started: list[tuple[str, Path, int]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: Exception | None,
    exit_code: int,
    message: str,
) -> None:
    def play(_stack_file: Path) -> None:
        if failure is not None:
            raise failure

    monkeypatch.setattr(runner, "play", play)
    assert runner.main([]) == exit_code
    assert capsys.readouterr().err == message
    assert [call[0] for call in started] == ["up", "down"]
    state_dir = started[0][1]
    assert state_dir.name == "demo"
    # A failure leaves the logs it points at.
    assert state_dir.exists() == (failure is not None)


def test_demo_when_make_is_interrupted_then_its_stack_is_stopped(
    started: list[tuple[str, Path, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_stack_file: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "play", interrupt)
    with pytest.raises(KeyboardInterrupt):
        runner.main([])
    assert [call[0] for call in started] == ["up", "down"]


def test_demo_when_the_named_stack_does_not_answer_then_exit_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = {
        "api_url": "http://127.0.0.1:9/v1",
        "region": "us-east-1",
        "aws_endpoint_url": "http://127.0.0.1:9",
        "tables": {"state": "s", "control": "c", "audit": "a"},
        "tokens": {"admin": "rg_x"},
        "totp_secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "account_id": "demo",
    }
    file = tmp_path / "stack.json"
    assert runner.main(["--stack-file", str(file)]) == 1
    file.write_text(json.dumps(stack), encoding="utf-8")
    assert runner.main(["--stack-file", str(file)]) == 1
    assert "does not answer" in capsys.readouterr().err


def test_demo_when_it_ends_then_it_tells_where_the_live_page_is(
    started: list[tuple[str, Path, int]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    running = tmp_path / "stack.json"
    monkeypatch.setattr(runner, "play", lambda _: None)
    monkeypatch.setattr(runner, "load_settings", lambda: Settings(state_dir=tmp_path, port_base=5560))
    assert runner.main([]) == 0
    assert "`make up` starts a stack that stays" in capsys.readouterr().out.splitlines()[-1]

    running.write_text(json.dumps({"api_url": "http://127.0.0.1:5560/stage"}), encoding="utf-8")
    for arguments in ([], ["--stack-file", str(running)]):
        assert runner.main(arguments) == 0
        assert "http://127.0.0.1:5560/stage/dashboard" in capsys.readouterr().out.splitlines()[-1]
    assert len(started) == 4
