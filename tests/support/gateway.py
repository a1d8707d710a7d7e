"""Drive the API functions' handlers as API Gateway does, and look at what they answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any

import pyotp
from time_machine import Traveller

from functions.admin_api.app import lambda_handler as admin_handler
from functions.dashboard.app import lambda_handler as dashboard_handler
from functions.hedge.app import lambda_handler as hedge_handler
from functions.order_api.app import lambda_handler as order_handler
from functions.risk_api.app import lambda_handler as risk_handler
from functions.telegram_webhook.app import lambda_handler as telegram_handler
from functions.view_api.app import lambda_handler as view_handler
from functions.webhooks.app import lambda_handler as webhooks_handler
from riskgate.adapters.dynamodb.guards import guard_key
from riskgate.app.account.record_snapshot import commit_snapshot, list_markets, to_event
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.safeguards.set_kill_switch import put_guards
from riskgate.core.account.stored import ReadRequest
from riskgate.runtime import wiring
from riskgate.schemas.http.json_body import BODY_MAX_BYTES, parse_json
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.snapshots import SnapshotRequest
from riskgate.schemas.http.routes.route import Route
from tests.support.aws import Aws, LambdaContext
from tests.support.callers import ADMIN, FEEDER, OWN_ACCOUNT, Caller, build_event

if TYPE_CHECKING:
    from tests.contract.checker import ContractChecker

#: A Wednesday: neither the UTC day nor the week turns in a test that does not ask for it.
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ACCOUNT_ID = OWN_ACCOUNT
VENUE = "binance"
BTC, ETH, SOL, BTC_SWAP = "BTC/USDT", "ETH/USDT", "SOL/USDT", "BTC/USDT:USDT"
TRACE_ID = "5759e988bd862e3fe1be46a994272793"

ACCOUNT: Mapping[str, Any] = {
    "base_currency": "USDT",
    "venues": [{"venue": VENUE, "market_type": "spot"}],
    "sectors": {"BTC": "store-of-value", "ETH": "smart-contracts", "SOL": "smart-contracts"},
    "initial_equity": "100000",
}
#: symbol -> (tick size, step size, bid, ask)
MARKETS: Mapping[str, tuple[str, str, str, str]] = {
    BTC: ("0.01", "0.00001", "49990", "50010"),
    ETH: ("0.01", "0.0001", "2999", "3001"),
    SOL: ("0.01", "0.01", "99.9", "100.1"),
    BTC_SWAP: ("0.1", "0.001", "49990", "50010"),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @cached_property
    def body(self) -> Any:
        """Return the parsed body."""
        return json.loads(self.text)

    @property
    def code(self) -> Any:
        """Return the code of a decision or problem."""
        return self.body["code"]

    @property
    def is_replay(self) -> bool:
        """Tell whether the answer says that it was given before."""
        return self.headers.get("Idempotent-Replayed") == "true"

    @property
    def violated(self) -> set[str]:
        """Return the codes of all violations."""
        return {violation["code"] for violation in self.body["violations"]}


@dataclass
class Gateway:
    """The API functions behind one door, with shortcuts for what tests ask most."""

    aws: Aws
    traveller: Traveller
    contract: ContractChecker | None = None
    context: LambdaContext = field(default_factory=LambdaContext)
    _numbers: Any = field(default_factory=count, init=False)

    @property
    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)

    def advance(self, **duration: float) -> None:
        """Let time pass (keywords of timedelta)."""
        self.traveller.shift(timedelta(**duration))

    def totp(self) -> str:
        """Return the one-time code of this moment."""
        return pyotp.TOTP(self.aws.totp_seed).at(self.now)

    def next_totp(self) -> dict[str, str]:
        """Wait for the next time step and return the header with its code: codes are good once."""
        self.advance(seconds=30)
        return {"X-TOTP": self.totp()}

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        caller: Caller | None = ADMIN,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; `body` is a JSON value, or the text itself as str or bytes."""
        event = build_event(
            method, path, body, caller=caller, headers=headers, query=query, request_id=f"request-{next(self._numbers)}"
        )
        return self.send(event)

    def send(self, event: dict[str, Any]) -> Answer:
        """Send one event as API Gateway would hand it over."""
        raw = handler_of(event["path"], event["httpMethod"])(event, self.context)
        headers = {name: values[0] for name, values in raw["multiValueHeaders"].items()}
        answer = Answer(status=raw["statusCode"], headers=headers, text=raw["body"])
        if self.contract is not None:
            sent = event["body"]
            if sent is not None and event["isBase64Encoded"]:
                sent = base64.b64decode(sent).decode(errors="replace")
            self.contract.check(event["httpMethod"], event["path"], sent, answer)
        return answer

    def order(self, **changes: Any) -> dict[str, Any]:
        """Return a small valid order with a fresh id; None as a change leaves the field out."""
        order = {
            "client_order_id": f"order-{next(self._numbers)}",
            "symbol": BTC,
            "venue": VENUE,
            "strategy": "trend",
            "side": "buy",
            "type": "limit",
            "quantity": "0.1",
            "price": "50000",
            "stop_loss_price": "49000",
        }
        return {name: value for name, value in (order | changes).items() if value is not None}

    def submit(self, order: Mapping[str, Any] | None = None, account: str = ACCOUNT_ID, **changes: Any) -> Answer:
        """Post an order."""
        return self.call("POST", f"/accounts/{account}/orders", order or self.order(**changes), caller=ADMIN)

    def check(self, account: str = ACCOUNT_ID, **changes: Any) -> Answer:
        """Ask what would be decided."""
        return self.call("POST", f"/accounts/{account}/orders/check", self.order(**changes))

    def approved(self, **changes: Any) -> str:
        """Get an order approved and return its id."""
        answer = self.submit(**changes)
        assert answer.status == 201, answer.text
        return str(answer.body["client_order_id"])

    def on_order(self, method: str, client_order_id: str, action: str = "", body: Any = None) -> Answer:
        """Call a route of one order."""
        return self.call(method, f"/accounts/{ACCOUNT_ID}/orders/{client_order_id}{action}", body)

    def fill(self, client_order_id: str, quantity: str, price: str = "50000", **changes: Any) -> Answer:
        """Report an execution."""
        body = {"fill_id": f"fill-{next(self._numbers)}", "quantity": quantity, "price": price}
        return self.on_order("POST", client_order_id, "/fills", body | {"executed_at": instant(self.now)} | changes)

    def cancel(self, client_order_id: str, body: Any = None) -> Answer:
        """Cancel an order."""
        return self.on_order("POST", client_order_id, "/cancel", body)

    def account(self, account: str = ACCOUNT_ID) -> Any:
        """Return the account as the API describes it."""
        answer = self.call("GET", f"/accounts/{account}")
        assert answer.status == 200, answer.text
        return answer.body

    def limits(self, *, totp: bool = True, account: str = ACCOUNT_ID, **limits: Any) -> Answer:
        """Change limits."""
        headers = self.next_totp() if totp else None
        return self.call("PUT", f"/accounts/{account}/limits", limits, headers=headers)

    def snapshot(self, equity: str, account: str = ACCOUNT_ID, **fields: Any) -> Answer:
        """Report the account."""
        held = {"balances": [{"venue": VENUE, "asset": "USDT", "total": equity}], "positions": []}
        return self.call("POST", f"/accounts/{account}/snapshots", {"equity": equity} | held | fields, caller=FEEDER)

    def lose(self, equity: str, **fields: Any) -> None:
        """Report less equity in two looks, as it takes to trip what only a person clears."""
        for _ in range(2):
            answer = self.snapshot(equity, **fields)
            assert answer.status == 201, answer.text
            self.advance(seconds=2)

    def reading(self, equity: str, account: str = ACCOUNT_ID, **fields: Any) -> dict[str, Any]:
        """Let the account be as its venues show it: what the monitor does where they have keys."""
        held = {"balances": [{"venue": VENUE, "asset": "USDT", "total": equity}], "positions": []}
        body = parse_json(
            json.dumps({"equity": equity} | held | fields),
            is_base64=False,
            content_type="application/json",
            max_bytes=BODY_MAX_BYTES,
        )
        seen, now = parse_request(SnapshotRequest, body), self.now
        acting = Acting(deps=wiring.deps(), actor="job:monitor", now=now)
        state = wiring.deps().store.read(ReadRequest(account_id=account)).require_state()
        markets = list_markets(seen, state)
        return commit_snapshot(
            acting, account, now, lambda found, _: to_event(seen, found, taken_at=now, now=now), markets=markets
        )

    def quote(self, symbol: str = BTC, **changes: Any) -> Answer:
        """Store a fresh quote."""
        return self.call("PUT", "/market/quotes", {"quotes": [self.quote_of(symbol, **changes)]})

    def quote_of(self, symbol: str, **changes: Any) -> dict[str, Any]:
        """Return a quote as of now."""
        _, _, bid, ask = MARKETS[symbol]
        quote = {"venue": VENUE, "symbol": symbol, "at": instant(self.now), "bid": bid, "ask": ask, "last": bid}
        return quote | {"volume_24h": "1000000"} | changes

    def refresh_quotes(self) -> None:
        """Store fresh quotes of all markets."""
        quotes = [self.quote_of(symbol) for symbol in MARKETS]
        assert self.call("PUT", "/market/quotes", {"quotes": quotes}).status == 200

    def kill(self, scope: str = "global", key: str | None = None, *, engaged: bool = True, **fields: Any) -> Answer:
        """Set a kill switch through the admin route."""
        named = {"key": key} if key is not None else {}
        body = {"scope": scope, "engaged": engaged, "reason": "drill"} | named | fields
        return self.call("PUT", "/kill-switch", body, headers=self.next_totp())

    def put_flag(self, name: str, value: Mapping[str, Any] | None = None) -> None:
        """Edit a kill switch in the table, as ops do with the AWS CLI."""
        engaged = {"BOOL": True} if value is None else dict(value)
        item = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": name}, "engaged": engaged}
        self.aws.dynamodb.put_item(TableName=self.aws.control_table, Item=item)

    def put_guards(self) -> None:
        """Let the guards say what the kill switches say, as the control table's stream does."""
        deps = wiring.deps()
        put_guards(deps, deps.store.kill_switches.list_shards("global", ""))

    def lose_guard(self) -> None:
        """Take the account's guard away: a stack has none before its first minutes with them."""
        self.aws.dynamodb.delete_item(TableName=self.aws.control_table, Key=guard_key(ACCOUNT_ID))

    def register(self, account: str = ACCOUNT_ID, *, totp: bool = False, **changes: Any) -> Answer:
        """Register an account."""
        headers = self.next_totp() if totp else None
        return self.call("PUT", f"/accounts/{account}", dict(ACCOUNT) | changes, headers=headers)

    def set_up(self) -> None:
        """Make a gateway that trades: flag released, markets known, account registered."""
        self.put_flag("GLOBAL", {"BOOL": False})
        self.put_guards()
        instruments = [instrument_of(symbol) for symbol in MARKETS]
        assert self.call("PUT", "/market/instruments", {"instruments": instruments}).status == 200
        self.refresh_quotes()
        assert self.register().status == 201


