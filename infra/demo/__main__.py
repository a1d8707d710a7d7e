"""Start the demo from a checkout, where the gateway's package is not installed."""

import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "layers" / "shared"))
sys.exit(import_module("infra.demo.runner").main())
