"""The page on deploying, followed word by word on the emulator, and the stack taken down again."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest

from infra.deploy.account import Account
from infra.deploy.adopt import adopt
from infra.deploy.profile import read_profile
from infra.local.settings import DUMMY_CREDENTIALS, ROOT, Settings, get_architecture

PAGE = ROOT / "infra" / "docs" / "deploy.md"
STACK = "riskgate-dev"
#: The emulator runs functions on this machine, and knows no saved queries.
HERE = f"Architecture={get_architecture()} SavedQueries=false"


def read_commands() -> list[str]:
    [block] = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [line.removeprefix("$ ") for line in block.splitlines()]


def run(stack: dict[str, Any], *commands: str) -> str:
    """Run commands in one shell, as a person would who has credentials for the emulator."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RISKCTL_"))}
    environment |= DUMMY_CREDENTIALS | {"AWS_REGION": stack["region"], "AWS_ENDPOINT_URL": stack["aws_endpoint_url"]}
    environment |= {"PARAMETERS": HERE, "LAYER_PLATFORM": "host", "COLUMNS": "200"}
    done = subprocess.run(
        ["bash", "-euc", "\n".join(commands)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_page_when_followed_then_a_gateway_that_decides_and_can_be_taken_down_and_adopted(
    stack: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run(stack, *read_commands())

    found = re.search(r"\brg_[\w-]+", said)
    assert found, said
    cloudformation = boto3.client("cloudformation", endpoint_url=stack["aws_endpoint_url"], region_name=stack["region"])
    [deployed] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in deployed["Outputs"]}
    headers = {"Authorization": f"Bearer {found[0]}"}
    port = urlsplit(stack["aws_endpoint_url"]).port
    assert port is not None
    url = Settings(state_dir=ROOT, port_base=port).api_url(outputs["ApiId"])
    answer = httpx.get(f"{url}/kill-switch", headers=headers, timeout=60)
    assert answer.is_success, answer.text
    switches = answer.json()
    assert [row["engaged"] for row in switches["kill_switches"] if row["scope"] == "global"] == [True]

    said = run(stack, "make destroy STAGE=dev YES=1")
    assert outputs["AuditTableName"] in said.partition("kept")[2]

    for name, value in (DUMMY_CREDENTIALS | {"AWS_ENDPOINT_URL": stack["aws_endpoint_url"]}).items():
        monkeypatch.setenv(name, value)
    account = Account(stack["region"])
    left = account.list_left_behind(account.find_deleted(STACK))
    # The emulator imports no secrets.
    kept = [row for row in left if row["ResourceType"] != "AWS::SecretsManager::Secret"]
    adopt(read_profile("dev", []), account, kept)
    [adopted] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    assert adopted["StackStatus"] == "IMPORT_COMPLETE"
    table = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId="AuditTable")
    assert table["StackResourceDetail"]["PhysicalResourceId"] == outputs["AuditTableName"]
    account.delete(STACK)
