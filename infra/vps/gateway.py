"""The local stack in the foreground, as a container or a unit of systemd runs it: ``python -m infra.vps.gateway``.

It starts anew each time: what an earlier run left is removed, for the emulator keeps its state in memory. Before it
stands a server that passes on the gateway's routes alone.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import httpx

from infra.local import processes, stack
from infra.local.seed.tokens import GRANTS, adopt_token
from infra.local.settings import API_STAGE, HOST, LocalError, Settings, inherited_environment, load_settings

NAME = "front"
TEMPLATE = Path(__file__).with_name("nginx.conf")
DEFAULT_PORT = 8080
#: Tokens from files end after a month like all of the stack; they are stored anew long before.
ADOPT_SECONDS = 24 * 60 * 60
LOOK_SECONDS = 2.0
#: Where each may be, and who may read it: one token a file, named as its grant.
TOKENS_DIR = "RISKGATE_TOKENS_DIR"


def run(settings: Settings) -> int:
    """Start everything and stay until told to end (0) or until a part of it has ended (1)."""
    stack.down(settings)
    try:
        described = stack.up(settings)
        _adopt(settings, described)
        start_front(settings, described["api_url"])
        sys.stdout.write(f"serving {described['api_url']} at port {read_port()}\n")
        return _watch(settings, described)
    finally:
        stack.down(settings)


def start_front(settings: Settings, api_url: str) -> None:
    """Start the server before the API; LocalError when it does not answer."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    folder = settings.state_dir / NAME
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = folder / "nginx.conf"
    config.write_text(render(folder, api_url), encoding="utf-8")
    processes.start(
        settings,
        NAME,
        [nginx, "-e", "stderr", "-c", str(config)],
        port=read_port(),
        environment=inherited_environment(),
        is_ready=is_alive,
    )


def render(folder: Path, api_url: str) -> str:
    """Return nginx's configuration; it writes below `folder` alone."""
    text = TEMPLATE.read_text(encoding="utf-8")
    api = api_url.removesuffix(f"/{API_STAGE}")
    values = {"folder": str(folder), "address": read_address(), "port": str(read_port()), "api": api}
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text


def read_address() -> str:
    """Return where to listen: everywhere in a container, whose ports are published on 127.0.0.1 alone; else there."""
    return os.environ.get("RISKGATE_FRONT_ADDRESS") or HOST


def read_port() -> int:
    """Return the port to listen at."""
    return int(os.environ.get("RISKGATE_FRONT_PORT") or DEFAULT_PORT)


def is_alive() -> bool:
    """Tell whether the gateway answers through all that stands before it."""
    try:
        answer = httpx.get(f"http://{HOST}:{read_port()}/v1/health", timeout=8, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def read_tokens(folder: str | None) -> dict[str, str]:
    """Return the tokens that the folder has a file for, by the grant each is for."""
    if not folder:
        return {}
    files = {name: Path(folder) / name for name in GRANTS}
    return {name: path.read_text(encoding="ascii").strip() for name, path in files.items() if path.is_file()}


def _adopt(settings: Settings, described: Mapping[str, Any]) -> None:
    for name, text in read_tokens(os.environ.get(TOKENS_DIR)).items():
        adopt_token(settings, described["tables"]["control"], name, text, datetime.now(UTC))


def _watch(settings: Settings, described: Mapping[str, Any]) -> int:
    adopted_at = time.monotonic()
    while True:
        time.sleep(LOOK_SECONDS)
        gone = [name for name in processes.list_names(settings) if not processes.is_running(settings, name)]
        if gone:
            sys.stderr.write(f"{', '.join(gone)} ended; see {settings.log_dir}\n")
            return 1
        if time.monotonic() - adopted_at > ADOPT_SECONDS:
            _adopt(settings, described)
            adopted_at = time.monotonic()


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)


def main() -> int:
    """Run, or tell whether one runs; return the exit code."""
    parser = argparse.ArgumentParser(description="The local stack in the foreground.")
    parser.add_argument("--is-alive", action="store_true", help="Exit code 0 when the gateway answers.")
    if parser.parse_args().is_alive:
        return 0 if is_alive() else 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    try:
        return run(load_settings())
    except LocalError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
