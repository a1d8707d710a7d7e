"""The exchange layer: only what ccxt's synchronous classes need, and signing exactly as the whole of ccxt does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.local.settings import ROOT
from riskgate.adapters.exchange.key_permissions import PROBES
from riskgate.adapters.exchange.venue_rules import RULES

MB = 1_000_000
LAYER = ROOT / "layers" / "exchange"

#: One worker builds the layer once for all of them.
pytestmark = pytest.mark.xdist_group("exchange_layer")

#: Signs one order per exchange with fixed keys at a fixed time, and prints what would go over the wire.
SIGN = """
import json, sys
from importlib import import_module
signed = {}
for name in sys.argv[1:]:
    exchange = getattr(import_module(f"ccxt.{name}"), name)({
        "apiKey": "key", "secret": "c2VjcmV0LXNlY3JldC1zZWNyZXQ=", "password": "password", "uid": "1",
        "walletAddress": "0x" + "1" * 40, "privateKey": "0x" + "2" * 64,
    })
    exchange.milliseconds = lambda: 1700000000000
    exchange.microseconds = lambda: 1700000000000000
    exchange.seconds = lambda: 1700000000
    exchange.nonce = lambda: 1700000000000
    exchange.uuid = exchange.uuid16 = exchange.uuid22 = lambda *_: "0" * 22
    sections = {
        "binance": ("order", "private"), "binanceus": ("order", "private"), "binanceusdm": ("order", "fapiPrivate"),
        "bybit": ("v5/order/create", "private"), "okx": ("trade/order", "private"),
        "kraken": ("AddOrder", "private"), "krakenfutures": ("sendorder", "private"),
        "kucoin": ("orders", "private"), "kucoinfutures": ("orders", "futuresPrivate"),
        "bitget": ("v2/spot/trade/place-order", ["private", "spot"]), "gate": ("orders", ["private", "spot"]),
        "mexc": ("order", ["spot", "private"]), "coinbaseexchange": ("orders", "private"),
    }
    if name in sections:
        path, section = sections[name]
        signed[name] = exchange.sign(path, section if isinstance(section, list) else [section], "POST", {"symbol": "X", "a": "1.50"})
    signed[f"{name} hash"] = exchange.hmac(b"x", b"y", __import__("hashlib").sha256)
    if name == "hyperliquid":
        signed[name] = exchange.sign_hash("0x" + "3" * 64, "0x" + "2" * 64)
import ccxt
print(json.dumps({"signed": signed, "version": ccxt.__version__, "file": ccxt.__file__,
                  "modules": sorted(name for name in sys.modules if name.startswith("ccxt."))}))
