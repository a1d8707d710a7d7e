"""What the venue lists: pairs in USDT and USDC, perpetuals settled in either."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from infra.simulators.exchange.instruments import Instrument, Market, default_instruments

_USDC_BASES = ("BTC", "ETH")
_NOTIONAL_MIN = Decimal(5)


def _listed() -> Iterator[Instrument]:
    for instrument in default_instruments().values():
        yield replace(instrument, notional_min=_NOTIONAL_MIN) if instrument.quote == "USDT" else instrument


def _settled_in_usdc(listed: dict[tuple[Market, str], Instrument]) -> Iterator[Instrument]:
    for base in _USDC_BASES:
        yield replace(listed["spot", f"{base}USDT"], symbol=f"{base}USDC", quote="USDC")
        yield replace(listed["swap", f"{base}USDT"], symbol=f"{base}PERP", quote="USDC")


def bybit_instruments() -> dict[tuple[Market, str], Instrument]:
    """Build the catalogue by (market, symbol); a contract's quote is what it settles in."""
    listed = {instrument.key: instrument for instrument in _listed()}
    return listed | {instrument.key: instrument for instrument in _settled_in_usdc(listed)}
