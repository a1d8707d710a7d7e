"""What an account on paper and a live one are held to, and what would make the second like the first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from infra.riskctl.errors import CliError
from infra.riskctl.limits import limit_text, plain_limits
from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.account.venue_groups import exchange_of
from riskgate.core.limits import Limits, list_loosened
from riskgate.core.scenario import StressScenario
from riskgate.schemas.codec import encode
from riskgate.schemas.http.requests.limits import LimitsChange

NOTHING = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing that would be another; `verdict` is looser or tighter for a limit, new or changed otherwise."""

    part: str
    name: str
    now: str
    then: str
    verdict: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What an account is held to: everything that a person set for it, and nothing that happened to it."""

    base_currency: str
    venues: tuple[Venue, ...]
    sectors: Mapping[str, str]
    aliases: Mapping[str, Any]
    scenarios: Mapping[str, StressScenario]
    limits: Limits


@dataclass(frozen=True, kw_only=True, slots=True)
class Promotion:
    """What the live account would be held to, and each change that this takes.

    `equity` is in base currency. The bodies are those of the API's routes, None where nothing of theirs changes.
    """

    is_new: bool
    equity: Decimal
    wanted: Settings
    changes: tuple[Change, ...]
    registration: dict[str, Any] | None
    limits: dict[str, Any] | None
    scenarios: dict[str, Any] | None


def read_settings(snapshot: Snapshot) -> Settings | None:
    """Return what an account is held to; None where it is not registered."""
    state = snapshot.state
    if state is None:
        return None
    if snapshot.limits is None:
        raise CliError(f"the account {state.account_id} has no limits: riskctl audit verify")
    return Settings(
        base_currency=state.base_currency,
        venues=state.venues,
        sectors=state.sectors,
        aliases=state.asset_aliases,
        scenarios=state.stress_scenarios,
        limits=snapshot.limits.limits,
    )


def read_account(store: Any, account_id: str) -> tuple[AccountState | None, Settings | None]:
    """Read an account and what it is held to; None twice where it is not registered."""
    snapshot = store.read(ReadRequest(account_id=account_id))
    return snapshot.state, read_settings(snapshot)


def plan_promotion(
    paper: Settings,
    live: Settings | None,
    *,
    keys: Mapping[str, str],
    overrides: LimitsChange | None,
    equity: Decimal,
) -> Promotion:
    """Return what makes `live` (None: not registered yet) like `paper`.

    `keys` are names of secrets by venue. `overrides` are limits that are to be others than on paper. Raises CliError:
    the first account is not on paper, the second could not trade what was tried, or is on paper itself.
    """
    if any(venue.paper_account is None for venue in paper.venues):
        raise CliError("the first account is not on paper: its venues would have to fill there")
    if live is not None and live.base_currency != paper.base_currency:
        raise CliError(f"one account counts in {paper.base_currency}, the other in {live.base_currency}")
    limits = overrides.apply_to(paper.limits) if overrides is not None else paper.limits
    venues = _join_venues(paper.venues, live.venues if live is not None else (), keys)
    wanted = replace(paper, venues=venues, limits=limits)
    before = live if live is not None else _nothing(paper.base_currency)
    described = (*_compare_venues(before, wanted), *_compare_names(before, wanted))
    if live is None:
        money = f"{equity:f} {paper.base_currency}"
        described = (Change(part="account", name="equity", now=NOTHING, then=money, verdict="new"), *described)
    held = tuple(_compare_limits(before.limits, limits))
    tried = tuple(_compare("scenario", before.scenarios, wanted.scenarios))
    return Promotion(
        is_new=live is None,
        equity=equity,
        wanted=wanted,
        changes=(*described, *held, *tried),
        registration=_registration(wanted, equity) if described else None,
        limits={change.name: plain_limits(limits)[change.name] for change in held} if held else None,
        scenarios={"scenarios": [_document(one) for _, one in sorted(wanted.scenarios.items())]} if tried else None,
    )


def _nothing(base_currency: str) -> Settings:
    """Return what an account is held to that was registered just now, without its venues."""
    return Settings(base_currency=base_currency, venues=(), sectors={}, aliases={}, scenarios={}, limits=Limits())


def _join_venues(paper: tuple[Venue, ...], live: tuple[Venue, ...], keys: Mapping[str, str]) -> tuple[Venue, ...]:
    """Return the live account's venues with those that were tried on paper, each with a key."""
    known, tried = {venue.venue: venue for venue in live}, {venue.venue: venue for venue in paper}
    if more := sorted(set(keys) - set(known) - set(tried)):
        raise CliError(f"neither account has a venue {more[0]}")
    joined = []
    for name in dict.fromkeys([*known, *tried]):
        venue = known.get(name) or replace(tried[name], secret_name=None)
        if name in tried and venue.market_type is not tried[name].market_type:
            raise CliError(f"{name} is {tried[name].market_type.value} on paper and {venue.market_type.value} live")
        if venue.paper_account is not None:
            raise CliError("the second account is on paper itself: a live one has a log of its own")
        if venue.key_secret is not None and keys.get(name, venue.key_secret) != venue.key_secret:
            raise CliError(f"{name} has another key: riskctl venue rotate changes it")
        secret = venue.key_secret or keys.get(name)
        if secret is None:
            raise CliError(f"{name} has no key: pass --key {name}=SECRET with the name of its secret")
        joined.append(replace(venue, secret_name=secret, group=venue.group or exchange_of(name)))
    return tuple(joined)


