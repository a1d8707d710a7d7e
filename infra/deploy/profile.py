"""What is deployed: a profile of samconfig.toml, with the parameters a person gave merged into it."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra import sam
from infra.local.settings import ROOT, LocalError
from infra.template.generate import load
from infra.template.scale import JOB_SCALE, read_at_scale

#: The emulator's own; `make up` uses it.
LOCAL = "local"
RELEASE = "Release"
RULES = "Rules"
#: Parameters that nobody gives.
COMPUTED = (RELEASE, RULES)
#: New accounts have ten; the gateway's functions and their retries need more at once.
CONCURRENCY_MIN = 100
#: What AWS leaves to functions without a share of their own (Lambda, PutFunctionConcurrency).
UNRESERVED_MIN = 100
#: The default of `JobScale`.
ONE = "1"
ROLLOUT, AT_ONCE = "Rollout", "AllAtOnce"
FUNCTION = "AWS::Serverless::Function"
ACCOUNT_LOGS = "ManageApiGatewayAccount"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One deployment: its stage, its stack, and the value of every parameter that is not the template's default."""

    stage: str
    stack_name: str
    region: str | None
    asks: bool
    parameters: Mapping[str, str]

    @property
    def architecture(self) -> str:
        """The functions' instruction set: layers are built for it."""
        return self.parameters.get("Architecture") or str(read_parameters()["Architecture"]["Default"])

    @property
    def overrides(self) -> list[str]:
        """All parameters for SAM, with the release that they and the sources make."""
        computed = {RELEASE: sam.hash_sources(sorted(self.parameters.items())), RULES: sam.describe_rules()}
        return [f"{name}={value}" for name, value in {**self.parameters, **computed}.items()]

    @property
    def job_scale(self) -> str:
        """How many times as many accounts the jobs work on at once."""
        return self.parameters.get(JOB_SCALE, ONE)

    @property
    def concurrency_min(self) -> int:
        """How much concurrency the account needs: jobs that work on more at once must leave the order path its part."""
        return CONCURRENCY_MIN if self.job_scale == ONE else add_up_shares(self.job_scale) + UNRESERVED_MIN

    @property
    def is_gradual(self) -> bool:
        """Whether new versions of the order path run beside the old ones for a while."""
        return self.parameters.get(ROLLOUT, AT_ONCE) != AT_ONCE


def read_profile(stage: str, given: Iterable[str]) -> Profile:
    """Return the profile of a stage; `given` are words ``Name=value``, which win over the profile's own.

    Raises LocalError: there is no such stage, or a parameter that the template does not know or take.
    """
    profiles = tomllib.loads(sam.CONFIG.read_text(encoding="utf-8"))
    stages = sorted(name for name, content in profiles.items() if name != LOCAL and _deploys(content))
    if stage not in stages:
        raise LocalError(f"no stage {stage!r} in samconfig.toml; there are {', '.join(stages)}")
    options = profiles[stage]["deploy"]["parameters"]
    parameters = {**_parse(options.get("parameter_overrides", [])), **_parse(given)}
    for name, value in parameters.items():
        _check(name, value)
    return Profile(
        stage=stage,
        stack_name=options["stack_name"],
        region=options.get("region"),
        asks=bool(options.get("confirm_changeset")),
        parameters=parameters,
    )


@cache
def read_parameters() -> dict[str, dict[str, Any]]:
    """Return the template's parameters."""
    parameters: dict[str, dict[str, Any]] = load(ROOT / "template.yaml")["Parameters"]
    return parameters


def add_up_shares(scale: str = ONE) -> int:
    """Return how much concurrency the functions reserve together; `scale` is that of the jobs."""
    template = load(ROOT / "template.yaml")
    functions = [one["Properties"] for one in template["Resources"].values() if one["Type"] == FUNCTION]
    # !If [ReservesConcurrency, share, nothing]
    shares = [one["ReservedConcurrentExecutions"].value[1] for one in functions]
    return sum(read_at_scale(share, template["Mappings"], scale) for share in shares)


def _deploys(content: Any) -> bool:
    return isinstance(content, dict) and "stack_name" in content.get("deploy", {}).get("parameters", {})


def _parse(words: Iterable[str]) -> dict[str, str]:
    parameters = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise LocalError(f"{word!r}: a parameter is written Name=value")
        parameters[name] = value
    return parameters


def _check(name: str, value: str) -> None:
    known = read_parameters()
    if name not in known or name in COMPUTED:
        raise LocalError(f"no parameter {name!r}; there are {', '.join(sorted(known.keys() - set(COMPUTED)))}")
    allowed = [str(choice) for choice in known[name].get("AllowedValues", [])]
    pattern = known[name].get("AllowedPattern", ".*")
    if (allowed and value not in allowed) or not re.fullmatch(pattern, value):
        raise LocalError(f"{name} cannot be {value!r}; it takes {', '.join(allowed) or pattern}")
