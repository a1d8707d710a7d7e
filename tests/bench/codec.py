"""Canonical JSON of an account, beside the standard library and the published implementation."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any

import rfc8785

from riskgate.core.account.document import AccountState
from riskgate.schemas.codec import decode, encode
from tests.bench.books import build_book
from tests.bench.measure import Row, Section, measure_cpu


def run() -> list[Section]:
    """Measure the codec."""
    now = datetime.now(UTC)
    rows: list[Row] = []
    for count in (0, 100):
        book = build_book(now, open_orders=count, positions=20)
        plain = json.loads(encode(book))
        document = encode(book)
        if rfc8785.dumps(plain) != document:
            raise RuntimeError("the document is not canonical")
        times = measure_cpu(
            {
                "encode": partial(encode, book),
                "encode again": partial(encode, plain),
                "decode": partial(decode, document, AccountState),
                "json.dumps": partial(_dumps, book),
                "json.dumps again": partial(json.dumps, plain, sort_keys=True, separators=(",", ":")),
                "rfc8785": partial(rfc8785.dumps, plain),
                "json.loads": partial(json.loads, document),
            }
        )
        size = f"20 positions, {count} open orders ({len(document) / 1000:.0f} kB)"
        pairs = (
            ("codec.encode of an account", "encode", "json.dumps(sort_keys) of it", "json.dumps"),
            ("codec.encode of plain JSON values", "encode again", "json.dumps(sort_keys)", "json.dumps again"),
            ("codec.encode of plain JSON values", "encode again", "rfc8785.dumps", "rfc8785"),
            ("codec.decode to an account", "decode", "json.loads", "json.loads"),
        )
        rows += [
            Row(
                name=f"{what}, {size}",
                value=times[name],
                unit="µs CPU",
                reference_name=against,
                reference=times[reference],
            )
            for what, name, against, reference in pairs
        ]
    return [Section(name="codec", title="Canonical JSON", rows=rows)]


def _dumps(book: AccountState) -> str:
    """Encode with the standard library alone: dataclasses to dicts, amounts and instants by a default."""
    value: dict[str, Any] = asdict(book)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
