"""Look an exchange account over before it is trusted: can it be reached, does its key do what it should and no more."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from riskgate.app.ports.exchange import Exchange
from riskgate.core.errors import GatewayError, VenueAccessDenied
from riskgate.core.instrument import MarketType
from riskgate.core.venues.model import KeyPermissions

#: A signed request is refused when the clocks differ by more than a few seconds.
SKEW_SECONDS_MAX = Decimal(1)


class Outcome(StrEnum):
    """What a look showed; `UNCHECKED` is what could not be found out, and is not a yes."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    outcome: Outcome
    detail: str


def inspect_venue(exchange: Exchange, *, has_key: bool) -> tuple[Finding, ...]:
    """Return what was found; nothing is changed at the venue. Without a key only the public side is looked at."""
    findings = [_look("status", lambda: _status(exchange)), _look("clock", lambda: _clock(exchange))]
    findings.append(_look("markets", lambda: _markets(exchange)))
    if not has_key:
        return (*findings, Finding(name="key", outcome=Outcome.WARNING, detail="no key: public data only"))
    findings.append(_look("key", lambda: _key(exchange)))
    if exchange.market_type is MarketType.SWAP:
        findings.append(_look("position_mode", lambda: _position_mode(exchange)))
    try:
        rights = exchange.get_key_permissions()
    except GatewayError as error:
        return (*findings, Finding(name="rights", outcome=Outcome.UNCHECKED, detail=_describe(error)))
    return (*findings, *inspect_rights(rights))


def inspect_rights(rights: KeyPermissions) -> tuple[Finding, ...]:
    """Judge what a key may do: it trades, cannot move money, and is bound to IP addresses."""
    expiry = "expiry not reported" if rights.expires_at is None else f"expires {rights.expires_at:%Y-%m-%d}"
    return (
        _right("can_trade", rights.can_trade, wanted=True, yes=f"may trade, {expiry}", no="may not trade"),
        _right("can_withdraw", rights.can_withdraw, wanted=False, yes="MAY WITHDRAW", no="cannot withdraw"),
        _right(
            "can_transfer",
            rights.can_transfer,
            wanted=False,
            yes="may move money between wallets",
            no="cannot move money",
        ),
        _right(
            "ip_restricted",
            rights.ip_restricted,
            wanted=True,
            yes="bound to IP addresses",
            no="works from any IP address",
            otherwise=Outcome.WARNING,
        ),
    )


def _right(
    name: str, has: bool | None, *, wanted: bool, yes: str, no: str, otherwise: Outcome = Outcome.FAILED
) -> Finding:
    if has is None:
        return Finding(name=name, outcome=Outcome.UNCHECKED, detail="the exchange does not say: check there yourself")
    return Finding(name=name, outcome=Outcome.OK if has is wanted else otherwise, detail=yes if has else no)


def _look(name: str, look: Callable[[], tuple[Outcome, str]]) -> Finding:
    try:
        outcome, detail = look()
    except GatewayError as error:
        outcome, detail = Outcome.FAILED, _describe(error)
    return Finding(name=name, outcome=outcome, detail=detail)


def _status(exchange: Exchange) -> tuple[Outcome, str]:
    status = exchange.get_status()
    if status.is_ok is None:
        return Outcome.UNCHECKED, status.detail
    return Outcome.OK if status.is_ok else Outcome.FAILED, status.detail


def _clock(exchange: Exchange) -> tuple[Outcome, str]:
    clock = exchange.get_clock()
    # What the journey of the answer leaves open does not count against the clock.
    certain = max(abs(clock.skew_seconds) - clock.round_trip_seconds / 2, Decimal(0))
    direction = "behind" if clock.skew_seconds > 0 else "ahead of"
    detail = (
        f"ours is {abs(clock.skew_seconds):.3f} s {direction} the exchange's (± {clock.round_trip_seconds / 2:.3f})"
    )
    return Outcome.FAILED if certain > SKEW_SECONDS_MAX else Outcome.OK, detail


def _markets(exchange: Exchange) -> tuple[Outcome, str]:
    count = len(exchange.list_instruments())
    return Outcome.OK if count else Outcome.FAILED, f"{count} {exchange.market_type.value} markets"


def _key(exchange: Exchange) -> tuple[Outcome, str]:
    assets = [balance.asset for balance in exchange.list_balances()]
    exchange.list_open_orders()
    odd = exchange.take_unreadable()
    if odd:
        first = odd[0]
        told = f"{first.kind} {first.row_id or 'without id'} {first.symbol}: {first.detail}"
        return Outcome.WARNING, f"accepted; {len(odd)} rows of its lists cannot be read, the first {told}"
    return Outcome.OK, f"accepted, holds {', '.join(assets[:5]) or 'nothing'}{'...' if assets[5:] else ''}"


def _position_mode(exchange: Exchange) -> tuple[Outcome, str]:
    setup = exchange.get_account_setup()
    # What is open tells a leg also where the venue does not tell its mode.
    exchange.list_positions()
    change = f"change at the exchange {setup.one_way_setting}"
    if setup.is_hedged is None:
        return Outcome.UNCHECKED, f"the exchange does not say: if it is hedge mode, {change}"
    if setup.is_hedged:
        return Outcome.FAILED, f"HEDGE_MODE_UNSUPPORTED: {change}"
    return Outcome.OK, "one-way: one position per market"


def _describe(error: GatewayError) -> str:
    if isinstance(error, VenueAccessDenied):
        return f"the exchange does not accept the key: {error.detail}"
    return f"{error.code}: {error.detail}"
