"""The connections and keys of what decisions are read and written through: kept, closed, forked, restored, renewed."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    SSLError,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from riskgate.adapters.aws import clients
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.dynamodb.errors import commit_errors
from riskgate.core.errors import Transient
from tests.support import scripted_dynamodb as dynamodb
from tests.support.scripted_dynamodb import (
    ITEM,
    READ,
    WRITE,
    ScriptedServer,
    answer,
    tokens,
)

ROOT = Path(__file__).parents[3]


class TestConnections:
    def test_connection_when_used_again_then_the_same(self, client: Any, server: ScriptedServer) -> None:
        for _ in range(5):
            client.batch_get_item(**READ)
        assert {received.connection for received in server.received} == {1}

    def test_connection_when_the_server_closed_it_then_a_new_one_before_anything_is_sent(
        self, client: Any, server: ScriptedServer
    ) -> None:
        for _ in range(20):
            server.then(answer({}, keep=False))
            answered = client.transact_write_items(**WRITE)
            # Its end has to have arrived: this side looks for it, it does not wait for it.
            wait_until_closed(server)
            assert answered["ResponseMetadata"]["RetryAttempts"] == 0
        assert len(set(tokens(server))) == len(server.received) == 20

    def test_connection_when_more_came_than_was_asked_then_not_used_again(
        self, client: Any, server: ScriptedServer
    ) -> None:
        def answer_twice(connection: socket.socket, _request: dynamodb.Received) -> bool:
            bodies = [dynamodb.write({"Responses": rows}) for rows in ({}, {"t": [ITEM]})]
            connection.sendall(b"".join(dynamodb.head(len(body)) + body for body in bodies))
            return True

        server.then(answer_twice)
        client.batch_get_item(**READ)
        assert "t" not in client.batch_get_item(**READ).get("Responses", {})

    @pytest.mark.usefixtures("kind")
    def test_connection_when_nobody_listens_then_surely_not_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        client = clients.decision_client()
        with pytest.raises(EndpointConnectionError):
            client.transact_write_items(**WRITE)  # type: ignore[arg-type]
        with pytest.raises(Transient):
            commit_errors(client.transact_write_items)(**WRITE)

    def test_threads_when_many_ask_then_each_gets_its_own_answer(self, client: Any, server: ScriptedServer) -> None:
        def echo(connection: socket.socket, request: dynamodb.Received) -> bool:
            return answer({"Item": request.body["Key"]})(connection, request)

        server.otherwise = echo

        def ask(number: int) -> bool:
            key = {"pk": {"S": str(number)}}
            return bool(client.get_item(TableName="t", Key=key)["Item"] == key)

        with ThreadPoolExecutor(16) as pool:
            assert all(pool.map(ask, range(400)))
        assert server.connections <= 64

    def test_process_when_it_forks_then_the_child_opens_its_own(self, server: ScriptedServer) -> None:
        script = (
            "import os, sys\n"
            "from riskgate.adapters.aws.clients import decision_client\n"
            "client = decision_client()\n"
            "client.get_item(TableName='t', Key={})\n"
            "child = os.fork()\n"
            "client.get_item(TableName='t', Key={})\n"
            "if child:\n"
            "    assert os.waitpid(child, 0)[1] == 0\n"
            "    assert not {'boto3', 'botocore.session', 'urllib3', 'email', 'asyncio'} & set(sys.modules)\n"
        )
        environment = {"PYTHONPATH": str(ROOT / "layers" / "shared"), "AWS_DEFAULT_REGION": "us-east-1"}
        keys = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": server.url}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment | keys, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert [server.connections, len(server.received)] == [2, 3]

    def test_snapshot_when_restored_then_nothing_of_before_is_used(self, client: Any, server: ScriptedServer) -> None:
        client.batch_get_item(**READ)
        forget()
        restored = clients.decision_client()
        assert restored is not client
        restored.batch_get_item(**READ)  # type: ignore[arg-type]
        assert [received.connection for received in server.received] == [1, 2]


def wait_until_closed(server: ScriptedServer) -> None:
    """Wait until the server has closed all that it accepted."""
    while server.open:
        time.sleep(0.001)


class TestKeys:
    def test_keys_when_there_are_none_then_surely_not_sent(
        self, client: Any, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
        forget()
        client = clients.decision_client()
        with pytest.raises(NoCredentialsError):
            client.transact_write_items(**WRITE)  # type: ignore[arg-type]
        with pytest.raises(Transient):
            commit_errors(client.transact_write_items)(**WRITE)
        assert server.received == []

    @pytest.mark.usefixtures("kind")
    def test_keys_when_they_expire_then_asked_for_again_before(
        self, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
        with lambda_keys() as url:
            # As Lambda has it for a function that begins from a snapshot.
            monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
            monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-lambda")
            forget()
            client = clients.decision_client()
            for _ in range(3):
                client.batch_get_item(**READ)  # type: ignore[arg-type]
        used = [received.headers["authorization"].split("Credential=")[1].split("/")[0] for received in server.received]
        # The first are good for a minute: too little to wait for. The next are good for hours.
        assert used in (["KEY1", "KEY2", "KEY2"], ["KEY2", "KEY2", "KEY2"])
        assert {received.headers["x-amz-security-token"] for received in server.received} <= {"session-1", "session-2"}


@contextmanager
def lambda_keys() -> Iterator[str]:
    """Stand for the address at which a restored function asks for its keys."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            lifetime = timedelta(seconds=60) if len(asked) == 1 else timedelta(hours=6)
            keys = {
                "AccessKeyId": f"KEY{len(asked)}",
                "SecretAccessKey": "secret",
                "Token": f"session-{len(asked)}",
                "Expiration": f"{datetime.now(UTC) + lifetime:%Y-%m-%dT%H:%M:%SZ}",
            }
            body = json.dumps(keys).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/2021-04-23/credentials"
        finally:
            server.shutdown()
            thread.join(5)
    assert asked[0] == "of-lambda"
    assert len(asked) == 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a certificate for this machine, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


class TestTls:
    @pytest.fixture
    def server(self, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with dynamodb.running(context) as server:
            monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
            yield server

    @pytest.mark.usefixtures("kind")
    def test_server_when_its_certificate_is_trusted_then_one_handshake(
        self, server: ScriptedServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        client = clients.decision_client()
        server.then(answer({"Responses": {"t": [ITEM]}}))
        assert client.batch_get_item(**READ)["Responses"]["t"] == [ITEM]  # type: ignore[arg-type]
        for _ in range(3):
            client.batch_get_item(**READ)  # type: ignore[arg-type]
        assert {received.connection for received in server.received} == {1}

    @pytest.mark.usefixtures("kind")
    def test_connection_when_the_server_closed_it_then_a_new_one_before_anything_is_sent(
        self, server: ScriptedServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        client = clients.decision_client()
        for _ in range(3):
            server.then(answer({}, keep=False))
            answered = client.transact_write_items(**WRITE)  # type: ignore[arg-type]
            wait_until_closed(server)
            assert answered["ResponseMetadata"]["RetryAttempts"] == 0
        assert len(server.received) == 3

    @pytest.mark.usefixtures("kind")
    def test_server_when_nobody_vouches_for_it_then_nothing_is_sent(self, server: ScriptedServer) -> None:
        client = clients.decision_client()
        with pytest.raises(SSLError):
            client.batch_get_item(**READ)  # type: ignore[arg-type]
        assert server.received == []
