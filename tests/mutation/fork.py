"""Run something in a fork of this process, and have hypothesis stop at the first example that fails."""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import time
from collections.abc import Callable
from typing import Any

import hypothesis

_register = hypothesis.settings.register_profile


def _register_unshrunk(name: str, *arguments: Any, **settings: Any) -> None:
    """Register a profile that stops at the first example that fails: nobody reads it."""
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    _register(name, *arguments, **settings | {"phases": phases})


type.__setattr__(hypothesis.settings, "register_profile", staticmethod(_register_unshrunk))  # its own refuses


def in_fork(run: Callable[[], Any], limit_seconds: float) -> Any:
    """Run something in a fork of this process and return its answer; None: it did not answer in time, or died."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.setsid()
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        with contextlib.suppress(BaseException), os.fdopen(writer, "wb") as out:
            pickle.dump(run(), out)
        os._exit(0)
    os.close(writer)
    answer = bytearray()
    ends = time.monotonic() + limit_seconds
    with os.fdopen(reader, "rb", buffering=0) as source:
        while (left := ends - time.monotonic()) > 0 and select.select([source], [], [], left)[0]:
            part = source.read(1 << 20)
            if not part:
                break
            answer += part
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    try:
        return pickle.loads(bytes(answer))  # noqa: S301 our own fork's
    except (EOFError, pickle.UnpicklingError):
        return None
