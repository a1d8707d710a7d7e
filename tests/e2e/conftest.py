"""A running stack for the end-to-end tests: one that is named, or one of their own."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import stack as local_stack
from infra.local.processes import is_port_open
from infra.local.settings import ROOT, Settings

FIRST_PORT_BASE = 4760
PORTS_PER_STACK = 10


@pytest.fixture(scope="session")
def stack() -> Iterator[dict[str, Any]]:
    """What ``stack.json`` says of a running stack (DESIGN 2).

    ``RISKGATE_STACK`` names the ``stack.json`` of a running one; without it the session
    starts its own, on other ports and in another folder than ``make up``, and stops it.
    Its emulator checks every call of a function against the function's role.
    """
    running = os.environ.get("RISKGATE_STACK")
    if running:
        yield json.loads(Path(running).read_text(encoding="utf-8"))
        return
    settings = Settings(state_dir=ROOT / ".local" / "e2e", port_base=find_port_base(), iam_enforced=True)
    try:
        yield local_stack.up(settings)
    finally:
        local_stack.down(settings)
        shutil.rmtree(settings.state_dir, ignore_errors=True)


def find_port_base() -> int:
    """Return the first of a run of ports that nothing listens on."""
    for base in range(FIRST_PORT_BASE, FIRST_PORT_BASE + 20 * PORTS_PER_STACK, PORTS_PER_STACK):
        if not any(is_port_open(port) for port in range(base, base + PORTS_PER_STACK)):
            return base
    raise RuntimeError("no free ports for the end-to-end stack")
