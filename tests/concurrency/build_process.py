"""One instance of one build of the gateway: takes commands as lines of JSON and answers each with one."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import boto3
from botocore.config import Config

from infra.riskctl.audit import iterate_rows, replay_account, verify_account
from riskgate import ENGINE_VERSION
from riskgate.adapters.aws import clients as aws
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.orders.close_order import close_order
from riskgate.app.orders.record_fill import Fill, record_order_fill
from riskgate.app.orders.submit_order import submit_order
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import GatewayError
from riskgate.schemas.codec import encode
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from riskgate.schemas.messages.text import read_message, write_message
from tests.concurrency.instances import ACCOUNT_ID, NOW, Gateway, order


class Instance:
    """The gateway's use cases on the tables of a test."""

    def __init__(self, prefix: str) -> None:
        self._gateway = Gateway(prefix=prefix)
        client = boto3.client("dynamodb", config=aws.sdk_config().merge(Config(connect_timeout=10, read_timeout=30)))
        self._gateway.clients.append(client)
        self._gateway.instances.append(Deps(store=self._gateway.store_of(client)))
        self._acting = Acting(deps=self._gateway.deps, actor="test", now=NOW)

    def submit(self, name: str, strategy: str) -> Any:
        """Decide an order."""
        answer = submit_order(self._acting, order(name, "0.001", strategy=strategy))
        return {"approved": answer.approved, "body": answer.body}

    def fill(self, name: str, quantity: str) -> Any:
        """Account for a fill of an order, the one of this quantity."""
        fill = Fill(fill_id=f"{name}-{quantity}", quantity=Decimal(quantity), price=Decimal(50_000), executed_at=NOW)
        record_order_fill(self._acting, ACCOUNT_ID, name, fill)
        return {}

    def cancel(self, name: str) -> Any:
        """Note that an order was cancelled."""
        close_order(self._acting, ACCOUNT_ID, name, OrderStatus.CANCELLED, "")
        return {}

    def write(self, name: str, extra: str) -> Any:
        """Return a message to the worker; `extra` goes into a field that only the next version has."""
        more = {"annotation": extra} if extra else {}
        message = OrderMessage(
            kind=MessageKind.CANCEL, account_id=ACCOUNT_ID, sent_at=NOW, actor="test", client_order_id=name, **more
        )
        return {"text": write_message(message)}

    def read(self, text: str) -> Any:
        """Read such a message."""
        return {"name": read_message(text, OrderMessage).client_order_id}

    def _decided(self) -> list[Any]:
        """Return the entries of decisions."""
        rows = iterate_rows(self._gateway.deps.store, ACCOUNT_ID)
        return [json.loads(row.entry) for row in rows if row.event == "order_decided"]

    def look(self) -> Any:
        """Return what is stored: the account, its orders, and what verification and replay find."""
        store = self._gateway.deps.store
        stored = store.read_chain(ACCOUNT_ID)
        assert stored is not None
        records, _ = store.list_orders(ACCOUNT_ID, limit=1_000, cursor=None)
        replayed = replay_account(store, ACCOUNT_ID)
        self._gateway.assert_invariants()
        return {
            "state": json.loads(encode(stored.state)),
            "orders": {record.order.client_order_id: json.loads(encode(record)) for record in records},
            "findings": [f.problem for f in (*replayed.findings, *verify_account(store, ACCOUNT_ID).findings)],
            "named": [bool(entry.get("named")) for entry in self._decided()],
            "engines": list(replayed.engines.by_version) if replayed.engines is not None else [],
        }


def main() -> None:
    """Serve commands until there are none."""
    instance = Instance(sys.argv[1])
    _say({"engine": ENGINE_VERSION})
    for line in sys.stdin:
        command = json.loads(line)
        serve: Callable[..., Any] = getattr(instance, command.pop("do"))
        try:
            _say(serve(**command))
        except GatewayError as error:
            _say({"error": error.code, "detail": error.detail})


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
