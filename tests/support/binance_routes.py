"""Write the list of Binance's documented routes with what the front door makes of each: `tests/data/binance_routes.csv`.

``python -m tests.support.binance_routes [CHECKOUT]``: the routes come from the pinned ccxt and, where given, from a
checkout of Binance's own connector (github.com/binance/binance-connector-python); what is in the list already stays.
"""

import csv
import re
import sys
from pathlib import Path
from urllib.parse import urlparse

import ccxt

from riskgate.core.front_door.calls import find_call

LIST = Path(__file__).parents[1] / "data" / "binance_routes.csv"
#: The APIs whose paths the front door has; coin-margined, options and portfolio margin are other hosts'.
BASES = ("/api/", "/fapi/", "/futures/data/", "/sapi/")

type Route = tuple[str, str]


def routes_of_ccxt() -> set[Route]:
    """Return the routes that ccxt's class can call."""
    described = ccxt.binance().describe()
    found = set()
    for section, methods in described["api"].items():
        base = urlparse(described["urls"]["api"][section]).path
        for method, paths in methods.items():
            found |= {(method.upper(), f"{base}/{path}") for path in paths}
    return {route for route in found if route[1].startswith(BASES)}


def routes_of_connector(checkout: Path) -> set[Route]:
    """Return the routes that the sources of Binance's connector call."""
    found: set[Route] = set()
    for file in checkout.glob("clients/*/src/*/rest_api/api/*.py"):
        found |= set(re.findall(r'method="([A-Z]+)",\s+path="([^"]+)"', file.read_text(encoding="utf-8")))
    return {route for route in found if route[1].startswith(BASES)}


def read_list() -> dict[Route, str]:
    """Return the listed routes, each with its class as listed."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return {(row["method"], row["path"]): row["class"] for row in csv.DictReader(file)}


def main(arguments: list[str]) -> int:
    """Bring the list up to date."""
    routes = routes_of_ccxt() | (set(read_list()) if LIST.exists() else set())
    for checkout in arguments:
        routes |= routes_of_connector(Path(checkout))
    with LIST.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["path", "method", "class"])
        writer.writerows(sorted((path, method, find_call(method, path).kind.value) for method, path in routes))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
