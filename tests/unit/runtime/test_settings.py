"""Settings come whole from the environment or not at all."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from riskgate.runtime.settings import AdminSettings, ApiSettings, AuthorizerSettings, Settings, load

VARIABLES = {
    "STAGE": "test",
    "STATE_TABLE": "state",
    "CONTROL_TABLE": "control",
    "AUDIT_TABLE": "audit",
    "TOTP_SECRET_ID": "totp",
}
ALL: list[type[Settings]] = [AuthorizerSettings, ApiSettings, AdminSettings]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("model", ALL)
def test_load_when_all_is_set_then_each_field_from_its_variable(model: type[Settings]) -> None:
    settings = load(model)

    assert settings.model_dump() == {name: VARIABLES[name.upper()] for name in model.model_fields}


@pytest.mark.parametrize(("model", "name"), [(model, name) for model in ALL for name in model.model_fields])
@pytest.mark.parametrize("value", [None, ""])
def test_load_when_one_is_missing_or_empty_then_error_names_it(
    monkeypatch: pytest.MonkeyPatch, model: type[Settings], name: str, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(name.upper())
    else:
        monkeypatch.setenv(name.upper(), value)

    with pytest.raises(ValidationError) as caught:
        load(model)

    assert [error["loc"] for error in caught.value.errors()] == [(name,)]


def test_settings_when_changed_then_error() -> None:
    settings = load(AdminSettings)

    with pytest.raises(ValidationError, match="frozen"):
        setattr(settings, "stage", "prod")  # noqa: B010 the type checker refuses the plain form
