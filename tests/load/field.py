"""Where things are made to fail: a running stack, an account of it at the simulated exchange, and a phone."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from infra.local import emulator
from infra.local.settings import STACK_NAME
from infra.simulators.exchange.client import ControlClient
from tests.bench.stack import ORDER
from tests.bots.on_stack import GatewayOnStack
from tests.load.memory import list_workers
from tests.load.place import Place
from tests.support.waiting import wait_for

SPOT, SYMBOL = "sim-spot", "BTC/USDT"
FINAL = frozenset({200, 201, 422})


@dataclass(frozen=True, kw_only=True)
class Field:
    """Where things fail: a stack, and an account of it at the simulated exchange."""

    place: Place
    gateway: GatewayOnStack
    client: httpx.Client

    @property
    def exchange(self) -> ControlClient:
        """Return the simulated exchange's control routes."""
        return self.gateway.control

    def read_phone(self) -> list[str]:
        """Return what the chats have received, oldest first."""
        messages = httpx.get(f"{self.place.stack['telegram_url']}/control/messages", timeout=60).json()
        return [message["text"] for message in messages]

    def kill_workers(self, function: str, *, stand_still_seconds: float = 0) -> int:
        """End the processes of a function, as a machine that fails does; return how many there were.

        `stand_still_seconds`: they stop this long before, wherever each of them is, and what comes meanwhile is stuck.
        """
        name = self.place.stack["functions"][function]
        pids = [pid for pid, owner in list_workers(self.place.emulator_group).items() if owner == name]
        for kind in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, kind)
            time.sleep(stand_still_seconds if kind == signal.SIGSTOP else 0)
        return len(pids)

    def send_routed(self, name: str) -> httpx.Response:
        """Order an entry that rests at the exchange."""
        price = self.gateway.prices["BTC"]
        order = ORDER | {"client_order_id": name, "venue": SPOT, "quantity": "0.001", "route": True}
        order |= {"price": str(price * 97 / 100), "stop_loss_price": str(price * 95 / 100)}
        return self.client.post(f"/accounts/{self.gateway.account_id}/orders", json=order)

    def ask_until_decided(self, send: Callable[[], httpx.Response], seen: Counter[str]) -> None:
        """Send the same request until it is decided, as a bot does, and count the answers."""
        while True:
            try:
                answer = send()
                replayed = " replayed" if "Idempotent-Replayed" in answer.headers else ""
                seen[f"{answer.status_code}{replayed}"] += 1
                if answer.status_code in FINAL:
                    return
            except httpx.TransportError as error:
                seen[type(error).__name__] += 1
            time.sleep(0.2)

    def status_of(self, name: str) -> str:
        """Return an order's status."""
        return str(self.client.get(f"/accounts/{self.gateway.account_id}/orders/{name}").json().get("status"))

    def at_the_exchange(self) -> int:
        """Return how many orders the exchange has of the account."""
        found: Any = self.exchange.get("orders", account=self.gateway.exchange_account)
        return len(found)

    def ring(self, alarm: str) -> dict[str, str]:
        """Tell the alert topic what CloudWatch would of an alarm of the stack; return its metric and what the phone shows."""
        cloudwatch = emulator.client(self.place.settings, "cloudwatch")
        known = cloudwatch.describe_alarms(AlarmNamePrefix=f"{STACK_NAME}-{alarm}")["MetricAlarms"][0]
        told = {name: known[name] for name in ("AlarmName", "AlarmDescription")} | {
            "NewStateValue": "ALARM",
            "OldStateValue": "OK",
            "NewStateReason": "threshold crossed",
            "StateChangeTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000+0000",
        }
        heard = len(self.read_phone())
        sns = emulator.client(self.place.settings, "sns")
        sns.publish(TopicArn=self.place.stack["alert_topic_arn"], Message=json.dumps(told))
        shown = wait_for(lambda: next((text for text in self.read_phone()[heard:] if alarm in text), None), every=0.5)
        return {"metric": f"{known['Namespace']} {known['MetricName']}", "alarm_on_the_phone": shown}
