"""Run the local Bot API: `python -m infra.simulators.telegram --port N --token T`."""

import argparse

from infra.simulators.telegram.bot_api import BotApi
from infra.simulators.telegram.server import TelegramServer

#: Of the form of a real one, and nobody's.
DEFAULT_TOKEN = "1000000001:local-bot-token-that-no-server-knows"  # noqa: S105 for this machine only


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m infra.simulators.telegram", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="loopback port, 0 for a free one")
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the only token that is taken")
    parser.add_argument("--limits", action="store_true", help="refuse what is above Telegram's rates")
    arguments = parser.parse_args()
    TelegramServer(BotApi(token=arguments.token, enforce_limits=arguments.limits), arguments.port).run()


if __name__ == "__main__":
    main()
