"""What is computed again for each session, client and request of AWS, computed once: its inputs never change.

A test makes several clients, a command line one session each run; a fifth of the component tests' time went there.
"""

from __future__ import annotations

from functools import cache
from inspect import CO_VARKEYWORDS
from typing import Any

import botocore.endpoint_provider
import botocore.hooks
import botocore.session
import botocore.useragent
import moto.core.responses
import moto.sqs.models
from botocore.client import ClientCreator
from botocore.compat import accepts_kwargs
from botocore.endpoint_provider import RuleSet
from botocore.loaders import create_loader

from riskgate.adapters.aws import connections

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


_create_methods: Any = ClientCreator._create_methods  # type: ignore[attr-defined]
#: The methods of each service's clients, by its name and the version of its description.
_METHODS: dict[tuple[str, str], dict[str, Any]] = {}


def _create_methods_once(creator: ClientCreator, service_model: Any) -> dict[str, Any]:
    """Return a client's methods: they know the names of their operations and nothing of the client."""
    key = service_model.service_name, service_model.api_version
    if key not in _METHODS:
        _METHODS[key] = _create_methods(creator, service_model)
    return dict(_METHODS[key])


#: Rules for endpoints that were read, with what they were read from: it stays, so that no other gets its id.
_RULES: dict[tuple[int, int], tuple[Any, Any, RuleSet]] = {}


def _read_rules(*, rules: Any, partitions: Any, **described: Any) -> RuleSet:
    """Read the rules of a service's endpoints; a loader gives the same ones each time."""
    key = id(rules), id(partitions)
    if key not in _RULES:
        _RULES[key] = rules, partitions, RuleSet(rules=rules, partitions=partitions, **described)
    return _RULES[key][2]


def _accepts_kwargs(function: Any) -> bool:
    """Tell whether a handler takes any keyword, without working out its whole signature."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return bool(accepts_kwargs(function) if code is None else code.co_flags & CO_VARKEYWORDS)


def compute_once() -> None:
    """Let all of this process have it."""
    for owner, name, replacement in (
        (botocore.session, "create_loader", _create_loader),
        (botocore.hooks.EventAliaser, "__copy__", _copy_with_names),
        (botocore.hooks, "accepts_kwargs", _accepts_kwargs),
        (botocore.endpoint_provider, "RuleSet", _read_rules),
        (ClientCreator, "_create_methods", _create_methods_once),
    ):
        setattr(owner, name, replacement)
    for module, name in (
        (botocore.useragent, "sanitize_user_agent_string_component"),
        (moto.core.responses, "camelcase_to_underscores"),
        (moto.core.responses, "method_names_from_class"),
        (moto.sqs.models, "camelcase_to_underscores"),
        # 20 ms each time: it reads all the authorities that a machine trusts.
        (connections, "_tls_context"),
    ):
        setattr(module, name, cache(getattr(module, name)))
