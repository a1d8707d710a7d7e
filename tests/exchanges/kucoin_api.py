"""What KuCoin's spot and futures APIs share: envelopes, refusals, the key, and whose wallet it is.

Source: KuCoin's API documentation, as its universal SDK's specification of November 2025 has it; answers recorded by
ccxt (static response tests).
"""

from __future__ import annotations

from typing import Any, ClassVar

from tests.exchanges.wire import Ask, Reply, ScriptedVenue, route

DAY_MS = 86_400_000


class Kucoin(ScriptedVenue):
    refusals: ClassVar[dict[str, tuple[str, str]]]
    venue = "kucoin"

    def ok(self, data: Any) -> dict[str, Any]:
        return {"code": "200000", "data": data}

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        del ask
        code, message = self.refusals[kind]
        # Most refusals come with status 200.
        return Reply({"code": code, "msg": message})

    def takes_until(self, ask: Ask) -> int:
        return int(ask.headers["kc-api-timestamp"]) + 5000

    def on_late(self) -> Reply:
        return Reply({"code": "400002", "msg": "KC-API-TIMESTAMP Invalid"}, 400)

    def on_rate_limit(self) -> Reply:
        headers = {"gw-ratelimit-limit": "4000", "gw-ratelimit-remaining": "0", "gw-ratelimit-reset": "6341"}
        return Reply({"code": "429000", "msg": "Too many requests in a short period of time"}, 429, headers)

    def on_maintenance(self) -> Reply:
        return Reply({"code": "500000", "msg": "Internal Server Error"}, 500)

    def answer(self, ask: Ask) -> Reply:
        if ask.method == "POST":
            assert 0 < len(ask.body["clientOid"]) <= 40
        return super().answer(ask)

    def span(self, ask: Ask, most_ms: int) -> tuple[int, int]:
        """Return a period, which may not be longer than so much."""
        low, high = int(ask.query["startAt"]), int(ask.query["endAt"])
        assert high - low <= most_ms, "the time range is too long"
        return low, high

    def numbered(self, ask: Ask, rows: list[Any], most: int) -> dict[str, Any]:
        """Return one of the numbered pages, newest first as the rows are."""
        size, page = int(ask.query.get("pageSize", 50)), int(ask.query.get("currentPage", 1))
        assert size <= most
        items = rows[(page - 1) * size : page * size]
        return {
            "currentPage": page,
            "pageSize": size,
            "totalNum": len(rows),
            "totalPage": -(-len(rows) // size),
            "items": items,
        }

    @route("GET /api/v1/timestamp")
    def time(self, _ask: Ask) -> dict[str, Any]:
        return {"code": "200000", "msg": "success", "data": self.book.now_ms}

    @route("GET /api/v1/status")
    def status(self, _ask: Ask) -> dict[str, Any]:
        return self.ok({"status": "close" if self.maintenance else "open", "msg": "upgrade match engine"})

    @route("GET /api/ua/v1/account/mode")
    def account_mode(self, _ask: Ask) -> dict[str, Any]:
        return self.ok({"selfAccountMode": "CLASSIC"})

    @route("GET /api/v1/user/api-key")
    def api_key(self, _ask: Ask) -> dict[str, Any]:
        return self.ok(
            {
                "remark": "bot",
                "apiKey": "key",
                "apiVersion": 3,
                "permission": "General,Spot,Futures",
                "ipWhitelist": "192.0.2.1",
                "createdAt": 1_700_000_000_000,
                "uid": 165111215,
                "isMaster": True,
            }
        )
