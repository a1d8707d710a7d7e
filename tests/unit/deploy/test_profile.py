"""What `make deploy` deploys: a profile, with what a person gave merged into it."""

from itertools import pairwise

import pytest

from infra import sam
from infra.deploy.profile import COMPUTED, RELEASE, read_parameters, read_profile
from infra.local.settings import LocalError


def test_profile_when_parameters_are_given_then_merged_with_its_own() -> None:
    profile = read_profile("dev", ["LogRetentionDays=30", "AlertEmail=me@example.com"])
    assert profile.stack_name == "riskgate-dev"
    assert profile.parameters == {"Stage": "dev", "LogRetentionDays": "30", "AlertEmail": "me@example.com"}
    assert not profile.asks


def test_profile_when_production_then_asks() -> None:
    assert read_profile("prod", []).asks


@pytest.mark.parametrize(
    ("given", "architecture"), [([], "arm64"), (["Architecture=x86_64"], "x86_64")], ids=["default", "given"]
)
def test_profile_when_architecture_is_given_once_then_layers_and_functions_have_it(
    given: list[str], architecture: str
) -> None:
    assert read_profile("dev", given).architecture == architecture


@pytest.mark.parametrize(
    ("stage", "given", "said"),
    [
        ("staging", [], "no stage 'staging'"),
        ("local", [], "no stage 'local'"),
        ("dev", ["Architecture"], "written Name=value"),
        ("dev", ["LogRetention=30"], "no parameter 'LogRetention'"),
        ("dev", ["Release=ab"], "no parameter 'Release'"),
        ("dev", ["Rules=none"], "no parameter 'Rules'"),
        ("dev", ["Architecture=mips"], "takes arm64, x86_64"),
        ("dev", ["LogRetentionDays=31"], "takes 7, 14"),
        ("dev", ["AlertWebhookUrl=http://example.com"], "AlertWebhookUrl cannot be"),
    ],
)
def test_profile_when_it_makes_no_sense_then_says_why(stage: str, given: list[str], said: str) -> None:
    with pytest.raises(LocalError, match=said):
        read_profile(stage, given)


def test_release_when_any_parameter_changes_then_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sam, "SOURCES", ("template.yaml",))
    changed = {"Stage": "other", "Architecture": "x86_64", "LogRetentionDays": "30", "SealLockMode": "COMPLIANCE"}
    releases = {find_release([])}
    for name, parameter in read_parameters().items():
        if name not in COMPUTED:
            default = str(parameter["Default"])
            choices = [str(choice) for choice in parameter.get("AllowedValues", []) if str(choice) != default]
            value = changed.get(name) or next(iter(choices), "https://other.example" if "Url" in name else "23")
            releases.add(find_release([f"{name}={value}"]))
    assert len(releases) == len(read_parameters()) - len(COMPUTED) + 1


def test_release_when_a_source_changes_then_another(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for sources in (("template.yaml",), ("template.yaml", "infra/alarms.yaml"), ("template.yaml",)):
        monkeypatch.setattr(sam, "SOURCES", sources)
        found.append(find_release([]))
    assert [one == other for one, other in pairwise(found)] == [False, False]
    assert found[0] == found[2]


def find_release(given: list[str]) -> str:
    [release] = [word.removeprefix(f"{RELEASE}=") for word in read_profile("dev", given).overrides if RELEASE in word]
    return release
