"""The box of infra/vps: what its containers may do, what its files promise, checked by the tools that read them."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from infra.local.seed.tokens import GRANTS, TOKEN
from infra.vps import gateway
from infra.vps.rehearse import FOLDER, ROOT, list_context, list_instructions, read_image

OBSERVABILITY = ROOT / "infra" / "observability"
COMPOSE_FILES = (FOLDER / "compose.yaml", *sorted(OBSERVABILITY.glob("compose*.yaml")))
DOCKERFILES = sorted(FOLDER.glob("*.Dockerfile"))
UNITS = sorted((FOLDER / "systemd").glob("*.service"))
PINNED = re.compile(r"[a-z][a-z0-9./-]*:v?\d+\.\d+\.\d+[a-z0-9.-]*(@sha256:[0-9a-f]{64})?")


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


OWN: dict[str, Any] = load(FOLDER / "compose.yaml")
INCLUDED: dict[str, Any] = load(OBSERVABILITY / "compose.yaml")
SERVICES: dict[str, Any] = {**INCLUDED["services"], **OWN["services"]}


@pytest.mark.parametrize("path", COMPOSE_FILES, ids=lambda path: path.name)
def test_compose_file_when_held_against_the_specification_then_valid(path: Path) -> None:
    schema = json.loads(files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text())
    errors = [f"{error.json_path}: {error.message}" for error in validator_for(schema)(schema).iter_errors(load(path))]
    assert errors == []
    # It is the schema that finds what is wrong: a misspelt key is one.
    assert list(validator_for(schema)(schema).iter_errors({"services": {"bot": {"imagee": "x"}}}))


def test_compose_when_it_includes_then_no_name_is_defined_twice() -> None:
    assert [one["path"] for one in OWN["include"]] == ["../observability/compose.yaml"]
    for kind in ("services", "secrets", "volumes", "networks"):
        assert not set(OWN.get(kind, {})) & set(INCLUDED.get(kind, {})), kind


@pytest.mark.parametrize("name", SERVICES)
def test_service_when_it_runs_then_without_rights_within_bounds_and_watched(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "network_mode", "cap_add", "pid", "ipc", "devices", "userns_mode"} & set(service)
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert "docker.sock" not in json.dumps(service)
    assert service["restart"] == "unless-stopped"
    if "build" in service:
        assert read_image(ROOT / service["build"]["dockerfile"]).health
    else:
        assert service["healthcheck"]["test"][0] == "CMD"
        assert PINNED.fullmatch(service["image"])


@pytest.mark.parametrize("name", OWN["services"])
def test_service_when_it_needs_a_secret_then_a_file_that_exists_for_it(name: str) -> None:
    known = {**INCLUDED["secrets"], **OWN["secrets"]}
    service = OWN["services"][name]
    for secret in service["secrets"]:
        assert (secret if isinstance(secret, str) else secret["source"]) in known
    for variable, value in service["environment"].items():
        assert not re.search(r"TOKEN$|SECRET|PASSWORD|KEY", variable), variable
        assert "rg_" not in str(value)
    assert all(set(secret) == {"file"} for secret in known.values())


def test_bot_when_it_looks_around_then_it_reaches_the_gateway_and_nothing_of_the_watchers() -> None:
    assert OWN["services"]["bot"]["networks"] == ["bots"]
    assert set(OWN["services"]["gateway"]["networks"]) == {"bots", "default"}
    assert all("networks" not in service for service in INCLUDED["services"].values())


def test_gateway_when_it_takes_tokens_then_those_that_bot_and_prometheus_carry() -> None:
    targets = {one["target"]: one["source"] for one in OWN["services"]["gateway"]["secrets"]}
    assert targets == {"bot": "bot_token", "reader": "token"}
    assert set(targets) <= set(GRANTS)
    assert INCLUDED["services"]["prometheus"]["secrets"][0]["source"] == "token"
    assert GRANTS["reader"].scopes == ("accounts:read", "metrics:read")


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_dockerfile_when_hadolint_reads_it_then_clean(path: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_dockerfile_when_built_then_pinned_for_nobody_and_whole(path: Path) -> None:
    instructions = list(list_instructions(path.read_text(encoding="utf-8")))
    bases = {rest.split()[0] for name, rest in instructions if name == "FROM"}
    assert len({rest.split()[0] for name, rest in instructions if name == "FROM"}) == 1
    assert all(PINNED.fullmatch(base) for base in bases)
    assert not {"ADD", "VOLUME", "EXPOSE"} & {name for name, _ in instructions}
    # Nothing of the build becomes root's again after the user is set.
    names = [name for name, _ in instructions]
    assert not {"RUN", "COPY"} & set(names[names.index("USER") :])
    image = read_image(path)
    assert image.user == "10001:10001"
    for required in re.findall(r"--requirement (\S+)", path.read_text(encoding="utf-8")):
        assert (ROOT / "requirements" / Path(required).name).is_file()


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_context_when_sent_then_what_is_copied_and_nothing_that_is_yours(path: Path) -> None:
    context = {str(name) for name in list_context(path.with_name(f"{path.name}.dockerignore"))}
    assert context
    assert path.with_name(f"{path.name}.dockerignore").read_text(encoding="utf-8").startswith("*\n!")
    assert not [name for name in context if "/own/" in name or "/.env" in name or name.startswith((".", "tests/"))]
    if path.name.startswith("bot"):
        assert context == {"requirements/bot.txt", "infra/vps/bot/dca.py", "infra/vps/bot/__init__.py"}
    else:
        wanted = {"template.yaml", "samconfig.toml", "requirements/box.txt", "requirements/local.txt",
                  "requirements/sam.txt", "infra/local/stack.py", "infra/vps/nginx.conf", "infra/alarms.yaml",
                  "functions/order_api/app.py", "layers/shared/riskgate/runtime/wiring.py"}  # fmt: skip
        assert wanted <= context


def test_front_when_configured_then_the_api_alone_is_passed_on(tmp_path: Path) -> None:
    text = gateway.render(tmp_path, "http://127.0.0.1:4560/_aws/execute-api/abc/v1")
    assert not re.search(r"<\w+>", re.sub(r"#.*", "", text))
    assert re.findall(r"location (\S+)", text) == ["/v1/", "/"]
    assert re.findall(r"proxy_pass (\S+);", text) == ["http://127.0.0.1:4560/_aws/execute-api/abc$request_uri"]
    assert "location / { return 404; }" in text
    assert "if ($http_x_amz_target) { return 404; }" in text
    places = re.findall(r"(?:pid|_temp_path) (\S+);", text)
    assert len(places) == 6
    assert all(Path(place).parent == tmp_path for place in places)


def test_tokens_when_a_folder_has_files_then_by_the_grant_each_is_named_after(tmp_path: Path) -> None:
    (tmp_path / "bot").write_text("rg_x\n")
    (tmp_path / "other").write_text("never read")
    assert gateway.read_tokens(str(tmp_path)) == {"bot": "rg_x"}
    assert gateway.read_tokens(None) == {}


def run_own(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = folder / "infra" / "vps" / "own.sh"
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER / "own.sh", script)
    (folder / "infra" / "observability").mkdir(exist_ok=True)
    return subprocess.run(["/bin/sh", script, *arguments], capture_output=True, text=True, check=False)


def test_own_when_the_stack_is_local_then_every_file_that_compose_names(tmp_path: Path) -> None:
    done = run_own(tmp_path, "local")
    assert done.returncode == 0, done.stderr
    vps, observability = tmp_path / "infra" / "vps", tmp_path / "infra" / "observability"
    for folder, document in ((vps, OWN), (observability, INCLUDED)):
        for secret in document["secrets"].values():
            file = folder / secret["file"]
            assert file.read_text().strip()
            # Readable for the containers' own users, in a folder that only its owner enters.
            assert stat.S_IMODE(file.stat().st_mode) == 0o644
            assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    tokens = {path.read_text().strip() for path in (vps / "own" / "bot_token", observability / "own" / "token")}
    assert len(tokens) == 2
    assert all(TOKEN.fullmatch(token) for token in tokens)
    [target] = load(observability / "own" / "gateways.yml")
    assert target == {"targets": ["gateway:8080"], "labels": {"__scheme__": "http"}}
    assert (vps / ".env").read_text().splitlines() == [
        "COMPOSE_PROFILES=gateway",
        "RISKGATE_URL=http://gateway:8080/v1",
    ]

    assert run_own(tmp_path, "local").returncode == 0
    assert {path.read_text().strip() for path in (vps / "own" / "bot_token", observability / "own" / "token")} == tokens


def test_own_when_the_gateway_is_in_aws_then_its_address_and_no_invented_token(tmp_path: Path) -> None:
    done = run_own(tmp_path, "https://abc.execute-api.eu-central-1.amazonaws.com/v1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("paste a token") == 2
    own = tmp_path / "infra" / "observability" / "own"
    assert load(own / "gateways.yml") == [{"targets": ["abc.execute-api.eu-central-1.amazonaws.com"]}]
    assert "COMPOSE_PROFILES" not in (tmp_path / "infra" / "vps" / ".env").read_text()


@pytest.mark.parametrize("arguments", [(), ("http://abc/v1",), ("https://abc",)])
def test_own_when_the_address_is_none_then_usage_and_no_token(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert run_own(tmp_path, *arguments).returncode == 2
    assert not (tmp_path / "infra" / "vps" / "own" / "bot_token").exists()


def test_own_files_when_made_then_git_leaves_them_out() -> None:
    assert {"infra/vps/own/", "infra/vps/.env"} <= set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_unit_when_it_runs_then_for_nobody_with_secrets_as_credentials(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    wanted = ("NoNewPrivileges=yes", "ProtectSystem=strict", "DynamicUser=yes", "Restart=on-failure", "ProtectHome=yes",
              "PrivateTmp=yes", "CapabilityBoundingSet=", "SystemCallFilter=@system-service")  # fmt: skip
    assert [line for line in wanted if line not in lines] == []
    assert any(line.startswith("LoadCredential=") for line in lines)
    assert any(line.startswith("MemoryMax=") for line in lines)
    assert not any("rg_" in line for line in lines)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_unit_when_systemd_reads_it_then_no_complaint_and_little_exposure(path: Path, tmp_path: Path) -> None:
    unit = tmp_path / path.name.replace("@.", "@dca.")
    unit.write_text(path.read_text(encoding="utf-8").replace("/opt/riskgate", str(ROOT)), encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    for command in (["verify", "--man=no"], ["security", "--offline=true", "--threshold=20"]):
        done = subprocess.run(
            ["systemd-analyze", *command, str(unit)],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert unit.name not in done.stderr
