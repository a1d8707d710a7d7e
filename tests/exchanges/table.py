"""The table of calls and classes: what the suite proves, and the files that say so.

Write them anew with ``PYTHONPATH=layers/shared python -m tests.exchanges.table`` after a change of an adapter, a venue or ccxt.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import ccxt

from riskgate.core.errors import InvalidRequest
from tests.exchanges import venues
from tests.exchanges.calls import Call, list_calls
from tests.exchanges.desk import Desk, venue_time
from tests.exchanges.page import write_page
from tests.exchanges.server import VenueServer
from tests.exchanges.wire import SPOT, ScriptedVenue

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "layers" / "shared" / "riskgate" / "data" / "exchanges.json"
PAGE = ROOT / "infra" / "docs" / "exchange-calls.md"

PROVEN, REFUSED, ABSENT, UNPROVEN = "proven", "refused", "absent", "unproven"


def list_venues() -> list[type[ScriptedVenue]]:
    """Return every scripted class, by name."""
    modules = [import_module(f"tests.exchanges.venues.{item.name}") for item in iter_modules(venues.__path__)]
    found = [kind for module in modules for kind in getattr(module, "VENUES", ())]
    return sorted(found, key=lambda kind: key_of(kind))


def key_of(kind: type[ScriptedVenue]) -> str:
    """Return the name of a row: class and market type."""
    return f"{kind.ccxt_id}/{kind.market_type.value}"


def judge(desk: Desk, case: Call) -> tuple[str, Exception | None]:
    """Run one case on a new venue and return its outcome; and, where it is unproven, why."""
    desk.reset()
    failure: Exception | None = None
    try:
        case.run(desk)
    except InvalidRequest as error:
        if not desk.venue.writes() and not desk.venue.book.orders:
            return (ABSENT if case.name in desk.kind.absent else REFUSED), None
        failure = error
    except Exception as error:  # noqa: BLE001 whatever it is, nothing is proven
        failure = error
    except BaseException as error:
        # pytest's own "did not raise" is no Exception.
        if type(error).__name__ != "Failed":
            raise
        failure = AssertionError(str(error))
    if desk.venue.unknown:
        failure = AssertionError(f"not scripted: {desk.venue.unknown} ({failure!r})")
    if case.name in desk.kind.absent:
        return (UNPROVEN, AssertionError("it is there")) if failure is None else (ABSENT, None)
    return (PROVEN, None) if failure is None else (UNPROVEN, failure)


def compute_scope(kind: type[ScriptedVenue], outcomes: Mapping[str, str]) -> str:
    """Return what a class is offered for: `trade`, `data` or `none`."""
    cases = list_calls(kind.market_type)

    def has(needs: set[str]) -> bool:
        return all(stands(case) for case in cases if case.needs in needs)

    def stands(case: Call) -> bool:
        # Only a spot wallet does without: a short swap is closed by a buy at market.
        may_lack = case.deniable and kind.market_type is SPOT
        return outcomes[case.name] in ({PROVEN, REFUSED, ABSENT} if may_lack else {PROVEN})

    if has({"data", "trade"}):
        return "trade"
    return "data" if has({"data"}) else "none"


#: Classes of the layer that no module scripts: nothing is proven of them.
UNSCRIPTED = ("coinbaseexchange/spot", "hyperliquid/spot")


def describe(outcomes: Mapping[type[ScriptedVenue], Mapping[str, str]]) -> dict[str, Any]:
    """Return the table as it is stored."""
    scripted = {
        key_of(kind): {"scope": compute_scope(kind, found), "calls": dict(found)} for kind, found in outcomes.items()
    }
    rest: dict[str, dict[str, Any]] = {key: {"scope": "none", "calls": {}} for key in UNSCRIPTED if key not in scripted}
    return {"ccxt": ccxt.__version__, "classes": dict(sorted((scripted | rest).items()))}


def run_all(only: str = "") -> dict[type[ScriptedVenue], dict[str, str]]:
    """Judge every case of every class whose name begins so."""
    server = VenueServer()
    outcomes: dict[type[ScriptedVenue], dict[str, str]] = {}
    with venue_time():
        for kind in list_venues():
            if not key_of(kind).startswith(only):
                continue
            desk = Desk(server, kind)
            outcomes[kind] = {}
            for case in list_calls(kind.market_type):
                outcome, failure = judge(desk, case)
                outcomes[kind][case.name] = outcome
                if failure is not None:
                    print(f"{key_of(kind)} {case.name}: {failure!r:.300}")  # noqa: T201 a command's output
            desk.exchange.close()
    server.close()
    return outcomes


def main() -> None:
    """Write the table and its page."""
    table = describe(run_all())
    TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(write_page(table), encoding="utf-8")


def look(only: str) -> None:
    """Tell what is not proven, of the classes whose names begin so; nothing is written."""
    for kind, found in run_all(only).items():
        rest = {name: outcome for name, outcome in found.items() if outcome != PROVEN}
        print(key_of(kind), compute_scope(kind, found), rest)  # noqa: T201 a command's output


if __name__ == "__main__":
    look(sys.argv[1]) if len(sys.argv) > 1 else main()


__all__ = ["PAGE", "SPOT", "TABLE", "judge", "list_venues", "run_all"]
