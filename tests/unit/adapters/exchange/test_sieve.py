"""Answers that are read as a whole, without the rows that make it fail."""

from __future__ import annotations

from typing import Any

import pytest
from ccxt.base.errors import NetworkError

from riskgate.adapters.exchange.sieve import find_rows, sieve_markets, sieve_wallet


class Venue:
    """Stands in for ccxt's exchange: two categories of markets, each asked for by a request."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = answers, 0

    def fetch2(self, *_asked: Any, **_more: Any) -> Any:
        self.asked += 1
        return self.answers[self.asked - 1]

    def fetch_markets(self, *_params: Any) -> list[int]:
        return [int(row["id"]) for _ in self.answers for row in self.fetch2("info")["result"]["list"]]


def page(*ids: str) -> dict[str, Any]:
    return {"result": {"category": "linear", "list": [{"id": i, "filters": [{"a": 1}] * 9} for i in ids]}}


def read(venue: Venue) -> tuple[Any, list[str]]:
    told: list[str] = []
    fetch = sieve_markets(Venue.fetch_markets, lambda _exchange, row, _error: told.append(row["id"]))
    return fetch(venue), told


def test_markets_when_all_can_be_read_then_asked_once_and_nothing_told() -> None:
    venue = Venue(page("1", "2"), page("3"))
    assert read(venue) == ([1, 2, 3], [])
    assert venue.asked == 2


def test_markets_when_some_cannot_be_read_then_the_others_are_and_the_venue_is_asked_once() -> None:
    venue = Venue(page("1", "odd", "2"), page("3", "even"))
    assert read(venue) == ([1, 2, 3], ["odd", "even"])
    assert venue.asked == 2
    assert "fetch2" not in vars(venue)


def test_markets_when_all_is_asked_before_any_is_read_then_the_others_are_read() -> None:
    def fetch(venue: Venue, *_params: Any) -> list[int]:
        answers = [venue.fetch2("info") for _ in venue.answers]
        return [int(row["id"]) for answer in answers for row in answer["result"]["list"]]

    told: list[str] = []
    venue = Venue(page("1", "odd"), page("2", "even", "3"))
    markets = sieve_markets(fetch, lambda _exchange, row, _error: told.append(row["id"]))(venue)
    assert (markets, told, venue.asked) == ([1, 2, 3], ["odd", "even"], 2)


def test_markets_when_the_venue_does_not_answer_then_that_is_told_and_no_list() -> None:
    def fail(_venue: Any, *_params: Any) -> Any:
        raise NetworkError("away")

    with pytest.raises(NetworkError):
        sieve_markets(fail, lambda *_: None)(Venue())


def test_markets_when_no_row_is_at_fault_then_the_fault_is_raised() -> None:
    def fail(_venue: Any, *_params: Any) -> Any:
        raise TypeError("ours")

    with pytest.raises(TypeError):
        sieve_markets(fail, lambda *_: None)(Venue())


def test_wallet_when_a_coin_cannot_be_read_then_the_others_are() -> None:
    told: list[Any] = []
    guarded = sieve_wallet(
        lambda _self, answer: {row["coin"]: int(row["total"]) for row in answer["data"]},
        0,
        lambda _exchange, row, _error: told.append(row["coin"]),
    )
    rows = [{"coin": "BTC", "total": "3"}, {"coin": "ODD", "total": "n/a"}]
    assert guarded(None, {"code": "0", "data": rows}) == {"BTC": 3}
    assert told == ["ODD"]


@pytest.mark.parametrize(
    ("answer", "path", "count"),
    [
        ([{"a": 1}, {"a": 2}], (), 2),
        ({"result": {"BTCUSD": {"pair": 1}, "ETHUSD": {"pair": 2}, "XRPUSD": {"pair": 3}}}, ("result",), 3),
        ({"data": [{"details": [{"ccy": "A"}, {"ccy": "B"}]}]}, ("data", 0, "details"), 2),
        ({"code": "0"}, (), 0),
    ],
)
def test_rows_when_an_answer_has_them_anywhere_then_found(answer: Any, path: tuple[Any, ...], count: int) -> None:
    found, rows = find_rows(answer)
    assert (found, len(rows)) == (path, count)
