"""The gateway as it is deployed: the local stack, its simulated exchange, and a person who uses the command line."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3

from infra.demo.accounts import DEMO_ACCOUNT
from infra.demo.controls import Controls
from infra.local import first_jobs as jobs
from infra.local import serve_exchange as venue
from infra.local.bots.environments import clean_environment
from infra.local.settings import ROOT, Settings
from infra.riskctl.session import Session
from infra.riskctl.target import Connection
from infra.simulators.exchange.client import ControlClient
from tests.bots.gateways import BotsGateway

RISKCTL = ROOT / "infra" / "riskctl" / "riskctl"


@dataclass(kw_only=True)
class GatewayOnStack(BotsGateway):
    """An account made for one test; `stack_file` describes the stack, `controls` are its operator's."""

    stack: Mapping[str, Any]
    stack_file: Path
    settings: Settings
    controls: Controls

    def open(self) -> None:
        """Register the account with both venues, and let it be read."""
        rows = venue.ensure_keys(self.settings, self.account_id)
        self.fund()
        self.call("PUT", f"/accounts/{self.account_id}", {**DEMO_ACCOUNT, "venues": rows})
        jobs.warm_front_door(self.settings, self.stack["functions"])
        self.monitor()

    def issue_key(self, strategy: str, default_stop: str) -> tuple[str, str]:
        """Issue a key for a strategy as a person does, and return it with its secret."""
        command = [str(RISKCTL), "key", "create", "--account", self.account_id, "--strategy", strategy]
        command += [part for name in self.venues.values() for part in ("--venue", name)]
        command += ["--operator", "alice", "--default-stop", default_stop, "--output", "json"]
        environment = clean_environment(RISKCTL_STACK_FILE=str(self.stack_file))
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        return made["key_id"], made["secret"]

    def own_key(self) -> dict[str, Any]:
        """Return ccxt's settings with the account's own key at the exchange: the secret is written in them."""
        client = boto3.client(
            "secretsmanager", endpoint_url=self.stack["aws_endpoint_url"], region_name=self.stack["region"]
        )
        name = venue.secret_name(self.account_id, self.venues["swap"])
        held: dict[str, Any] = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
        return {part: held[part] for part in ("apiKey", "secret", "urls")}

    def call(
        self, method: str, path: str, body: Any = None, *, query: Mapping[str, str] | None = None, guarded: bool = False
    ) -> Any:
        """Return the answer of an API's route."""
        where, api = path + (f"?{urlencode(query)}" if query else ""), self.controls.api
        if not guarded:
            return api.call(method, where, body).body
        return self.controls.codes.run(lambda code: api.call(method, where, body, totp=code)).body

    def switch(self, *, engaged: bool) -> None:
        """Flip the account's kill switch in its table, as an operator does."""
        self.controls.edit_flag(key=f"ACCOUNT#{self.account_id}", engaged=engaged, reason="drill")

    def read_venues(self) -> bool:
        """Run the monitor once; what comes of it goes by the streams and the queue."""
        read = jobs.run(self.settings, self.stack["functions"]["monitor"], {"account_id": self.account_id})
        return bool(read["recorded"])


@contextmanager
def open_on_stack(stack: Mapping[str, Any], folder: Path) -> Iterator[BotsGateway]:
    """Give an account on a running stack with fresh prices for the block; the exchange's prices then go on."""
    gateway = gateway_on_stack(stack, folder)
    try:
        gateway.open()
        with gateway.fresh_quotes():
            yield gateway
    finally:
        gateway.controls.api.close()
        for name in gateway.prices:
            ControlClient(stack["exchange_url"]).post("price", symbol=f"{name}USDT", price=None)


def gateway_on_stack(stack: Mapping[str, Any], folder: Path) -> GatewayOnStack:
    """Return an account of a name of its own on a running stack; it is not registered yet."""
    stack_file = folder / "stack.json"
    stack_file.write_text(json.dumps(stack), encoding="utf-8")
    session = Session(Connection(stack_file=stack_file))
    port = urlsplit(stack["aws_endpoint_url"]).port
    assert port is not None
    account = f"bots-{secrets.token_hex(4)}"
    return GatewayOnStack(
        account_id=account,
        venues={wallet.market_type: name for name, wallet in venue.WALLETS.items()},
        exchange_url=stack["exchange_url"],
        exchange_account=account,
        url=stack["front_door_url"],
        stack=stack,
        stack_file=stack_file,
        settings=Settings(state_dir=folder, port_base=port),
        controls=Controls(api=session.api, aws=session.aws, codes=session.codes(None), account_id=account),
    )