def _compare_venues(before: Settings, wanted: Settings) -> Iterator[Change]:
    known = {venue.venue: venue for venue in before.venues}
    for venue in wanted.venues:
        now, then = _venue_text(known.get(venue.venue)), _venue_text(venue)
        if now != then:
            verdict = "changed" if venue.venue in known else "new"
            yield Change(part="venue", name=venue.venue, now=now, then=then, verdict=verdict)


def _venue_text(venue: Venue | None) -> str:
    if venue is None:
        return NOTHING
    return f"{venue.market_type.value}, {venue.key_secret or 'no key'}, group {venue.group or exchange_of(venue.venue)}"


def _compare_names(before: Settings, wanted: Settings) -> Iterator[Change]:
    yield from _compare("sector", before.sectors, wanted.sectors)
    yield from _compare("alias", before.aliases, wanted.aliases)


def _compare(part: str, before: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted({**before, **wanted}):
        now, then = _text(before.get(name)), _text(wanted.get(name))
        if now != then:
            verdict = "new" if name not in before else "changed" if name in wanted else "gone"
            yield Change(part=part, name=name, now=now, then=then, verdict=verdict)


def _compare_limits(before: Limits, wanted: Limits) -> Iterator[Change]:
    loosened, now, then = list_loosened(before, wanted), plain_limits(before), plain_limits(wanted)
    for name in now:
        if now[name] != then[name]:
            verdict = "looser" if name in loosened else "tighter"
            yield Change(
                part="limit", name=name, now=limit_text(now[name]), then=limit_text(then[name]), verdict=verdict
            )


def _registration(wanted: Settings, equity: Decimal) -> dict[str, Any]:
    return {
        "base_currency": wanted.base_currency,
        "venues": [
            {
                "venue": venue.venue,
                "market_type": venue.market_type.value,
                "secret_name": venue.secret_name,
                "group": venue.group,
            }
            for venue in wanted.venues
        ],
        "sectors": dict(wanted.sectors),
        "initial_equity": equity,
        "asset_aliases": {name: _document(alias) for name, alias in wanted.aliases.items()},
    }


def _document(value: Any) -> Any:
    return json.loads(encode(value))


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or NOTHING
    return json.dumps({name: part for name, part in _document(value).items() if name != "name"})
