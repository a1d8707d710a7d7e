"""A joint move of prices as an account stores it: exact, named, resolved per asset."""

from dataclasses import dataclass, field
from decimal import Decimal

STABLECOINS = frozenset({"USDT", "USDC", "DAI", "BUSD", "TUSD", "USDP", "FDUSD", "USDE", "PYUSD", "FRAX", "UST"})
FIATS = frozenset({"USD", "EUR", "GBP", "CHF", "JPY", "AUD", "CAD"})
#: Key of the sector shocks that covers stablecoins without a shock of their own.
STABLECOIN_SECTOR = "stablecoin"
#: Most scenarios an account may store: they travel in its document.
OWN_SCENARIOS_MAX = 10
#: Begins the name of an account's own scenario wherever it stands beside the gateway's.
OWN_PREFIX = "own:"


@dataclass(frozen=True, kw_only=True, slots=True)
class StressScenario:
    """A user-defined scenario: simple returns, fractions, at least -1.

    An asset takes its own shock, else its sector's, else the default; cash (fiat, stablecoins) moves only by a
    shock of its own or of the sector ``stablecoin``.
    """

    name: str
    default_shock: Decimal
    shocks: dict[str, Decimal] = field(default_factory=dict)
    sector_shocks: dict[str, Decimal] = field(default_factory=dict)

    def shock_of(self, asset: str, sector: str) -> Decimal:
        """Return the shock of one asset."""
        if asset in self.shocks:
            return self.shocks[asset]
        if asset in STABLECOINS and STABLECOIN_SECTOR in self.sector_shocks:
            return self.sector_shocks[STABLECOIN_SECTOR]
        if asset in STABLECOINS or asset in FIATS:
            return Decimal(0)
        return self.sector_shocks.get(sector, self.default_shock)
