"""The catalogue of checks. Order is precedence: the first violation names the answer.

All checks run on every order. A check that raises is a denial. Each declares itself in a file of this package, as one
of its `CHECKS`; the order of the catalogue is that of the codes in `core/codes.py`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from riskgate.core.checks.declaration import Check
from riskgate.core.codes import DenyCode


def _collect() -> tuple[Check, ...]:
    """Return one check for each code; a code without a check, and a check twice, must not start."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    declared: list[Check] = [check for module in modules for check in getattr(module, "CHECKS", ())]
    by_code = {check.code: check for check in declared}
    if len(by_code) != len(declared):
        raise ValueError("two checks declare the same code")
    return tuple(by_code[code] for code in DenyCode)


CHECKS = _collect()
