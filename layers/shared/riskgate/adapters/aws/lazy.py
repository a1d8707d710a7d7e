"""What a process builds on first use and keeps: one `forget` drops all of it, after a SnapStart restore above all."""

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any, cast

#: Kept of each kind. An exchange holds its venue's list of markets, tens of megabytes.
KEPT_MAX = 16
_hooks: list[Callable[[], object]] = []


def lazy[**P, T](build: Callable[P, T]) -> Callable[P, T]:
    """Build once for the same arguments, until `forget`."""
    kept = lru_cache(maxsize=KEPT_MAX)(build)
    on_forget(kept.cache_clear)
    return cast("Callable[P, T]", kept)


def on_forget[F: Callable[[], object]](hook: F) -> F:
    """Let `forget` call `hook`."""
    _hooks.append(hook)
    return hook


def forget() -> None:
    """Drop everything that was built: its connections and credentials belong to another life of the process."""
    for hook in _hooks:
        hook()


def run_before_snapshot(hook: Callable[[], object]) -> None:
    """Run `hook` just before this process becomes a SnapStart snapshot: what it loads need not be loaded again."""
    if snapshots := _snapshots():
        snapshots.register_before_snapshot(hook)


def _snapshots() -> Any:
    """Return the module that the Lambda runtime brings; elsewhere there are no snapshots."""
    try:
        return import_module("snapshot_restore_py")
    except ModuleNotFoundError:
        return None


if snapshots := _snapshots():
    snapshots.register_after_restore(forget)
