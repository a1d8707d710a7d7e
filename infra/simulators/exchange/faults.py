"""Faults to inject: which requests they hit, how often, and what they do."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase

from .errors import ControlError


class Kind(StrEnum):
    """What goes wrong. "Accept" is the moment the venue carries the request out."""

    DELAY = "delay"
    DROP_BEFORE_ACCEPT = "drop_before_accept"
    DROP_AFTER_ACCEPT = "drop_after_accept"
    ERROR_BEFORE_ACCEPT = "error_before_accept"
    ERROR_AFTER_ACCEPT = "error_after_accept"
    RATE_LIMIT = "rate_limit"
    STALE_PRICES = "stale_prices"
    WRONG_BALANCE = "wrong_balance"
    CLOCK_SKEW = "clock_skew"
    CUT_LISTING = "cut_listing"
    FALSE_ANSWER = "false_answer"
    ODD_ROW = "odd_row"


# Parameters by kind, with the type each value is converted to and its default; code 0 is the protocol's own.
_OPTIONS: dict[Kind, dict[str, object]] = {
    Kind.DELAY: {"seconds": Decimal(1), "when": "before_accept"},
    Kind.DROP_BEFORE_ACCEPT: {},
    Kind.DROP_AFTER_ACCEPT: {},
    Kind.ERROR_BEFORE_ACCEPT: {"status": 503, "code": 0, "msg": "", "raw_body": ""},
    Kind.ERROR_AFTER_ACCEPT: {"status": 503, "code": 0, "msg": "", "raw_body": ""},
    Kind.RATE_LIMIT: {"status": 429, "retry_after": 1},
    Kind.STALE_PRICES: {"age_seconds": Decimal(600), "hide_age": False},
    Kind.WRONG_BALANCE: {"asset": "USDT", "delta": Decimal(0), "factor": Decimal(1)},
    Kind.CLOCK_SKEW: {"skew_ms": 0},
    Kind.CUT_LISTING: {"rows": 10},
    Kind.FALSE_ANSWER: {"field": "status", "value": "REJECTED"},
    Kind.ODD_ROW: {"where": "symbol", "equals": "BTCUSDT", "field": "origQty", "value": "n/a"},
}
_COMMON = {"kind", "count", "skip", "method", "path", "api_key", "probability", "seed"}


@dataclass(slots=True)
class Fault:
    """One fault.

    It hits requests whose method and path (shell-style pattern) and, when given, API key match:
    not the first `skip` of them, then `count` (None: until removed), each with `probability`
    drawn from a generator of its own seed.
    """

    fault_id: int
    kind: Kind
    method: str = "*"
    path: str = "*"
    api_key: str | None = None
    count: int | None = 1
    skip: int = 0
    probability: Decimal = Decimal(1)
    seed: int = 0
    options: dict[str, object] = field(default_factory=dict)
    seen: int = 0
    applied: int = 0
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Seed the fault's own generator."""
        self._random = random.Random(self.seed)  # noqa: S311  # nosec B311 -- repeatable, not secret

    def strikes(self, method: str, path: str, api_key: str | None) -> bool:
        """Tell whether the fault hits a request, counting it."""
        if self.count is not None and self.applied >= self.count:
            return False
        if self.method not in ("*", method) or not fnmatchcase(path, self.path):
            return False
        if self.api_key is not None and self.api_key != api_key:
            return False
        self.seen += 1
        if self.seen <= self.skip:
            return False
        if self.probability < 1 and Decimal(self._random.random()) >= self.probability:
            return False
        self.applied += 1
        return True

    def decimal(self, name: str) -> Decimal:
        """Return an option that is a decimal."""
        return Decimal(str(self.options[name]))

    def integer(self, name: str) -> int:
        """Return an option that is an integer."""
        return int(str(self.options[name]))

    def text(self, name: str) -> str:
        """Return an option that is a text."""
        return str(self.options[name])

    def describe(self) -> dict[str, object]:
        """Return the fault as the control route shows it."""
        options = {name: str(value) if isinstance(value, Decimal) else value for name, value in self.options.items()}
        return {
            "id": self.fault_id,
            "kind": str(self.kind),
            "method": self.method,
            "path": self.path,
            "count": self.count,
            "skip": self.skip,
            "probability": str(self.probability),
            "seen": self.seen,
            "applied": self.applied,
            **options,
        }


class FaultRegistry:
    """The faults in force, in the order they were added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._next_id = 1

    def add(self, spec: Mapping[str, object]) -> Fault:
        """Add a fault from its JSON form; ControlError for an unknown kind or field, or a value of the wrong form."""
        try:
            kind = Kind(str(spec.get("kind")))
        except ValueError:
            raise ControlError(f"unknown fault kind {spec.get('kind')!r}") from None
        options = dict(_OPTIONS[kind])
        unknown = set(spec) - _COMMON - set(options)
        if unknown:
            raise ControlError(f"{kind} takes no {', '.join(sorted(unknown))}")
        options.update({name: spec[name] for name in options if name in spec})
        count = spec.get("count", 1)
        with self._lock:
            try:
                fault = Fault(
                    fault_id=self._next_id,
                    kind=kind,
                    method=str(spec.get("method", "*")).upper(),
                    path=str(spec.get("path", "*")),
                    api_key=None if spec.get("api_key") is None else str(spec["api_key"]),
                    count=None if count is None else int(str(count)),
                    skip=int(str(spec.get("skip", 0))),
                    probability=Decimal(str(spec.get("probability", 1))),
                    seed=int(str(spec.get("seed", 0))),
                    options=options,
                )
                for name, default in _OPTIONS[kind].items():
                    if isinstance(default, Decimal):
                        fault.decimal(name)
                    elif isinstance(default, int) and not isinstance(default, bool):
                        fault.integer(name)
            except (ValueError, ArithmeticError) as error:
                raise ControlError(f"bad fault: {error}") from None
            self._next_id += 1
            self._faults.append(fault)
        return fault

    def strike(self, method: str, path: str, api_key: str | None) -> list[Fault]:
        """Return the faults that hit a request, counting them."""
        with self._lock:
            return [fault for fault in self._faults if fault.strikes(method, path, api_key)]

    def describe(self) -> list[dict[str, object]]:
        """Return all faults, exhausted ones too."""
        with self._lock:
            return [fault.describe() for fault in self._faults]

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()
