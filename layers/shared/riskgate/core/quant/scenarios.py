"""Scenarios: a shock per asset, per sector and overall, and how much of a book each of them covers."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from riskgate.core.quant.border import to_statistic
from riskgate.core.quant.stress_book import StressBook
from riskgate.core.risk.report import ScenarioCoverage
from riskgate.core.scenario import FIATS, STABLECOIN_SECTOR, STABLECOINS, StressScenario


class ShockSource(StrEnum):
    """Where an asset's shock came from."""

    OWN = "own"
    SECTOR = "sector"
    DEFAULT = "default"
    CASH = "cash"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """A joint move of prices (simple returns, fractions, at least -1), with the spread to get out at.

    Cash (fiat, stablecoins) never takes the default shock: it moves only by a shock of its own or of the sector
    ``stablecoin``.
    """

    name: str
    shocks: Mapping[str, float] = field(default_factory=dict)
    sector_shocks: Mapping[str, float] = field(default_factory=dict)  # for assets without a shock of their own
    default_shock: float  # for assets with neither
    spread_multiplier: float | None = None  # close everything at half this multiple of the spread; None: hold
    source: str = ""  # where the numbers come from

    def __post_init__(self) -> None:
        """Refuse shocks that are no returns."""
        every = [*self.shocks.values(), *self.sector_shocks.values(), self.default_shock]
        if not all(math.isfinite(shock) and shock >= -1.0 for shock in every):
            raise ValueError("a shock is a simple return: finite and at least -1")
        multiplier = self.spread_multiplier
        if multiplier is not None and not (math.isfinite(multiplier) and multiplier >= 0.0):
            raise ValueError("spread_multiplier must be finite and not negative")
        if not self.name:
            raise ValueError("a scenario needs a name")

    @classmethod
    def of(cls, stored: StressScenario, *, name: str | None = None) -> "Scenario":
        """Make the scenario an account stores; it resolves every asset as the stored one does."""
        return cls(
            name=name or stored.name,
            shocks={asset: float(shock) for asset, shock in stored.shocks.items()},
            sector_shocks={sector: float(shock) for sector, shock in stored.sector_shocks.items()},
            default_shock=float(stored.default_shock),
            source="user-defined",
        )

    def resolve(self, asset: str, sector: str = "") -> tuple[float, ShockSource]:
        """Resolve an asset's shock and its source: its own, its sector's, the default; cash as the class says."""
        if asset in self.shocks:
            return self.shocks[asset], ShockSource.OWN
        if asset in STABLECOINS and STABLECOIN_SECTOR in self.sector_shocks:
            return self.sector_shocks[STABLECOIN_SECTOR], ShockSource.SECTOR
        if asset in STABLECOINS or asset in FIATS:
            return 0.0, ShockSource.CASH
        if sector in self.sector_shocks:
            return self.sector_shocks[sector], ShockSource.SECTOR
        return self.default_shock, ShockSource.DEFAULT


def compute_coverage(
    book: StressBook, sources: Iterable[ShockSource], *, assumed_spread_keys: tuple[str, ...] = ()
) -> ScenarioCoverage:
    """Compute how a scenario covers a book; `sources` tell where each position's shock came from."""
    gross = dict.fromkeys(ShockSource, 0.0)
    assets: dict[ShockSource, set[str]] = {source: set() for source in ShockSource}
    for position, source in zip(book.positions, sources, strict=True):
        gross[source] += abs(position.value)
        assets[source].add(position.asset)
    total = sum(gross.values())
    if not total:
        return ScenarioCoverage(assumed_spread_keys=assumed_spread_keys)
    share = {source: to_statistic(value / total) for source, value in gross.items()}
    return ScenarioCoverage(
        own_fraction=share[ShockSource.OWN],
        sector_fraction=share[ShockSource.SECTOR],
        default_fraction=share[ShockSource.DEFAULT],
        cash_fraction=share[ShockSource.CASH],
        sector_assets=tuple(sorted(assets[ShockSource.SECTOR])),
        default_assets=tuple(sorted(assets[ShockSource.DEFAULT])),
        assumed_spread_keys=assumed_spread_keys,
    )
