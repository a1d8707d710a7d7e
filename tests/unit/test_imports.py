"""Who may import what: the layers of the package, and what the order path never loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "shared" / "riskgate"
FUNCTIONS = ROOT / "functions"
STANDARD = frozenset(sys.stdlib_module_names)
#: The wire format's library: it reads and writes the canonical JSON of `schemas.codec`.
WIRE = {"msgspec"}
POWERTOOLS = "aws_lambda_powertools"
#: What each layer may import of ours, and of others beside the standard library.
OURS: dict[str, set[str]] = {
    "core": {"core"},
    "schemas": {"core", "schemas"},
    "app": {"core", "schemas", "app", "observability"},
    "adapters": {"core", "schemas", "adapters", "observability"},
    "runtime": {"core", "schemas", "app", "adapters", "runtime", "observability"},
    "observability": set(),
}
OTHERS: dict[str, set[str]] = {
    "core": set(),
    "schemas": {"pydantic", "pydantic_core"} | WIRE,
    # One-time codes are arithmetic: their library does no I/O.
    "app": {"pyotp"} | WIRE,
    "adapters": {"boto3", "botocore", "ccxt", "requests", "telegram", "PIL"} | WIRE,
    "runtime": {POWERTOOLS, "prometheus_client", "pydantic", "pydantic_core"} | WIRE,
    "observability": {POWERTOOLS} | WIRE,
}
#: The rooms of each layer, floor by floor: a room's files import its own and those of the floors below it.
FLOORS: dict[str, tuple[set[str], ...]] = {
    "core": (
        {
            "codes",
            "correlations",
            "errors",
            "kill_switch",
            "limits",
            "money",
            "operators",
            "plurals",
            "replacing",
            "risk",
            "scenario",
            "severity",
            "side",
        },
        {"access", "figures", "order_book"},
        {"instrument"},
        {"order"},
        {"account"},
        {"market", "safeguards", "venues"},
        {"checks", "paper", "protections", "quant"},
        {"levels", "orders"},
        {"front_door", "routing", "statements", "webhooks"},
        {"hedging", "reconciliation"},
        {"ledger"},
        {"alerts", "monitor"},
    ),
    "schemas": (
        {"shape"},
        {"codec", "decimal_patterns", "decimals", "patterns", "texts"},
        {"parts", "readers", "versions"},
        {"fields", "messages", "secrets"},
        {"http"},
        {"front_door", "log"},
    ),
    "app": (
        {"ports"},
        {"ledger"},
        {"venues"},
        {"access", "alerts", "market", "orders"},
        {"routing", "safeguards", "webhooks"},
        {"account", "front_door", "reconciliation"},
        {"hedging", "monitor", "operators", "risk", "statements"},
        {"audit"},
    ),
    "adapters": ({"aws", "chart_png", "exchange_table", "sector_map"}, {"dynamodb", "telegram_bot"}, {"exchange"}),
    "runtime": ({"clock", "settings", "tracing"}, {"wiring"}, {"metrics", "risk"}, {"api"}, {"jobs"}),
}
#: What a pure core does without: files and environment, chance, clocks, logs.
IMPURE = {"os", "time", "random", "uuid", "logging", "secrets", "socket", "subprocess", "threading", "asyncio"}
#: What an adapter implements, it has to know: the one module of the use cases it may import.
PORTS = "riskgate.app.ports"
#: Functions in front of an order: what they need of numbers and venues is computed before.
ORDER_PATH = {"authorizer", "order_api", "admin_api"}
#: Libraries that no decision, and no proof of a token, needs: each would be a good part of a start.
SLOW_TO_LOAD = frozenset(
    {"asyncio", "boto3", "botocore.session", "concurrent", "html", "http.client", "multiprocessing", "urllib3"}
    | {"aws_lambda_powertools.event_handler"}
)
#: And what only says why a body is refused: who sends one waits for it.
OF_REFUSALS = frozenset({"annotated_types", "pydantic", "pydantic_core"})
#: What an order is decided without, by function: rooms, and single files of rooms that an order does visit. They are
#: loaded by whoever asks for them first, never before an order.
NOT_FOR_ORDERS: dict[str, tuple[str, ...]] = {
    "authorizer": (
        "core.account",
        "core.ledger",
        "core.limits",
        "schemas.http.requests",
        "adapters.dynamodb.store",
        "app.ledger",
        "runtime.jobs",
    ),
    "order_api": (
        "core.alerts",
        "core.hedging",
        "core.market.closes",
        "core.market.quote_faults",
        "core.market.valuation",
        "core.monitor",
        "core.operators",
        "core.paper",
        "core.protections",
        "core.quant",
        "core.reconciliation",
        "core.risk",
        "core.routing",
        "core.statements",
        "core.venues",
        "core.webhooks",
        "app.account.describe_account",
        "app.account.record_snapshot",
        "app.alerts",
        "app.hedging",
        "app.market",
        "app.monitor",
        "app.operators",
        "app.reconciliation",
        "app.risk",
        "app.routing",
        "app.safeguards",
        "app.statements",
        "app.venues",
        "app.webhooks",
        "adapters.exchange",
        "runtime.jobs",
        "core.account.venue_share",
        "core.ledger.account_events",
        "core.ledger.apply_other",
        "core.ledger.events",
        "core.ledger.gateway_events",
        "core.levels.notices",
        "core.orders.fills",
        "core.safeguards.events",
        "core.safeguards.interventions",
        "schemas.http.answers.account",
        "schemas.http.answers.audit",
        "schemas.http.answers.hedging",
        "schemas.http.answers.reconciliation",
        "schemas.http.answers.risk",
        "schemas.http.answers.safeguards",
        "schemas.http.answers.service",
        "schemas.http.requests.accounts",
        "schemas.http.requests.base",
        "schemas.http.requests.control",
        "schemas.http.requests.heartbeats",
        "schemas.http.requests.hedges",
        "schemas.http.requests.limits",
        "schemas.http.requests.orders",
        "schemas.http.requests.stress",
    ),
}
PATHS = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@cache
def list_nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def spell(node: ast.expr) -> str:
    """Return a name, or a name and its attribute, as written; empty for all else."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def list_imports(path: Path, *, typing_only: bool = False) -> tuple[str, ...]:
    """Return the full name of every module a file imports, those under TYPE_CHECKING only when asked for."""
    return tuple(find_imports(path, typing_only=typing_only))


