"""What every test gets: no real AWS, no network beyond this machine."""

import gc
import os
from pathlib import Path

import pytest

from tests.support.folders import is_within
from tests.support.hypothesis_profiles import FULL

TESTS = Path(__file__).parent

# No test may reach another AWS account or depend on this machine's profile.
os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
)
for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Close the network: wholly for unit tests, beyond this machine for all others; leave long runs to `make check`."""
    if not FULL and "long" not in config.option.markexpr:
        long = {item for item in items if item.get_closest_marker("long")}
        config.hook.pytest_deselected(items=list(long))
        items[:] = [item for item in items if item not in long]
    unit, e2e = TESTS / "unit", TESTS / "e2e"
    for item in items:
        if is_within(item.path, unit):
            item.add_marker(pytest.mark.disable_socket)
        else:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "::1"]))
        if is_within(item.path, e2e):
            item.add_marker(pytest.mark.e2e)
            # One worker runs them all, so that there is one stack.
            item.add_marker(pytest.mark.xdist_group("e2e"))


def pytest_collection_finish() -> None:
    """Leave what was imported and collected, half a gigabyte, out of each later search for garbage."""
    gc.collect()
    gc.freeze()
