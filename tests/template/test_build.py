"""What `sam build` makes: complete, compiled, lean."""

import importlib.util
import re
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra import sam
from infra.local import deployment
from infra.local.settings import ROOT, Settings

#: Every function with its layers; what of the heavy libraries the first request already needs is loaded with it.
FUNCTIONS = {
    "AuthorizerFunction": ("SharedLayer",),
    "OrderApiFunction": ("SharedLayer",),
    "AdminApiFunction": ("SharedLayer",),
    "OrderWorkerFunction": ("SharedLayer", "ExchangeLayer"),
    "MarketDataFunction": ("SharedLayer", "ExchangeLayer"),
    "MonitorFunction": ("SharedLayer", "ExchangeLayer"),
    "VarFunction": ("SharedLayer", "QuantLayer"),
    "StressFunction": ("SharedLayer", "QuantLayer"),
    "RiskApiFunction": ("SharedLayer", "QuantLayer"),
    "ViewApiFunction": ("SharedLayer",),
    "DashboardFunction": ("SharedLayer",),
    "VenueApiFunction": ("SharedLayer",),
    "VenueReaderFunction": ("SharedLayer", "ExchangeLayer"),
    "WebhooksFunction": ("SharedLayer",),
    "ReconcileFunction": ("SharedLayer", "ExchangeLayer"),
    "HedgeFunction": ("SharedLayer",),
    "AuditSealFunction": ("SharedLayer",),
    "AuditArchiveFunction": ("SharedLayer",),
    "ControlStreamFunction": ("SharedLayer",),
    "AlertFanoutFunction": ("SharedLayer",),
    "TelegramNotifierFunction": ("SharedLayer", "TelegramLayer"),
    "TelegramWebhookFunction": ("SharedLayer", "TelegramLayer"),
}
#: The first function of each set of layers: they are tried before each commit, the others in a full run.
FIRST = {layers: name for name, layers in reversed(FUNCTIONS.items())}
LAYERS = ("SharedLayer", "QuantLayer", "ExchangeLayer", "TelegramLayer")
UNCHECKED_HASH = 0b01
#: How a client of a service of AWS is made.
CLIENT_OF = re.compile(r'\b(?:create_)?client\(\s*"(\w+)"')
#: What the dashboard serves.
PAGE = ROOT / "functions" / "dashboard" / "page"
MB = 1_000_000


def fingerprint(folder: Path) -> str:
    """What the build says of a folder of layers."""
    digest: str = runpy.run_path(str(ROOT / "layers" / "build" / "fingerprint.py"))["compute_fingerprint"](folder)
    return digest


@pytest.fixture(scope="module")
def build_dir() -> Path:
    return deployment.ensure_built(Settings(state_dir=ROOT / ".local", port_base=4560))


@pytest.mark.parametrize("artifact", [*FUNCTIONS, *LAYERS])
def test_every_source_ships_with_byte_code_that_is_never_checked(artifact: str, build_dir: Path) -> None:
    sources = [path for path in (build_dir / artifact).rglob("*.py") if path.is_file()]
    assert sources
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        assert compiled.is_file(), source
        flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
        assert flags == UNCHECKED_HASH, source


@pytest.mark.parametrize("artifact", FUNCTIONS)
def test_a_function_is_its_handler_alone(artifact: str, build_dir: Path) -> None:
    files = {
        str(path.relative_to(build_dir / artifact)) for path in (build_dir / artifact).rglob("*") if path.is_file()
    }
    own = {str(path.relative_to(PAGE.parent)) for path in PAGE.rglob("*") if path.is_file()}
    pages = own if artifact == "DashboardFunction" else set()
    assert files == {"app.py", "__pycache__/app.cpython-313.pyc", "layers.sha256"} | pages


@pytest.mark.parametrize("artifact", FUNCTIONS)
def test_a_function_changes_with_its_layers(artifact: str, build_dir: Path) -> None:
    """SAM publishes a version only where the function's own code differs: a new layer alone would never go live."""
    assert (build_dir / artifact / "layers.sha256").read_text(encoding="ascii").strip() == fingerprint(ROOT / "layers")


def test_layers_when_a_file_changes_then_so_does_their_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "engine.py").write_text("LIMIT = 1", encoding="ascii")
    before = fingerprint(tmp_path)
    (tmp_path / "__pycache__" / "engine.pyc").write_bytes(b"byte code")
    assert fingerprint(tmp_path) == before
    (tmp_path / "engine.py").write_text("LIMIT = 2", encoding="ascii")
    assert fingerprint(tmp_path) != before


