"""Historical scenarios from real closes, their headline alternatives, and the simple hypothetical ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from riskgate.core.quant.scenarios import Scenario
from riskgate.core.scenario import FIATS, STABLECOIN_SECTOR, STABLECOINS

LIQUIDITY_SPREAD_MULTIPLIER = 10.0
DEPEG_FRACTION = 0.10
"""Depth of a depeg: USDC traded near 0.88 on 11 March 2023 and closed that day at 0.97."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Headline:
    """A crash as people remember it, to set beside the closes."""

    anchor: str  # asset the headline names
    shock: float  # its simple return, fraction
    is_market_wide: bool  # every other coin falls at least as much as the anchor
    text: str


HEADLINES: dict[str, Headline] = {
    "march_2020_crash": Headline(anchor="BTC", shock=-0.60, is_market_wide=True, text="BTC -60 % in a week"),
    "may_2021_crash": Headline(anchor="BTC", shock=-0.50, is_market_wide=True, text="BTC -50 % in a month"),
    "terra_luna_may_2022": Headline(anchor="LUNA", shock=-0.99, is_market_wide=False, text="LUNA -99 % in 48 hours"),
    "ftx_nov_2022": Headline(anchor="BTC", shock=-0.25, is_market_wide=True, text="market panic, -25 %"),
}


def load_historical_scenarios(
    document: Mapping[str, Any], *, sectors: Mapping[str, str] | None = None
) -> tuple[Scenario, ...]:
    """Make the scenarios of each historical event in a document of shocks (`historical_shocks`), in its order.

    For every event: ``<event>`` (the same two dates for all assets: a joint move that happened),
    ``<event>_conservative`` (each asset's own deepest fall inside the window: an upper bound) and, for
    the events people quote, ``<event>_headline`` (the anchor as quoted; where it was market-wide every
    other coin at least as much, or its own worse fall). Assets without history take the median of
    their sector, and without that the event's own default (the median of all coins but the anchor).

    Gains of stablecoins are set to 0: the one-day premiums of March 2020 are a vendor's prints, and
    cash must not look like a hedge in a crash. Their losses stay, the worst one as sector default.
    """
    scenarios: list[Scenario] = []
    for event, content in document.items():
        if event.startswith("_"):
            continue
        default = float(content["suggested_DEFAULT"])
        joint = _clean_shocks(content["shocks"])
        worst = _clean_shocks(content["shocks_conservative"])
        source = f"{content.get('definition', '')} {content.get('source', '')}".strip()
        scenarios.append(_make(event, joint, default, sectors, source))
        worst_default = median([s for a, s in worst.items() if a not in STABLECOINS] or [default])
        worst_source = str(content.get("shocks_conservative_definition", source))
        scenarios.append(_make(f"{event}_conservative", worst, min(default, worst_default), sectors, worst_source))
        headline = HEADLINES.get(event)
        if headline is not None:
            scenarios.append(_make_headline(event, headline, joint, default, sectors))
    return tuple(scenarios)


def _clean_shocks(shocks: Mapping[str, float]) -> dict[str, float]:
    """Read an event's shocks; stablecoins do not gain."""
    return {asset: min(float(shock), 0.0) if asset in STABLECOINS else float(shock) for asset, shock in shocks.items()}


def _make(
    name: str, shocks: dict[str, float], default: float, sectors: Mapping[str, str] | None, source: str
) -> Scenario:
    """Make a scenario with the median of each sector as its default."""
    members: dict[str, list[float]] = {}
    for asset, shock in shocks.items():
        sector = (sectors or {}).get(asset)
        if sector is not None and asset not in STABLECOINS:
            members.setdefault(sector, []).append(shock)
    sector_shocks = {sector: median(values) for sector, values in members.items()}
    stable = [shock for asset, shock in shocks.items() if asset in STABLECOINS]
    if stable:
        sector_shocks[STABLECOIN_SECTOR] = min(stable)
    return Scenario(name=name, shocks=shocks, sector_shocks=sector_shocks, default_shock=default, source=source)


def _make_headline(
    event: str,
    headline: Headline,
    joint: dict[str, float],
    default: float,
    sectors: Mapping[str, str] | None,
) -> Scenario:
    shocks = dict(joint)
    if headline.is_market_wide:
        default = min(default, headline.shock)
        shocks = {a: s if a in STABLECOINS else min(s, headline.shock) for a, s in joint.items()}
    shocks[headline.anchor] = headline.shock
    return _make(f"{event}_headline", shocks, default, sectors, headline.text)


def make_liquidity_scenario() -> Scenario:
    """Make the scenario of a market that dried up: prices stand, everything is closed at a wide spread."""
    return Scenario(
        name="liquidity_gone",
        default_shock=0.0,
        spread_multiplier=LIQUIDITY_SPREAD_MULTIPLIER,
        source=f"hypothetical: every position closed at half of {LIQUIDITY_SPREAD_MULTIPLIER:g} times its spread",
    )


def make_depeg_scenario(stablecoin: str) -> Scenario:
    """Make the scenario of one stablecoin that loses its peg; other assets stand still.

    Balances of it, collateral in it and swaps settled in it move. Raises ValueError if the name is no stablecoin or
    currency.
    """
    if stablecoin not in STABLECOINS | FIATS:
        raise ValueError(f"{stablecoin} is not a known stablecoin")
    return Scenario(
        name=f"depeg_{stablecoin.lower()}",
        shocks={stablecoin: -DEPEG_FRACTION},
        default_shock=0.0,
        source=f"hypothetical: {stablecoin} {DEPEG_FRACTION:.0%} below its peg",
    )
