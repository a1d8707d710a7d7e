"""A real Prometheus that scrapes the handlers; only where `-m prometheus` asks for it, and it is installed."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_bytes
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import httpx
import pytest
import yaml

from infra.local.settings import ROOT
from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.core.access.tokens import TOKEN_RANDOM_BYTES, Scope, new_token
from tests.component.riskctl.conftest import Gateway, gateway, riskctl
from tests.support.aws import aws
from tests.support.folders import is_within
from tests.support.riskctl_transport import API_URL, STAGE
from tests.support.views import views

__all__ = ["aws", "gateway", "riskctl", "views"]

FOLDER = Path(__file__).parent
PROMETHEUS = ROOT / "infra" / "prometheus"
#: A scrape of the handlers takes a while where the machine is busy.
TIMEOUT_SECONDS = 90

type Query = Callable[[str], list[dict[str, Any]]]


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is here, and leave it out unless asked for."""
    mine = [item for item in items if is_within(item.path, FOLDER)]
    for item in mine:
        item.add_marker(pytest.mark.prometheus)
        item.add_marker(pytest.mark.xdist_group("prometheus"))
    if "prometheus" not in config.option.markexpr:
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


@pytest.fixture(scope="session")
def promtool() -> str:
    """Return the path of Prometheus' own tool."""
    return find("promtool")


def find(name: str) -> str:
    """Return where a program is."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed: apt-get install prometheus")
    return found


@pytest.fixture
def reader_token(gateway: Gateway) -> str:
    """Issue a token that may only read metrics, of all accounts."""
    now = datetime.now(UTC)
    token, text = new_token(
        random_bytes=token_bytes(TOKEN_RANDOM_BYTES),
        scopes=[Scope.METRICS_READ],
        accounts=["*"],
        operator="prometheus",
        expires_at=now + timedelta(days=1),
        created_at=now,
    )
    DynamoTokenStore(gateway.aws.dynamodb, gateway.aws.control_table).put_token(token)
    return text


@pytest.fixture
def address(gateway: Gateway) -> Iterator[str]:
    """Serve the gateway on this machine: the real authorizer before the real functions."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = API_URL.removesuffix(f"/{STAGE}") + self.path
            sent = {"Authorization": self.headers.get("Authorization", "")}
            answer = gateway.transport.handle_request(httpx.Request("GET", url, headers=sent))
            body = answer.read()
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["content-type"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def prometheus(address: str, reader_token: str, views: str, tmp_path: Path) -> Iterator[Query]:
    """Run Prometheus with the project's configuration, pointed here, and return what answers queries."""
    del views
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    (tmp_path / "token").write_text(reader_token, encoding="utf-8")
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s"}
    config["rule_files"] = [str(PROMETHEUS / "rules" / "riskgate.yml")]
    (tmp_path / "gateways.yml").write_text(yaml.safe_dump([{"targets": [address]}]), encoding="utf-8")
    [job] = config["scrape_configs"]
    job |= {"scheme": "http", "scrape_timeout": "1s"}
    job["authorization"]["credentials_file"] = str(tmp_path / "token")
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_port()
    command = [
        find("prometheus"),
        f"--config.file={tmp_path / 'prometheus.yml'}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    log = (tmp_path / "log").open("w", encoding="utf-8")
    process = subprocess.Popen(command, stdout=log, stderr=log)

    def query(text: str) -> list[dict[str, Any]]:
        with urlopen(f"http://127.0.0.1:{port}/api/v1/query?{urlencode({'query': text})}", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found

    try:
        wait_for(lambda: bool(query('up{job="riskgate"} == 1 and on () riskgate_build_info')))
        yield query
    finally:
        process.terminate()
        process.wait(timeout=TIMEOUT_SECONDS)
        log.close()


def wait_for(is_true: Callable[[], bool]) -> None:
    """Wait until something holds; what cannot be asked yet does not hold."""
    until = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < until:
        try:
            if is_true():
                return
        except OSError:
            pass
        time.sleep(0.5)
    pytest.fail("it did not come about in time")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