@pytest.mark.parametrize(
    "artifact",
    [pytest.param(name, marks=() if FIRST[layers] == name else pytest.mark.long) for name, layers in FUNCTIONS.items()],
)
def test_a_function_imports_with_nothing_but_its_layers(artifact: str, build_dir: Path) -> None:
    """The emulator's own packages would hide a missing one, so: no site-packages here."""
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]; import app, riskgate; "
        "assert callable(app.lambda_handler); "
        "print(riskgate.__file__); print(*sorted({'numpy', 'ccxt', 'pandas', 'scipy', 'telegram'} & set(sys.modules)))"
    )
    layers = [str(build_dir / layer / "python") for layer in FUNCTIONS[artifact]]
    folders = [str(build_dir / artifact), *layers]
    result = subprocess.run(
        [str(sam.find_python()), "-I", "-S", "-B", "-c", script, *folders],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    assert result.returncode == 0, result.stderr
    location, heavy = result.stdout.splitlines()
    assert location.startswith(folders[1])
    if len(layers) == 1:
        assert heavy == ""


def test_every_function_is_listed_with_its_layers(template: dict[str, Any]) -> None:
    layers = {
        name: tuple(layer["Ref"] for layer in resource["Properties"]["Layers"])
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert layers == FUNCTIONS


def test_the_quant_layer_imports_numpy(build_dir: Path) -> None:
    script = "import sys; sys.path[:0] = sys.argv[1:]; import numpy; print(numpy.linalg.inv(numpy.eye(2)).sum())"
    result = subprocess.run(
        [str(sam.find_python()), "-I", "-S", "-B", "-c", script, str(build_dir / "QuantLayer" / "python")],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    assert result.stdout == "2.0\n", result.stderr


def test_only_called_services_are_described(build_dir: Path) -> None:
    sources = [path for folder in ("functions", "layers/shared") for path in (ROOT / folder).rglob("*.py")]
    called = {name for path in sources for name in CLIENT_OF.findall(path.read_text(encoding="utf-8"))}
    assert called >= {"dynamodb", "lambda"}
    data = build_dir / "SharedLayer" / "python" / "botocore" / "data"
    # The credentials' own service is there as well.
    assert {path.name for path in data.iterdir() if path.is_dir()} == called | {"sts"}


def test_the_layers_are_lean(build_dir: Path) -> None:
    def size(folder: Path) -> int:
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    assert size(build_dir / "SharedLayer" / "python" / "riskgate") < 10 * MB
    assert size(build_dir / "SharedLayer") < 40 * MB
    for heavy in ("QuantLayer", "ExchangeLayer", "TelegramLayer"):
        assert size(build_dir / "SharedLayer") + size(build_dir / heavy) < 250 * MB
    for layer in LAYERS:
        unused = [path for path in (build_dir / layer).rglob("*") if path.name in {"tests", "test"} and path.is_dir()]
        assert unused == []


def test_layer_when_another_build_puts_the_same_packages_first_then_both_use_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two builds share the cache of installed packages; the second finds the folder there when it has its own ready."""
    spec = importlib.util.spec_from_file_location("build_layer", ROOT / "layers" / "build" / "build_layer.py")
    assert spec is not None
    assert spec.loader is not None
    build_layer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build_layer)
    requirements = tmp_path / "layer" / "requirements.txt"
    requirements.parent.mkdir()
    requirements.touch()
    cache = tmp_path / "cache"
    compile_tree = build_layer.compile_tree

    def overtaken(root: Path, mount: str) -> int:
        first = root.with_suffix("")
        first.mkdir()
        (first / "module.py").touch()
        return int(compile_tree(root, mount))

    def install(_requirements: Path, target: Path, _architecture: str, _platform: str) -> None:
        target.mkdir(parents=True)
        (target / "module.py").touch()

    monkeypatch.setattr(build_layer, "compile_tree", overtaken)
    monkeypatch.setattr(build_layer, "install_packages", install)
    folder = build_layer.get_packages(requirements, "x86_64", "host", cache)
    assert [path.name for path in folder.iterdir()] == ["module.py"]
    assert list(cache.iterdir()) == [folder]
