"""Settings come whole from the environment or not at all."""

from __future__ import annotations

import pytest
from msgspec.structs import asdict

from riskgate.runtime.settings import (
    AdminSettings,
    ApiSettings,
    AuthorizerSettings,
    PermitSettings,
    Settings,
    SettingsMissing,
    load,
)

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

    assert asdict(settings) == {name: VARIABLES[name.upper()] for name in model.__struct_fields__}


@pytest.mark.parametrize(("model", "name"), [(model, name) for model in ALL for name in model.__struct_fields__])
@pytest.mark.parametrize("value", [None, ""])
def test_load_when_one_is_missing_or_empty_then_error_names_it(
    monkeypatch: pytest.MonkeyPatch, model: type[Settings], name: str, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(name.upper())
    else:
        monkeypatch.setenv(name.upper(), value)

    with pytest.raises(SettingsMissing) as caught:
        load(model)

    assert caught.value.names == [name.upper()]


def test_settings_when_changed_then_error() -> None:
    settings = load(AdminSettings)

    with pytest.raises(AttributeError, match="immutable"):
        setattr(settings, "stage", "prod")  # noqa: B010 the type checker refuses the plain form


@pytest.mark.parametrize(
    ("value", "seconds"), [("1", 1), ("3600", 3600), ("0", None), ("3601", None), ("-1", None), ("", None), ("x", None)]
)
def test_load_when_a_number_then_within_its_range_or_error(
    monkeypatch: pytest.MonkeyPatch, value: str, seconds: int | None
) -> None:
    monkeypatch.setenv("PERMIT_SECRET_ID", "permit")
    monkeypatch.setenv("ORDER_AGE_SECONDS_MAX", value)

    if seconds is not None:
        assert load(PermitSettings).order_age_seconds_max == seconds
        return
    with pytest.raises(SettingsMissing, match="^missing or invalid: ORDER_AGE_SECONDS_MAX$"):
        load(PermitSettings)


def test_load_when_several_are_missing_then_error_names_all_and_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STAGE", "AUDIT_TABLE"):
        monkeypatch.delenv(name)

    with pytest.raises(SettingsMissing, match="^missing or invalid: AUDIT_TABLE, STAGE$"):
        load(ApiSettings)