def instrument_of(symbol: str, **changes: Any) -> dict[str, Any]:
    """Return the trading rules of one of the markets."""
    tick, step, _, _ = MARKETS[symbol]
    kind = "swap" if ":" in symbol else "spot"
    rules = {"venue": VENUE, "symbol": symbol, "market_type": kind, "tick_size": tick, "step_size": step}
    return rules | {"notional_min": "5"} | changes


def path_of(route: Route, account: str = ACCOUNT_ID) -> str:
    """Return the path of a route; the order, lock and break it names are not there."""
    names = {
        "name": "DAILY_LOSS",
        "strategy": "trend",
        "lock_id": "0" * 16,
        "exit_id": "missing",
        "break_id": "0" * 16,
        "market": f"{VENUE}:NONE%2FUSDT",
        "alert": "DAILY_LOSS",
        "webhook": "missing",
        "webhook_secret": "none",
    }
    return route.path.format(account_id=account, client_order_id="missing", **names)


def instant(at: datetime) -> str:
    """Write an instant as the API reads it."""
    return at.isoformat().replace("+00:00", "Z")


def handler_of(path: str, method: str = "GET") -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """Return the function that the template routes a path to."""
    if path == "/dashboard":
        return dashboard_handler  # type: ignore[return-value]
    if path == "/telegram":
        return telegram_handler  # type: ignore[return-value]
    parts = path.split("/")
    if parts[1:2] == ["webhooks"] and method == "POST":
        return webhooks_handler  # type: ignore[return-value]
    if path in {"/accounts", "/metrics"} or (parts[1:2] == ["accounts"] and parts[3:] == ["performance"]):
        return view_handler  # type: ignore[return-value]
    if parts[1:2] == ["accounts"] and parts[3:] == ["stress"]:
        return risk_handler  # type: ignore[return-value]
    is_order_path = len(parts) > 3 and parts[1] == "accounts" and parts[3] in {"orders", "heartbeats", "positions"}
    if len(parts) > 3 and parts[1] == "accounts" and parts[3] == "hedges":
        return hedge_handler  # type: ignore[return-value]
    return order_handler if is_order_path else admin_handler  # type: ignore[return-value]
