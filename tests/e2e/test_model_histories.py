"""What the local stack stands on: each request of a sample of the simulation's histories gets the model's answer from its tables."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.swarm import WHOLE_EVERY
from tests.simulation.watched import assert_same, watch

#: One in ten is whole. A token of a transaction names one request for ten minutes.
SEEDS = range(910_000, 910_010)


@pytest.mark.parametrize("seed", SEEDS)
def test_history_when_its_requests_go_to_the_emulator_then_each_answer_and_all_items_are_the_models(
    stack: dict[str, Any], seed: int
) -> None:
    asked = assert_same(watch(seed), stack["aws_endpoint_url"])
    assert seed % WHOLE_EVERY or asked["TransactWriteItems"] > 3 < asked["BatchGetItem"]
