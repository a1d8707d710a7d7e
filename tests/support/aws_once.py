"""What botocore and moto compute again for each session, client and request, computed once: its inputs never change.

A test makes several clients, a command line one session each run; a fifth of the component tests' time went there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.hooks
import botocore.session
import botocore.useragent
import moto.core.responses
import moto.sqs.models
from botocore.loaders import create_loader

#: What loaders read: descriptions of AWS's services, from files of the installed package.
_READ: dict[Any, Any] = {}


def _create_loader(search_path: str | None = None) -> Any:
    loader: Any = create_loader(search_path)
    if search_path is None:
        loader._cache = _READ
    return loader


_copy_aliaser: Any = botocore.hooks.EventAliaser.__copy__


def _copy_with_names(aliaser: Any) -> Any:
    """Copy an emitter with the names that it has worked out: both have the same aliases."""
    copied = _copy_aliaser(aliaser)
    copied._alias_name_cache = aliaser._alias_name_cache
    return copied


def compute_once() -> None:
    """Let all of this process have it."""
    for owner, name, replacement in (
        (botocore.session, "create_loader", _create_loader),
        (botocore.hooks.EventAliaser, "__copy__", _copy_with_names),
    ):
        setattr(owner, name, replacement)
    for module, name in (
        (botocore.useragent, "sanitize_user_agent_string_component"),
        (moto.core.responses, "camelcase_to_underscores"),
        (moto.core.responses, "method_names_from_class"),
        (moto.sqs.models, "camelcase_to_underscores"),
    ):
        setattr(module, name, cache(getattr(module, name)))
