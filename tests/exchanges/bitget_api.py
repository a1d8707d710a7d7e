"""What Bitget's spot and futures APIs of a classic account share: pages before an id, plan orders apart.

Source: Bitget's API documentation of the classic account (spot/trade, spot/plan, spot/account, contract/trade,
contract/plan, contract/account, contract/position) and the answers recorded in ccxt's own tests.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from tests.exchanges.book import Movement, Order
from tests.exchanges.wire import Ask, Market, Reply, ScriptedVenue, candles, route, text

STATUS = {"open": "live", "filled": "filled", "cancelled": "cancelled"}
_DAY_MS = 86_400_000
_BARS = {"1min": "1m", "1m": "1m", "1h": "1h", "1H": "1h"}


class Bitget(ScriptedVenue):
    ccxt_id = "bitget"
    venue = "bitget"
    page: ClassVar[int] = 100
    fills_page: ClassVar[int] = 100
    candles_page: ClassVar[int] = 200
    refusals: ClassVar[dict[str, tuple[str, str]]]
    #: Longest periods of lists, where the venue has one.
    days: ClassVar[int] = 90
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {
        "orders": {"size": "n/a", "orderId": "1"},
        "open_orders": {"size": "n/a", "orderId": "1", "status": "live"},
        "trades": {"size": "n/a", "baseVolume": "n/a", "tradeId": "1"},
        "transfers": {"size": "n/a", "billId": "1"},
        "funding": {"amount": "n/a", "billId": "1"},
    }

    def __init__(self) -> None:
        super().__init__()
        self.placed_by: dict[str, str] = {}

    def ok(self, data: Any) -> dict[str, Any]:
        return {"code": "00000", "msg": "success", "requestTime": self.book.now_ms, "data": data}

    def no(self, kind: str, status: int = 400) -> Reply:
        code, message = self.refusals[kind]
        return Reply({"code": code, "msg": message, "requestTime": self.book.now_ms, "data": None}, status)

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        del ask
        return self.no(kind)

    def takes_until(self, ask: Ask) -> int:
        signed = int(ask.headers["access-timestamp"])
        if not ask.path.endswith("/spot/trade/place-order"):
            return signed + 30_000
        assert int(ask.body.get("requestTime", signed)) == signed
        return signed + int(ask.body.get("receiveWindow", 30_000))

    def on_late(self) -> Reply:
        return Reply({"code": "40008", "msg": "Request timestamp expired", "requestTime": 0, "data": None}, 400)

    def on_rate_limit(self) -> Reply:
        return Reply({"code": "429", "msg": "Too Many Requests", "requestTime": 0, "data": None}, 429)

    def on_maintenance(self) -> Reply:
        return Reply({"code": "40725", "msg": "service return an error", "requestTime": 0, "data": None}, 503)

    @route("GET /api/v2/public/time")
    def time(self, _ask: Ask) -> dict[str, Any]:
        return self.ok({"serverTime": str(self.book.now_ms)})

    @route("GET /api/v2/spot/account/info")
    def account_info(self, _ask: Ask) -> dict[str, Any]:
        return self.ok({"userId": "7264631750", "ips": "192.0.2.1", "authorities": ["stor", "coor"], "parentId": 1})

    def touch(self, market: Market) -> dict[str, Any]:
        return {
            "symbol": market.native, "lastPr": text(self.book.bid), "bidPr": text(self.book.bid), "bidSz": "2",
            "askPr": text(self.book.ask), "askSz": "3", "baseVolume": "1234.5", "quoteVolume": "61725000",
            "ts": str(self.book.now_ms), "change24h": "0.01",
        }  # fmt: skip

    def depth(self) -> dict[str, Any]:
        return self.ok(
            {
                "bids": [[text(self.book.bid), "2"], [text(self.book.bid - 1), "4"]],
                "asks": [[text(self.book.ask), "3"], [text(self.book.ask + 1), "5"]],
                "ts": str(self.book.now_ms),
            }
        )

    def bars(self, ask: Ask) -> dict[str, Any]:
        """Return the newest candles of a period, both its ends included, oldest first."""
        query = ask.query
        rows = candles(self.book.now_ms, _BARS[query["granularity"]], query.get("startTime"), query.get("endTime"))
        return self.ok([[str(at), *map(text, rest), "1"] for at, *rest in rows[-int(query.get("limit", 100)) :]])

    def newest[T](self, ask: Ask, rows: list[T], at: Any, number: Any, days: int | None = None) -> list[T]:
        """Return one page: the newest rows of a period, or those before the id in `idLessThan`."""
        query = ask.query
        end = int(query.get("endTime") or 10**15)
        start = int(query.get("startTime") or 0)
        limit = days or self.days
        if "startTime" in query and "endTime" in query:
            assert end - start <= limit * _DAY_MS, f"at most {limit} days"
        found = sorted((row for row in rows if start <= at(row) <= end), key=lambda r: (at(r), number(r)), reverse=True)
        if "idLessThan" in query:
            found = found[1 + next(n for n, row in enumerate(found) if str(number(row)) == query["idLessThan"]) :]
        return found[: min(int(query.get("limit", 100)), 100)]

    def of_orders(self, ask: Ask, orders: list[Order]) -> list[Order]:
        """Return one page of orders that the filters let through."""
        wanted = ask.query.get("symbol")
        rows = [o for o in orders if wanted in {None, self.native(o.symbol)}]
        for name, value in (("orderId", self.id_of), ("clientOid", lambda o: o.client_id)):
            rows = [o for o in rows if ask.query.get(name) in {None, value(o)}]
        return self.newest(ask, rows, lambda o: o.created_ms, lambda o: o.number)

    def plain(self, order_id: object, client_id: object) -> Order | None:
        """Return an order that is no plan."""
        found = self.find(order_id, client_id)
        return found if found is not None and found.trigger is None else None

    def plan(self, order_id: object, client_id: object) -> Order | None:
        """Return a plan order."""
        found = self.find(order_id, client_id)
        return found if found is not None and found.trigger is not None else None

    def fire(self, order: Order) -> None:
        # The order that a plan places has an id of its own, ours is not on it.
        self.placed_by[self.id_of(order)] = self.id_of(self.fire_apart(order, f"auto-{order.number}"))

    def acknowledge(self, order: Order) -> dict[str, Any]:
        return self.ok({"orderId": self.id_of(order), "clientOid": order.client_id})


def signed(movement: Movement) -> Decimal:
    """Return what a movement changed: above zero came in."""
    return movement.amount if movement.kind in {"in", "deposit"} else -movement.amount
