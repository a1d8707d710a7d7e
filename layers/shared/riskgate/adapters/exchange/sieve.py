"""Answers that ccxt reads as a whole, read without the rows that make it fail.

Most classes build all markets, and sum all balances, in one loop. Where that fails, each row is read alone, and the
answer again without those that cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from riskgate.adapters.exchange.errors import ccxt_errors

#: ccxt's readers of all balances, with the place of the venue's answer among their arguments.
WALLET_READERS = {"parse_balance": 0, "parse_custom_balance": 0, "parse_balance_custom": 0, "parse_balance_by_type": 1}

type Tell = Callable[[Any, Any, Exception], None]


class _Beyond(Exception):
    """ccxt has come so far with what was answered, and would ask on."""


def sieve_wallet(read: Callable[..., Any], place: int, tell: Tell) -> Callable[..., Any]:
    """Return a reader of balances that leaves out the rows which it cannot read, and tells each."""

    def guarded(self: Any, *arguments: Any, **named: Any) -> Any:
        if len(arguments) <= place:
            return read(self, *arguments, **named)

        def read_answer(answer: Any) -> Any:
            return read(self, *arguments[:place], answer, *arguments[place + 1 :], **named)

        try:
            return read_answer(arguments[place])
        except ccxt_errors().BaseError:
            raise
        except Exception:  # noqa: BLE001 whatever a row did to it
            return read_answer(_sieve(read_answer, arguments[place], lambda row, error: tell(self, row, error)))

    return guarded


def sieve_markets(fetch: Callable[..., Any], tell: Tell) -> Callable[..., Any]:
    """Return ccxt's `fetch_markets` so that it leaves out the rows which it cannot read, and tells each.

    The venue is asked each thing once: what it answered is read again.
    """

    def guarded(self: Any, *arguments: Any, **named: Any) -> Any:
        replay, sieved = _Replay(self, partial(fetch, self, *arguments, **named)), 0
        while True:
            try:
                return replay.read()
            except ccxt_errors().BaseError:
                raise
            except Exception:
                if sieved == len(replay.answers):
                    raise
            for number in range(sieved, len(replay.answers)):
                read = partial(replay.read_with, number)
                replay.answers[number] = _sieve(read, replay.answers[number], partial(tell, self))
            sieved = len(replay.answers)

    return guarded


class _Replay:
    """One call of ccxt's, and what was answered to its requests so far."""

    def __init__(self, exchange: Any, call: Callable[[], Any]) -> None:
        self._exchange = exchange
        self._call = call
        self.answers: list[Any] = []

    def read(self) -> Any:
        """Make the call on what was answered, and ask the venue for the rest."""
        known = list(self.answers)

        def ask(*asked: Any, **more: Any) -> Any:
            self.answers.append(type(self._exchange).fetch2(self._exchange, *asked, **more))
            return self.answers[-1]

        return self._run(known, ask)

    def read_with(self, number: int, changed: Any) -> Any:
        """Make the call on another answer in the place of one, and on the rest of them without rows."""

        def stop(*_asked: Any, **_more: Any) -> Any:
            raise _Beyond

        try:
            empty = [_put(answer, find_rows(answer)[0], {}) for answer in self.answers]
            return self._run([*empty[:number], changed, *empty[number + 1 :]], stop)
        except _Beyond:
            return None

    def _run(self, known: list[Any], beyond: Callable[..., Any]) -> Any:
        following = iter(known)

        def fetch2(*asked: Any, **more: Any) -> Any:
            for answer in following:
                return answer
            return beyond(*asked, **more)

        self._exchange.fetch2 = fetch2
        try:
            return self._call()
        finally:
            del self._exchange.fetch2


def _sieve(read: Callable[[Any], Any], answer: Any, tell: Callable[[Any, Exception], None]) -> Any:
    """Return an answer without the rows that `read` cannot read alone. Raises what it raises without any row."""
    path, rows = find_rows(answer)
    read(_put(answer, path, {}))
    kept = dict(rows)
    for key, row in rows.items():
        try:
            read(_put(answer, path, {key: row}))
        except Exception as error:  # noqa: BLE001 as above
            del kept[key]
            tell(row, error)
    return _put(answer, path, kept)


def find_rows(answer: Any) -> tuple[tuple[Any, ...], Mapping[Any, Any]]:
    """Return where an answer has its rows, and these by their place: the outermost list or mapping of several objects.

    Where none has several, the innermost.
    """
    found = list(_containers(answer, ()))
    several = [item for item in found if len(item[1]) > 1]
    if several:
        return min(several, key=lambda item: len(item[0]))
    return max(found, key=lambda item: len(item[0]), default=((), {}))


def _containers(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Mapping[Any, Any]]]:
    rows: Mapping[Any, Any] = dict(enumerate(value)) if isinstance(value, list) else value if _is_map(value) else {}
    if rows and all(_is_map(row) for row in rows.values()):
        yield path, rows
    for key, inner in rows.items():
        if isinstance(inner, list) or (_is_map(inner) and len(path) < 2):  # noqa: PLR2004 deep enough for every venue
            yield from _containers(inner, (*path, key))


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def _put(answer: Any, path: tuple[Any, ...], rows: Mapping[Any, Any]) -> Any:
    """Return an answer with other rows in their place; one without any stays as it is."""
    if not path and not find_rows(answer)[1]:
        return answer
    if path:
        inner = _put(answer[path[0]], path[1:], rows)
        if isinstance(answer, list):
            return [inner if number == path[0] else item for number, item in enumerate(answer)]
        return {**answer, path[0]: inner}
    return list(rows.values()) if isinstance(answer, list) else dict(rows)