def find_imports(path: Path, *, typing_only: bool) -> Iterator[str]:
    guarded = {
        id(node)
        for branch in list_nodes(path)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for statement in branch.body
        for node in ast.walk(statement)
    }
    for node in list_nodes(path):
        if (id(node) in guarded) is not typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


#: The files of each part that a rule is about. One test holds all of them against a rule: a test for each file and rule
#: took longer to collect than to run.
IN_ROOMS = [path for path in PATHS if path.parent != PACKAGE and path.name != "__init__.py"]
CORE = [path for path in PATHS if layer_of(path) == "core"]
HANDLERS = sorted(FUNCTIONS.rglob("*.py"))


def list_forbidden(path: Path) -> Iterator[str]:
    """Yield what a file of the package imports and its layer may not."""
    layer = layer_of(path)
    in_quant = "quant" in path.relative_to(PACKAGE).parts[:2]
    for name in list_imports(path):
        top, _, rest = name.partition(".")
        if layer == "adapters" and name.startswith(f"{PORTS}."):
            continue
        if top == "riskgate":
            part = rest.split(".")[0]
            # The package itself holds nothing but constants.
            if part not in OURS[layer] and not part.isupper():
                yield f"{name_of(path)} imports riskgate.{part}"
        elif top not in STANDARD and top != "__future__":
            allowed = OTHERS[layer] | ({"numpy"} if in_quant else set())
            if top not in allowed:
                yield f"{name_of(path)} imports {top}"


def test_rules_when_held_against_the_tree_then_every_file_is_of_a_layer_and_of_a_rule() -> None:
    assert len(PATHS) > 500, "the package was not found"
    assert {layer_of(path) for path in PATHS} == OURS.keys() == OTHERS.keys()
    assert {layer_of(path) for path in IN_ROOMS} == FLOORS.keys()
    assert CORE
    assert HANDLERS


def test_module_when_it_imports_then_only_what_its_layer_may() -> None:
    assert [problem for path in PATHS for problem in list_forbidden(path)] == []


def floor_of(layer: str, room: str) -> int:
    found = [floor for floor, rooms in enumerate(FLOORS[layer]) if room in rooms]
    assert len(found) == 1, f"{layer}/{room} stands on {len(found)} floors"
    return found[0]


def test_room_when_it_imports_of_its_layer_then_only_from_floors_below() -> None:
    problems = []
    for path in IN_ROOMS:
        layer, room = (part.removesuffix(".py") for part in path.relative_to(PACKAGE).parts[:2])
        for name in list_imports(path):
            other = name.split(".")[2] if name.startswith(f"riskgate.{layer}.") else room
            if other != room and floor_of(layer, other) >= floor_of(layer, room):
                problems.append(f"{name_of(path)} imports {layer}/{other}")

    assert problems == []


