"""What the simulation stands on: each request of its histories, asked of Amazon's DynamoDB Local too, gets the same answer.

Faults and crashes included: those are the clients' (ADR 0082). At the end both hold the same items. Of the emulator's
tables the same is asked in `tests/e2e/test_model_histories.py`.
"""

from __future__ import annotations

import pytest

from tests.simulation.swarm import WHOLE_EVERY
from tests.simulation.watched import assert_same, watch
from tests.support.hypothesis_profiles import share

#: Seeds of the simulation; other ones than its own tests run. A token of a transaction names one request for ten minutes.
SEEDS = range(900_001, 900_001 + share(40))


@pytest.mark.parametrize("seed", SEEDS)
def test_history_when_its_requests_go_to_the_engine_then_each_answer_and_all_items_are_the_models(
    endpoint: str, seed: int
) -> None:
    asked = assert_same(watch(seed), endpoint)
    assert seed % WHOLE_EVERY or asked["TransactWriteItems"] > 3 < asked["BatchGetItem"]