"""


def read_exchanges() -> list[str]:
    lines = (line.partition("#")[0].strip() for line in (LAYER / "exchanges.txt").read_text().splitlines())
    return [line for line in lines if line]


def build(folder: Path, exchanges: str | None = None) -> Path:
    """Build the layer for this machine in a scratch copy of its folder, as `sam build` does."""
    scratch = folder / "scratch"
    shutil.copytree(LAYER, scratch)
    if exchanges is not None:
        (scratch / "exchanges.txt").write_text(exchanges)
    result = subprocess.run(
        [sys.executable, str(ROOT / "layers" / "build" / "build_layer.py"), "--architecture", "x86_64"],
        cwd=scratch,
        check=False,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "ARTIFACTS_DIR": str(folder / "layer"),
            "LAYER_PLATFORM": "host",
            "LAYER_CACHE_DIR": str(ROOT / ".local" / "cache" / "layers"),
        },
    )
    sys.stderr.write(result.stderr)
    result.check_returncode()
    return folder / "layer" / "python"


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("exchange"))


def run(script: str, path: Path | None, *arguments: str) -> Any:
    """Run a script with nothing but the layer on its path, or in this environment."""
    isolated = ["-I", "-S", "-B"] if path is not None else ["-B"]
    prelude = f"import sys; sys.path.insert(0, {str(path)!r})\n" if path is not None else ""
    result = subprocess.run(
        [sys.executable, *isolated, "-c", prelude + script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_layer_when_every_exchange_signs_then_exactly_as_the_whole_of_ccxt(layer: Path) -> None:
    slim, whole = run(SIGN, layer, *read_exchanges()), run(SIGN, None, *read_exchanges())
    assert slim["file"].startswith(str(layer))
    assert not whole["file"].startswith(str(layer))
    assert slim["signed"] == whole["signed"]
    assert len(slim["signed"]) >= len(read_exchanges()) + 13
    assert slim["version"] == whole["version"]


def test_layer_when_one_exchange_is_imported_then_no_other_is(layer: Path) -> None:
    modules = run(SIGN, layer, "binanceusdm")["modules"]
    loaded = {name.removeprefix("ccxt.") for name in modules if name.count(".") == 1}
    assert loaded == {"base", "abstract", "binance", "binanceusdm"}
    assert "numpy" not in modules


def test_layer_when_the_adapter_uses_it_then_it_needs_no_more_of_ccxt(layer: Path) -> None:
    """The other layer's packages come from this environment; what the exchange layer has comes first."""
    script = f"""
sys.path += [{str(ROOT / "layers" / "shared")!r}, *{[path for path in sys.path if path.endswith("site-packages")]!r}]
import json
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.build import exact_class
from riskgate.adapters.exchange.errors import ccxt_errors
from riskgate.core.errors import GatewayError
from riskgate.core.instrument import MarketType
for name in sys.argv[1:]:
    exact_class(name)
try:
    CcxtExchange("alpaca", MarketType.SPOT).list_instruments()
except GatewayError as error:
    code = error.code
import ccxt, requests
print(json.dumps({{"code": code, "files": [ccxt.__file__, requests.__file__, ccxt_errors().__file__]}}))
"""
    found = run(script, layer, *read_exchanges())
    assert found["code"] == "VENUE_UNKNOWN"
    assert all(file.startswith(str(layer)) for file in found["files"])


def test_layer_when_listed_then_holds_the_exchanges_of_its_list_and_their_parents(layer: Path) -> None:
    held = {path.stem for path in (layer / "ccxt").glob("*.py")} - {"__init__"}
    assert held == set(read_exchanges())
    assert not {"async_support", "pro", "prediction", "test"} & {path.name for path in (layer / "ccxt").iterdir()}
    unneeded = {"aiohttp", "yarl", "multidict", "uvloop", "coincurve", "orjson", "numpy", "pandas", "cffi", "pycparser"}
    assert not unneeded & {path.name for path in layer.iterdir()}


def test_layer_when_measured_then_lean_and_compiled(layer: Path) -> None:
    size = sum(path.stat().st_size for path in layer.rglob("*") if path.is_file())
    assert size < 35 * MB
    sources = list(layer.rglob("*.py"))
    compiled = [source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc" for source in sources]
    assert [path for path in compiled if not path.is_file()] == []


@pytest.mark.long
def test_layer_when_another_list_is_given_then_that_one_is_built(tmp_path: Path) -> None:
    layer = build(tmp_path, "# one\nkucoinfutures  # needs its parent\n")
    assert {path.stem for path in (layer / "ccxt").glob("*.py")} == {"__init__", "kucoin", "kucoinfutures"}
    assert set(run(SIGN, layer, "kucoinfutures")["signed"]) == {"kucoinfutures", "kucoinfutures hash"}


@pytest.mark.long
def test_layer_when_list_names_no_exchange_of_ccxt_then_build_fails(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        build(tmp_path, "binance\nno_such_exchange\n")
    assert "ccxt has no exchange no_such_exchange" in caught.value.stderr


def test_list_when_compared_with_the_adapters_tables_then_every_trading_venue_ships() -> None:

    assert set(RULES) | set(PROBES) == set(read_exchanges())
