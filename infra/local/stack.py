"""Start and stop the local stack, or only build it: ``python -m infra.local.stack up|down|build``."""

import argparse
import shutil
import sys
import time
from typing import Any

from infra.local import deployment, emulator, processes
from infra.local import serve_exchange as venue
from infra.local import serve_telegram as messenger
from infra.local.seed.bootstrap import bootstrap
from infra.local.settings import LocalError, Settings, load_settings


def up(settings: Settings) -> dict[str, Any]:
    """Bring the stack up to date and return what ``stack.json`` says; safe to call again."""
    started_at = time.monotonic()
    started = emulator.ensure_running(settings)
    _say(f"emulator {'started' if started else 'runs'} on {settings.endpoint_url}", started_at)
    try:
        for name, server in {"exchange": venue, "telegram": messenger}.items():
            new = server.ensure_running(settings)
            _say(f"{name} {'started' if new else 'runs'} on {server.url_of(settings)}", started_at)
        outputs, deployed = deployment.ensure_deployed(settings)
        _say(f"template {'deployed' if deployed else 'unchanged'}", started_at)
        stack = bootstrap(settings, outputs)
    except BaseException:
        if started:
            down(settings)
        raise
    _say(f"ready: {stack['api_url']} ({settings.stack_file})", started_at)
    _say(f"live page: {stack['api_url']}/dashboard (sign in with the admin token of that file)", started_at)
    return stack


def down(settings: Settings) -> None:
    """Stop every process of the stack and remove what only a running stack needs."""
    for name in processes.list_names(settings):
        processes.stop(settings, name)
    settings.stack_file.unlink(missing_ok=True)
    settings.deployed_fingerprint_file.unlink(missing_ok=True)
    for folder in (settings.temporary_dir, settings.run_dir, settings.state_dir / "ministack"):
        shutil.rmtree(folder, ignore_errors=True)


def _say(text: str, started_at: float) -> None:
    sys.stdout.write(f"[{time.monotonic() - started_at:5.1f} s] {text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(description="The local stack of the risk gateway.")
    parser.add_argument("command", choices=["up", "down", "build"])
    command = parser.parse_args().command
    try:
        settings = load_settings()
        if command == "up":
            up(settings)
        elif command == "build":
            deployment.ensure_built(settings)
        else:
            down(settings)
    except LocalError as error:
        sys.stderr.write(f"{command}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
