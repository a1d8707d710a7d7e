"""One machine may stand for several: each program is then another address."""

import httpx

from infra.simulators.exchange.binance import Binance
from tests.support.venue import real_time_venue, running


def read_weights(url: str) -> list[str]:
    programs = ("gateway", "bot", "gateway")
    answers = [httpx.get(f"{url}/api/v3/time", headers={"User-Agent": program}) for program in programs]
    return [answer.headers["X-MBX-USED-WEIGHT-1M"] for answer in answers]


def test_weight_when_programs_are_apart_then_each_has_its_own() -> None:
    with running(real_time_venue()) as simulator:
        protocol = simulator.server.gateway.protocol
        assert isinstance(protocol, Binance)
        protocol.limiter = type(protocol.limiter)(now_ms=lambda: 0)
        assert read_weights(simulator.url) == ["1", "2", "3"]
        protocol.limiter, protocol.programs_apart = type(protocol.limiter)(now_ms=lambda: 0), True
        assert read_weights(simulator.url) == ["1", "1", "2"]
