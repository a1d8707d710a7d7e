"""The pure engine beside NautilusTrader's risk engine: a fresh process of each, in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.local.settings import ROOT
from tests.bench.goals import NAUTILUS_CHECKS
from tests.bench.measure import Measured, compare, median

ROUNDS = 5
PEER_PYTHON = ROOT / ".local" / "venv-nautilus" / "bin" / "python"
PEER = Path(__file__).with_name("nautilus_peer.py")
MICROSECONDS = "µs CPU"
#: Open orders of the peer: as many as an account of ours holds at most, and none.
NONE, MOST = "0", "500"


def measure() -> dict[str, Measured]:
    """Measure the rows of the engine.

    Raises
    ------
    FileNotFoundError : the peer's environment has not been made.
    """
    if not PEER_PYTHON.exists():
        raise FileNotFoundError(f"{PEER_PYTHON}: make it with infra/local/scripts/setup.sh nautilus")
    ours, peers = [], []
    for _ in range(ROUNDS):
        peers.append(_run([str(PEER_PYTHON), "-I", str(PEER), NONE, MOST]))
        ours.append(_run([sys.executable, "-m", "tests.bench.engine_round"]))
    return judge(ours, peers)


def judge(ours: Sequence[Mapping[str, Any]], peers: Sequence[Mapping[str, Any]]) -> dict[str, Measured]:
    """Return the rows from what the processes printed, round by round."""
    order = [median(peer[NONE]) for peer in peers]
    growth = [median(peer[MOST]) / one for peer, one in zip(peers, order, strict=True)]

    def times(name: str) -> list[float]:
        return [one["times"][name] for one in ours]

    def grown(name: str, base: str) -> Measured:
        figures = [after / before for after, before in zip(times(name), times(base), strict=True)]
        return Measured(figures=figures, ours=figures, peer=growth, unit="×")

    checks = [time / one["checks"] for time, one in zip(times("evaluate"), ours, strict=True)]
    parts = [sum(both) for both in zip(times("correlation"), times("context"), strict=True)]
    shares = [part / whole for part, whole in zip(parts, times("evaluate, figures"), strict=True)]
    names = {name: median(times(name)) / median(times("evaluate, figures")) for name in ("correlation", "context")}
    return {
        "evaluate_check": compare(
            checks,
            [time / NAUTILUS_CHECKS for time in order],
            MICROSECONDS,
            f"{ours[0]['checks']} checks of ours, {NAUTILUS_CHECKS} of the peer's",
        ),
        "apply_empty": compare(times("apply"), order, MICROSECONDS),
        "apply_figures": compare(times("apply, figures"), order, MICROSECONDS),
        "growth_positions": grown("apply, positions", "apply, 1 position"),
        "growth_marks": grown("apply, marks", "apply, 1 position"),
        "growth_orders": grown("apply, orders", "apply"),
        "share_correlation": Measured(
            figures=shares,
            ours=parts,
            unit=MICROSECONDS,
            note=f"CORRELATION {names['correlation']:.0%}, the context {names['context']:.0%}",
        ),
    }


def _run(command: Sequence[str]) -> Any:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'layers' / 'shared'}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    return json.loads(done.stdout)
