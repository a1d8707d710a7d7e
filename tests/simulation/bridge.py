"""Values of one build as another one has them: what a request, an answer or a venue's message is on its way between them.

In operation these are JSON. Here they are objects, and each build has classes of its own: comparing members of two
builds' enumerations by identity would always say no.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from types import CellType, FunctionType
from typing import Any

import msgspec

from tests.simulation.builds import Build


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """Takes values of one build to another; what is of neither passes as it is."""

    source: Build
    target: Build

    def __call__(self, value: Any) -> Any:
        """Return a value as the other build has it."""
        kind = type(value)
        if kind in {tuple, list, set, frozenset}:
            return kind(self(one) for one in value)
        if kind is dict:
            return {self(name): self(one) for name, one in value.items()}
        if isinstance(value, FunctionType):
            return self._take_function(value)
        if isinstance(value, type):
            return self._find(value) if self.source.original_of(value.__module__) else value
        if not self.source.original_of(kind.__module__).startswith("riskgate"):
            return value
        return self._take_object(value, self._find(kind))

    def _take_object(self, value: Any, kind: Any) -> Any:
        if isinstance(value, Enum):
            return kind(value.value)
        if isinstance(value, BaseException):
            error = kind.__new__(kind, *value.args)
            error.__dict__.update(self(value.__dict__))
            return error
        if isinstance(value, msgspec.Struct):
            names = [name for name in value.__struct_fields__ if name in kind.__struct_fields__]
        elif is_dataclass(value):
            known = {one.name for one in fields(kind)}
            names = [one.name for one in fields(value) if one.init and one.name in known]
        elif isinstance(value, tuple):
            return kind(*(self(one) for one in value))
        else:
            return value
        return kind(**{name: self(getattr(value, name)) for name in names})

    def _take_function(self, function: FunctionType) -> Any:
        """Return the function of the same name; one that was made on the way, with what it closes over, in that module."""
        original = self.source.original_of(function.__module__)
        if not original:
            return function
        if "<" not in function.__qualname__:
            return self._find(function)
        cells = tuple(CellType(self(cell.cell_contents)) for cell in function.__closure__ or ())
        names = vars(self.target.module(original))
        taken = FunctionType(function.__code__, names, function.__name__, function.__defaults__, cells)
        taken.__kwdefaults__ = function.__kwdefaults__
        return taken

    def _find(self, named: Any) -> Any:
        found: Any = self.target.module(self.source.original_of(named.__module__))
        for part in named.__qualname__.split("."):
            found = getattr(found, part)
        return found


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A build among the parts of another one's simulation, the host's."""

    build: Build
    host: Build

    @property
    def inwards(self) -> Bridge:
        """Return what takes values to the guest."""
        return Bridge(source=self.host, target=self.build)

    @property
    def outwards(self) -> Bridge:
        """Return what takes values back."""
        return Bridge(source=self.build, target=self.host)

    def run(self, handler: Callable[..., Any], event: Any, context: Any) -> Any:
        """Serve an invocation by the guest's handler of this name."""
        return _call(self.inwards(handler), self.inwards, self.outwards, event, context)


@dataclass(frozen=True, kw_only=True)
class Far:
    """A part of the host as the guest has it: it takes and gives the guest's values."""

    inner: Any
    guest: Guest

    def __getattr__(self, name: str) -> Any:
        """Return an attribute, or a method that asks the host."""
        found = getattr(self.inner, name)
        if not callable(found):
            return self.guest.inwards(found)
        return lambda *args, **more: _call(found, self.guest.outwards, self.guest.inwards, *args, **more)


def _call(function: Callable[..., Any], there: Bridge, back: Bridge, *args: Any, **more: Any) -> Any:
    try:
        return back(function(*there(args), **there(more)))
    except Exception as error:
        taken = back(error)
        if taken is error:
            raise
        raise taken from error
