"""Write what follows from the checks' declarations: the fields of `Limits` and the table of the documents.

``make checks`` runs it; a test tells when it has to be run.
"""

import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from riskgate.core.checks import CHECKS
from riskgate.core.checks.declaration import Check, Limit

LINE_MAX = 120
ROOT = Path(__file__).parents[1]


def main(root: Path = ROOT) -> int:
    """Bring the files up to date."""
    for path, text in render(root).items():
        path.write_text(text, encoding="utf-8")
    return 0


def render(root: Path) -> dict[Path, str]:
    """Return each file that holds something derived, as it has to be."""
    limits, page = root / "layers/shared/riskgate/core/limits.py", root / "infra/docs/checks.md"
    fields = "".join(_field(check, limit) for check in CHECKS for limit in check.limits)
    table = "| code | denies | limit (shipped) | exits | source |\n| --- | --- | --- | --- | --- |\n"
    table += "".join(_table_row(check) for check in CHECKS)
    return {
        limits: _between(limits, "written by `make checks`.\n", "    # End of what `make checks` writes.", fields),
        page: _between(page, "<!-- written by `make checks` -->\n", "<!-- end -->", table),
    }


def _between(path: Path, start: str, end: str, text: str) -> str:
    head, _, rest = path.read_text(encoding="utf-8").partition(start)
    if end not in rest:
        raise ValueError(f"{path} has no place for what is written")
    return f"{head}{start}{text}{end}{rest.partition(end)[2]}"


def _field(check: Check, limit: Limit) -> str:
    """Return a limit's line in `Limits`, as ruff formats it."""
    options = {
        "tighter": limit.tighter if limit.tighter != "lower" else None,
        "unit": limit.unit or None,
        "highest": limit.highest,
        "lowest": limit.lowest,
        "code": check.code.value,
    }
    given = [_source(limit.default)]
    given += [f"{name}={_source(value)}" for name, value in options.items() if value is not None]
    head, arguments = f"    {limit.name}: {limit.kind} = _limit(", ", ".join(given)
    line = f"{head}{arguments})\n"
    return line if len(line) <= LINE_MAX + 1 else f"{head}\n        {arguments}\n    )\n"


def _source(value: Any) -> str:
    if isinstance(value, Decimal):
        return f'D("{value}")'
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _table_row(check: Check) -> str:
    limits = "<br>".join(f"`{limit.name}` ({_shipped(limit)})" for limit in check.limits) or "\u2013"
    return f"| `{check.code}` | {_denies(check)} | {limits} | {check.exits} | {check.origin} |\n"


def _denies(check: Check) -> str:
    """Return the first line of the check's docstring without its verb."""
    text = (check.run.__doc__ or "").partition("\n")[0].removeprefix("Deny ").removeprefix("when ")
    text = re.sub(r"\|([^|]+)\|", r"abs(\1)", text)
    return text[:1].upper() + text[1:]


def _shipped(limit: Limit) -> str:
    value = {None: "off", (): "none"}.get(limit.default) if limit.default in (None, ()) else None
    if value is None and isinstance(limit.default, bool):
        value = "on" if limit.default else "off"
    unit = "" if limit.unit in {"fraction", "correlation", "base_currency"} else f" {limit.unit}"
    return value or f"{limit.default}{unit}"


if __name__ == "__main__":
    sys.exit(main())
