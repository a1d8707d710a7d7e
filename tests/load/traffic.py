"""What bots do: orders by the API and by the front door, cancels, fills; one account is hot."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import urlencode

import httpx

from infra.local.bots.places import Place as FrontDoorPlace
from tests.bench.stack import ORDER, QUANTITY_STEP
from tests.support.front_door import signature

#: Nothing was decided, or nobody knows: the same request again, as a bot does.
ASK_AGAIN = frozenset({500, 502, 503, 504})
TRIES, PAUSE_SECONDS = 20, 0.1
#: Of all arrivals; what is left are orders by the API. Without an order to end, one is placed.
SHARES = {"cancel": 0.2, "fill": 0.1, "front door order": 0.15, "front door cancel": 0.1}
HOT_SHARE = 0.4
SYMBOL, FRONT_QUANTITY, FRONT_DISTANCE = "BTCUSDT", "0.001", Decimal("0.97")


@dataclass(kw_only=True)
class Traffic:
    """Bots of several accounts; `accounts[0]` is the hot one."""

    client: httpx.Client
    accounts: Sequence[str]
    front: FrontDoorPlace
    seed: int
    #: How each request was answered, those that were asked again too.
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._numbers, self._lock = count(1), threading.Lock()
        self._run = f"{datetime.now(UTC):%H%M%S}"
        self._resting: deque[tuple[str, Mapping[str, str]]] = deque()
        self._front_resting: deque[int] = deque()
        price: Any = httpx.get(f"{self.front.public}/api/v3/ticker/price", params={"symbol": SYMBOL}).json()
        self._front_price = str((Decimal(price["price"]) * FRONT_DISTANCE).quantize(Decimal("0.01")))

    def act(self, number: int) -> tuple[str, str]:
        """Do the arrival of this number; what it is follows from seed and number, and from what there is to end."""
        chance = random.Random(f"{self.seed}:{number}")  # noqa: S311 a load, no secret
        kind = self._choose(chance)
        if kind in {"cancel", "fill"} and (placed := self._take(self._resting)) is not None:
            return kind, self._end(kind, *placed)
        if kind == "front door cancel" and (order := self._take(self._front_resting)) is not None:
            return kind, self._call_front_door(kind, "DELETE", {"symbol": SYMBOL, "orderId": order})[0]
        if kind.startswith("front door"):
            return "front door order", self._order_by_front_door()
        return self._order(chance)

    @staticmethod
    def _choose(chance: random.Random) -> str:
        drawn = chance.random()
        for kind, share in SHARES.items():
            drawn -= share
            if drawn < 0:
                return kind
        return "order"

    def _take[T](self, waiting: deque[T]) -> T | None:
        with self._lock:
            return waiting.popleft() if waiting else None

    def _order(self, chance: random.Random) -> tuple[str, str]:
        hot = chance.random() < HOT_SHARE
        account = self.accounts[0] if hot else chance.choice(self.accounts[1:])
        number = next(self._numbers)
        quantity = Decimal("0.001") + number % 100 * QUANTITY_STEP
        order = ORDER | {"client_order_id": f"load-{self._run}-{number}", "quantity": str(quantity)}
        kind = "order, hot account" if hot else "order"
        outcome = self._ask(kind, f"/accounts/{account}/orders", order)
        if outcome in {"200", "201"}:
            self._resting.append((account, order))
        return kind, outcome

    def _end(self, kind: str, account: str, order: Mapping[str, str]) -> str:
        path = f"/accounts/{account}/orders/{order['client_order_id']}"
        if kind == "cancel":
            return self._ask(kind, f"{path}/cancel", {})
        fill = {"fill_id": f"fill-{order['client_order_id']}", "price": order["price"], "quantity": order["quantity"]}
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return self._ask(kind, f"{path}/fills", fill | {"executed_at": at})

    def _ask(self, kind: str, path: str, body: Mapping[str, Any]) -> str:
        """Send a request until it is decided; return the last status, with the code of a problem."""
        outcome = ""
        for _ in range(TRIES):
            status = 0
            try:
                answer = self.client.post(path, json=body)
                status, outcome = answer.status_code, str(answer.status_code)
                if answer.is_error:
                    outcome += f" {answer.json().get('code', '')}"
            except (httpx.TransportError, ValueError) as error:
                outcome = type(error).__name__
            self.answers[kind, outcome] += 1
            if status and status not in ASK_AGAIN:
                break
            time.sleep(PAUSE_SECONDS)
        return outcome

    def _order_by_front_door(self) -> str:
        fields = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": FRONT_QUANTITY}
        outcome, answer = self._call_front_door("front door order", "POST", fields | {"price": self._front_price})
        if outcome == "200":
            self._front_resting.append(answer["orderId"])
        return outcome

    def _call_front_door(self, kind: str, method: str, fields: Mapping[str, Any]) -> tuple[str, Any]:
        """Call the front door once, signed as Binance's clients do: they do not ask again by themselves."""
        text = urlencode({**fields, "timestamp": int(time.time() * 1000), "recvWindow": 60_000})
        url = f"{self.front.private['spot']}/api/v3/order?{text}&signature={signature(self.front.secret, text)}"
        answer: Any = None
        try:
            answer = self.client.request(method, url, headers={"X-MBX-APIKEY": self.front.key})
            outcome = str(answer.status_code)
            told = answer.json()
        except (httpx.TransportError, ValueError) as error:
            outcome, told = type(error).__name__, None
        if outcome not in {"200", "TransportError"} and isinstance(told, dict) and "code" in told:
            outcome = f"{outcome} ({told['code']})"
        self.answers[kind, outcome] += 1
        return outcome, told
