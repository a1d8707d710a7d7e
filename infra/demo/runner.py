"""Run the demo on a stack of its own, or on one that is named; stop what was started."""

import argparse
import json
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from infra.demo.bot_day import BotDay
from infra.demo.controls import Controls
from infra.demo.exchange_day import ExchangeDay
from infra.demo.phone import Phone
from infra.demo.screen import Screen
from infra.demo.story import tell_story
from infra.demo.trader import StoryBroken
from infra.local import stack as local_stack
from infra.local.bots.freqtrade import BotFailed
from infra.local.processes import is_port_open
from infra.local.settings import ROOT, LocalError, Settings, load_settings
from infra.riskctl.errors import CliError, to_cli_error
from infra.riskctl.session import Session
from infra.riskctl.target import Connection
from infra.simulators.exchange.client import ControlClient
from riskgate.core.errors import GatewayError

#: The demo's ports begin above those of `make up`; a taken one moves it further.
PORT_OFFSET = 40
PORTS_PER_STACK = 10
PORT_TRIES = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return 0 only if everything in it came out as it should."""
    parser = argparse.ArgumentParser(prog="python -m infra.demo", description=__doc__)
    parser.add_argument("--stack-file", type=Path, help="play on this running stack instead of one of its own")
    stack_file = parser.parse_args(arguments).stack_file
    # make ends its children with SIGTERM; the stack must be stopped then too.
    signal.signal(signal.SIGTERM, _stop)
    try:
        if stack_file is not None:
            play(stack_file)
        else:
            with own_stack() as own:
                play(own)
        sys.stdout.write(f"\n{point_to_page(stack_file or load_settings().stack_file)}\n")
    except (StoryBroken, BotFailed) as broken:
        return _fail(f"the story broke: {broken}")
    except CliError as error:
        return _fail(error.message)
    except GatewayError as error:
        return _fail(to_cli_error(error).message)
    except (LocalError, ClientError, BotoCoreError) as error:
        return _fail(str(error))
    return 0


def point_to_page(stack_file: Path) -> str:
    """Return where the live page is: that of the stack that a file describes, or how to start one that stays."""
    if not stack_file.exists():
        return "To look around yourself: `make up` starts a stack that stays, and ends with its live page's address."
    address = json.loads(stack_file.read_text(encoding="utf-8"))["api_url"]
    return f"The live page of the running stack: {address}/dashboard (sign in with the admin token of {stack_file})"


def play(stack_file: Path) -> None:
    """Tell the story on a running stack: the bot's week, the exchange's side, and bots that nobody rewrote."""
    session, screen = Session(Connection(stack_file=stack_file)), Screen()
    tell_story(session, screen)
    stack = json.loads(stack_file.read_text(encoding="utf-8"))
    port = urlsplit(stack["aws_endpoint_url"]).port
    if port is None:
        raise LocalError("the second and the third act need a local stack")
    settings = Settings(state_dir=stack_file.parent, port_base=port)

    def controls(name: str) -> Controls:
        """Return the operator of an account made for one act."""
        codes, account = session.codes(None), f"{name}-{uuid4().hex[:8]}"
        return Controls(api=session.api, aws=session.aws, codes=codes, account_id=account)

    ExchangeDay(
        controls=controls("exchange"),
        settings=settings,
        functions=stack["functions"],
        exchange=ControlClient(stack["exchange_url"]),
        phone=Phone(url=stack["telegram_url"], screen=screen),
        screen=screen,
    ).play()
    BotDay(
        controls=controls("bots"),
        settings=settings,
        functions=stack["functions"],
        front_door_url=stack["front_door_url"],
        screen=screen,
    ).play()


@contextmanager
def own_stack() -> Iterator[Path]:
    """Start a stack in a folder and on ports of its own; stop it whatever happens. A failure leaves its logs."""
    settings = Settings(state_dir=ROOT / ".local" / "demo", port_base=_find_port_base())
    try:
        local_stack.up(settings)
        yield settings.stack_file
    finally:
        local_stack.down(settings)
    shutil.rmtree(settings.state_dir, ignore_errors=True)


def _find_port_base() -> int:
    first = load_settings().port_base + PORT_OFFSET
    for base in range(first, first + PORT_TRIES * PORTS_PER_STACK, PORTS_PER_STACK):
        if not any(is_port_open(port) for port in range(base, base + PORTS_PER_STACK)):
            return base
    raise LocalError(f"no free ports from {first} on; set PORT_BASE")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def _fail(message: str) -> int:
    sys.stderr.write(f"demo: {message}\n")
    return 1
