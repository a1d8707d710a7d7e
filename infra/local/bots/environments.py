"""Where the bots are installed, as they are published; `make bots` installs them."""

from __future__ import annotations

import os
from pathlib import Path

from infra.local.settings import ROOT, LocalError

_BOTS = ROOT / ".local" / "bots"
FREQTRADE = _BOTS / "freqtrade" / "bin" / "freqtrade"
PYTHON_BINANCE = _BOTS / "python-binance" / "bin" / "python"
CCXT_JS = _BOTS / "ccxt-js"

#: A bot is to find its own Python, to keep what it compiled, and to reach this machine alone.
_NOT_PASSED_ON = ("PYTHON", "VIRTUAL_ENV", "AWS_", "FREQTRADE", "HTTP", "http", "ALL_PROXY", "all_proxy")


def require(program: Path) -> Path:
    """Return a program's path. Raises LocalError: it is not there."""
    if not program.exists():
        raise LocalError(f"{program} is missing: infra/local/scripts/setup.sh bots")
    return program


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment that a bot is started with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
    return {**kept, "NO_PROXY": "*", **more}
