"""DynamoDB Local is installed once, however many test workers ask for it at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.concurrency import dynamodb_local


def test_install_when_two_ask_at_once_then_both_find_it_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    emulator = tmp_path / dynamodb_local.EMULATOR.relative_to(dynamodb_local.TARGET)
    monkeypatch.setattr(dynamodb_local, "TARGET", tmp_path)
    monkeypatch.setattr(dynamodb_local, "EMULATOR", emulator)

    with ThreadPoolExecutor(2) as pool:
        for asked in [pool.submit(dynamodb_local.install) for _ in range(2)]:
            asked.result()

    assert (emulator / "DynamoDBLocal.jar").exists()