def test_core_when_it_imports_of_the_standard_library_then_nothing_impure() -> None:
    impure = {name_of(path): {name.partition(".")[0] for name in list_imports(path)} & IMPURE for path in CORE}

    assert {path: names for path, names in impure.items() if names} == {}


def test_core_when_it_needs_the_time_then_it_is_told() -> None:
    unwanted = {"datetime.now", "datetime.utcnow", "date.today", "open", "print", "input"}
    called = {
        name_of(path): {spell(node.func) for node in list_nodes(path) if isinstance(node, ast.Call)} & unwanted
        for path in CORE
    }

    assert {path: names for path, names in called.items() if names} == {}


def test_core_when_it_counts_money_then_without_floats() -> None:
    """Float constants and conversions live in the quantitative part alone."""
    floats = [
        f"{name_of(path)}:{node.lineno}"
        for path in CORE
        if "quant" not in path.parts
        for node in list_nodes(path)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and spell(node.func) == "float")
    ]

    assert floats == []


def test_environment_when_read_then_only_by_the_runtime() -> None:
    read = {
        path.parts[-3:]
        for path in PATHS
        if layer_of(path) not in {"runtime", "observability"}
        and {spell(node) for node in list_nodes(path) if isinstance(node, ast.Attribute)} & {"os.environ", "os.getenv"}
    }

    # Where AWS is, and how long it is waited for, is the clients' own matter; the SDK reads the address itself.
    assert read <= {("adapters", "aws", "clients.py")}


def test_handler_when_it_imports_then_no_adapter_no_sdk_and_no_framework_of_its_own() -> None:
    problems = []
    for path in HANDLERS:
        for name in list_imports(path):
            top, _, rest = name.partition(".")
            part = rest.split(".")[0]
            ours = part in {"runtime", "app", "schemas", "core", "observability"} or part.isupper()
            if not (ours if top == "riskgate" else top in STANDARD or top in {"__future__", POWERTOOLS}):
                problems.append(f"{name_of(path)} imports {name}")

    assert problems == []


def test_function_folder_when_listed_then_holds_its_handler_alone() -> None:
    assert {path.relative_to(FUNCTIONS).parts[1:] for path in HANDLERS} == {("app.py",)}


def test_exchange_library_when_used_then_by_its_adapter_alone() -> None:
    users = {path.parent.name for path in PATHS for name in list_imports(path) if name.partition(".")[0] == "ccxt"}

    assert users <= {"exchange"}


@cache
def load_alone(function: str) -> frozenset[str]:
    """Return the modules that a handler's module has loaded in a process of its own."""
    script = (
        "import sys\n"
        f"import functions.{function}.app as app\n"
        "assert callable(app.lambda_handler)\n"
        "print('loaded:', *sys.modules)\n"
    )
    # Only what finds the code: no variable of ours, no credentials, no network to ask for them.
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'shared'}", "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    return frozenset(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(name, marks=() if name in ORDER_PATH else pytest.mark.long)
        for name in sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))
    ],
)
def test_handler_when_imported_then_needs_no_environment_and_loads_nothing_heavy(function: str) -> None:
    loaded = load_alone(function) & {"numpy", "pandas", "scipy", "ccxt", "prometheus_client"}

    assert not loaded & {"pandas", "scipy"}
    assert loaded != {"numpy", "ccxt"}, "their layers do not fit into one function"
    if function in ORDER_PATH:
        assert not loaded


@pytest.mark.parametrize("function", NOT_FOR_ORDERS)
def test_order_path_when_imported_then_loads_nothing_an_order_has_no_use_for(function: str) -> None:
    loaded = {name for name in load_alone(function) if name.startswith("riskgate.")}
    unwanted = [f"riskgate.{name}" for name in NOT_FOR_ORDERS[function]]

    assert "riskgate.schemas.http.routes" in loaded
    assert not [name for name in loaded if any(name == other or name.startswith(f"{other}.") for other in unwanted)]


@pytest.mark.parametrize("function", NOT_FOR_ORDERS)
def test_order_path_when_imported_then_no_library_it_can_do_without(function: str) -> None:
    assert not load_alone(function) & (SLOW_TO_LOAD | OF_REFUSALS)


def test_modules_not_for_orders_when_listed_then_they_exist() -> None:
    known = {path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".") for path in PATHS}
    packages = {name.removesuffix(".__init__") for name in known}

    assert {name for names in NOT_FOR_ORDERS.values() for name in names} <= packages
