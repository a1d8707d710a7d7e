"""The sector map that ships with the package: which part of the market an asset belongs to."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def load_sectors() -> Mapping[str, str]:
    """Return the sector of each classified asset. Raises ValueError: the file puts an asset into two sectors."""
    document = json.loads(files("riskgate").joinpath("data", "sectors.json").read_text(encoding="utf-8"))
    pairs = [(asset, sector) for sector, assets in document["sectors"].items() for asset in assets]
    sectors = dict(pairs)
    if len(sectors) != len(pairs):
        raise ValueError("the sector map names an asset twice")
    return sectors
