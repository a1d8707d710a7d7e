"""What people with Docker run: pinned, without rights, and every path that a file names is there."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from infra.grafana.generate import list_files

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "observability"
PAGE = ROOT / "infra" / "docs" / "observability.md"
SERVICES = ("prometheus", "alertmanager", "grafana")
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|CREDENTIALS|(?<!_)KEY$")


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def base() -> Any:
    return load(FOLDER / "compose.yaml")


@pytest.fixture(scope="module")
def composed(base: Any) -> Any:
    """Both files, as `docker compose -f … -f …` puts them together."""
    more = load(FOLDER / "compose.cloudwatch.yaml")
    services = {**base["services"]}
    for name, added in more["services"].items():
        mine = dict(services[name])
        for key, value in added.items():
            mine[key] = {**mine[key], **value} if isinstance(value, dict) else [*mine[key], *value]
        services[name] = mine
    return {"services": services, "secrets": base["secrets"] | more["secrets"], "volumes": base["volumes"]}


def list_mounts(composed: Any, name: str) -> dict[PurePosixPath, Path | str]:
    """Return what a container sees where: a path of this machine, or a volume's name."""
    service, mounts = composed["services"][name], {}
    for volume in service.get("volumes", []):
        source, target, *mode = volume.split(":")
        local = source.startswith(".")
        assert not local or mode == ["ro"], f"{volume} can be written to"
        mounts[PurePosixPath(target)] = (FOLDER / source).resolve() if local else source
    for secret in service.get("secrets", []):
        source, target = (
            (secret, f"/run/secrets/{secret}") if isinstance(secret, str) else (secret["source"], secret["target"])
        )
        mounts[PurePosixPath(target)] = (FOLDER / composed["secrets"][source]["file"]).resolve()
    return mounts


def find_mounted(composed: Any, name: str, path: str) -> Path:
    """Return the file of this machine that a container sees under a path."""
    wanted = PurePosixPath(path)
    for target, source in list_mounts(composed, name).items():
        if isinstance(source, Path) and (wanted == target or target in wanted.parents):
            return source / wanted.relative_to(target)
    pytest.fail(f"{name} has nothing at {path}")


def is_there(path: Path) -> bool:
    """Whether a path is part of the project, or one that whoever runs it makes as the page tells."""
    own = FOLDER / "own"
    return f"own/{path.name}" in PAGE.read_text(encoding="utf-8") if own in path.parents else path.exists()


def test_own_files_when_made_then_git_leaves_them_out() -> None:
    assert "infra/observability/own/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_services_when_listed_then_these(composed: Any) -> None:
    assert tuple(composed["services"]) == SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_service_when_it_runs_then_without_rights_and_seen_from_this_machine_alone(name: str, composed: Any) -> None:
    service = composed["services"][name]

    assert re.fullmatch(r"[a-z]+/[a-z]+:v?\d+\.\d+\.\d+", service["image"])
    assert int(service["user"].split(":")[0]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "network_mode", "cap_add", "pid", "devices"} & set(service)
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


@pytest.mark.parametrize("name", SERVICES)
def test_service_when_it_mounts_then_every_path_is_there(name: str, composed: Any) -> None:
    mounts = list_mounts(composed, name)

    assert mounts
    for source in mounts.values():
        assert is_there(source) if isinstance(source, Path) else source in composed["volumes"], source


@pytest.mark.parametrize("name", SERVICES)
def test_service_when_it_needs_a_secret_then_it_reads_a_file(name: str, composed: Any) -> None:
    service = composed["services"][name]
    for variable, value in service.get("environment", {}).items():
        if SECRET.search(variable):
            assert variable.endswith("_FILE")
            assert is_there(find_mounted(composed, name, value))
    assert all(isinstance(secret["file"], str) and set(secret) == {"file"} for secret in composed["secrets"].values())


def test_prometheus_when_its_configuration_names_a_file_then_it_is_mounted(composed: Any) -> None:
    [option] = [one for one in composed["services"]["prometheus"]["command"] if one.startswith("--config.file=")]
    path = PurePosixPath(option.partition("=")[2])
    config = load(find_mounted(composed, "prometheus", str(path)))
    [job] = config["scrape_configs"]
    [managers] = config["alerting"]["alertmanagers"]
    named = [
        *config["rule_files"],
        job["authorization"]["credentials_file"],
        *(one for source in (job, managers) for files in source["file_sd_configs"] for one in files["files"]),
    ]
    assert len(named) == 4
    for one in named:
        assert is_there(find_mounted(composed, "prometheus", str(path.parent / one))), one


def test_services_when_they_call_each_other_then_by_name_and_port(composed: Any) -> None:
    ports = {name: service["ports"][0].rpartition(":")[2] for name, service in composed["services"].items()}
    [source] = load(FOLDER / "datasources" / "prometheus.yaml")["datasources"]
    [managers] = load(FOLDER / "alertmanagers.yml")

    assert urlsplit(source["url"]).netloc == f"prometheus:{ports['prometheus']}"
    assert managers["targets"] == [f"alertmanager:{ports['alertmanager']}"]


def test_alertmanager_when_an_alert_comes_then_a_receiver_gets_it(composed: Any) -> None:
    config = load(FOLDER / "alertmanager.yml")
    receivers = {receiver["name"]: receiver for receiver in config["receivers"]}
    rules = load(ROOT / "infra" / "prometheus" / "rules" / "riskgate.yml")
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule}

    assert {config["route"]["receiver"], *(route["receiver"] for route in config["route"]["routes"])} == set(receivers)
    for receiver in receivers.values():
        for webhook in receiver["webhook_configs"]:
            assert is_there(find_mounted(composed, "alertmanager", webhook["url_file"]))
    for rule in config["inhibit_rules"]:
        for matcher in rule["source_matchers"] + rule["target_matchers"]:
            assert re.fullmatch(r'alertname="(\w+)"', matcher)[1] in alerts  # type: ignore[index]


def test_grafana_when_provisioned_then_every_dashboard_has_its_data_source(composed: Any) -> None:
    mounts = list_mounts(composed, "grafana")
    provisioned = PurePosixPath("/etc/grafana/provisioning")
    types: set[str] = set()
    folders: set[Path] = set()
    for target, source in mounts.items():
        if target.parent == provisioned / "datasources":
            types |= {one["type"] for one in load(Path(source))["datasources"]}
        if target.parent == provisioned / "dashboards":
            paths = [one["options"]["path"] for one in load(Path(source))["providers"]]
            folders |= {find_mounted(composed, "grafana", path) for path in paths}
    home = composed["services"]["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]

    assert find_mounted(composed, "grafana", home) in list_files()
    assert {path.parent for path in list_files()} == folders
    for text in list_files().values():
        assert set(re.findall(r'"type": "(prometheus|cloudwatch)"', text)) <= types
