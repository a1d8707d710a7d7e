"""The sector map as it ships."""

from __future__ import annotations

import re

from riskgate.adapters.sector_map import load_sectors
from riskgate.core.scenario import FIATS, STABLECOIN_SECTOR, STABLECOINS
from riskgate.schemas.patterns import ASSET_PATTERN, LABEL_PATTERN

ASSETS_MIN = 150


def test_sector_map_when_loaded_then_common_assets_have_one_sector_each() -> None:
    sectors = load_sectors()
    assert len(sectors) >= ASSETS_MIN
    assert (sectors["BTC"], sectors["ETH"], sectors["UNI"]) == ("store-of-value", "smart-contracts", "defi")
    assert all(re.fullmatch(ASSET_PATTERN, asset) and re.fullmatch(LABEL_PATTERN, sectors[asset]) for asset in sectors)


def test_sector_map_when_it_names_stablecoins_then_as_the_stress_scenarios_do() -> None:
    sectors = load_sectors()
    assert {asset for asset in STABLECOINS if sectors.get(asset) != STABLECOIN_SECTOR} == set()
    assert not FIATS & sectors.keys()
