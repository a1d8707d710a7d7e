"""Run the simulated exchange: `python -m infra.simulators.exchange --port N`."""

import argparse
import logging
from decimal import Decimal
from pathlib import Path

from .binance import Binance
from .clock import Clock
from .closes import ClosePath
from .control_bodies import read_instant
from .gateway import Gateway
from .protocols import PROTOCOLS
from .server import ExchangeServer
from .venue import Venue, VenueConfig

CLOSES = Path(__file__).resolve().parents[2] / "local" / "data" / "daily_closes.csv"
PATH_START = "2022-01-01"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.simulators.exchange", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="loopback port, 0 for a free one")
    parser.add_argument("--protocol", choices=sorted(PROTOCOLS), default="binance", help="which venue it is")
    parser.add_argument("--listing-lag-ms", type=int, default=0, help="Bybit lists an order so long after accepting it")
    parser.add_argument("--programs-apart", action="store_true", help="weigh each User-Agent as an address of its own")
    parser.add_argument("--closes", type=Path, default=CLOSES, help="CSV of daily closes")
    parser.add_argument("--path-start", type=read_instant, default=read_instant(PATH_START), help="date on the path")
    parser.add_argument("--path-speed", type=Decimal, default=Decimal(1), help="0 pauses the path")
    parser.add_argument("--frozen-at", type=read_instant, help="freeze the clock at this instant")
    parser.add_argument("--verbose", action="store_true", help="log every request's path")
    return parser.parse_args()


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    arguments = _arguments()
    logging.basicConfig(level=logging.DEBUG if arguments.verbose else logging.INFO)
    protocol = PROTOCOLS[arguments.protocol]()
    if isinstance(protocol, Binance):
        protocol.programs_apart = arguments.programs_apart
    config = VenueConfig(
        closes=ClosePath.from_csv(arguments.closes),
        clock=Clock(frozen_at_ms=arguments.frozen_at),
        path_start_ms=arguments.path_start,
        path_speed=arguments.path_speed,
        customs=protocol.customs,
        instruments=protocol.instruments,
        listing_lag_ms=arguments.listing_lag_ms,
    )
    ExchangeServer(Gateway(Venue(config), protocol), arguments.port).run()


if __name__ == "__main__":
    main()
