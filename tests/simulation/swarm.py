"""Most histories are small: few actors, few steps, few kinds of faults, but those often.

Where everything happens at once, much of it hides the rest: a full queue keeps a repetition from meeting a crash, an
engaged switch keeps orders from being sent. Leaving most of it out at random finds more in the same time (Groce et al.,
"Swarm testing", ISSTA 2012), and what fails is small already. Every so manieth history has everybody in it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.faults import RATES

if TYPE_CHECKING:
    from tests.simulation.actors import Actor

#: Every so manieth history is whole.
WHOLE_EVERY = 20
#: How likely an actor is in a small history, and how many steps each takes at most.
PRESENT, OTHERS_PRESENT, STEPS = {"bot0": 0.8, "perp0": 0.3, "perpmarket": 0.4}, 0.2, (1, 1, 2, 2, 3, 5)
#: Who has to meet where commits are slow: both with all their steps.
MEETING = frozenset({"bot0", "operator"})
#: In so many histories with leverage, whoever trades with it and the market have all their steps.
MARGIN_MEETS, MARGIN_MEETING = 0.3, frozenset({"perp0", "perpmarket"})
#: How likely a kind of fault is in a small history, and how much more often than in a whole one it happens.
KINDS, OFTENER = 0.4, 2.0


@dataclass(frozen=True, kw_only=True)
class Swarm:
    """What a small history leaves out, by its seed."""

    seed: int
    is_small: bool
    without: frozenset[str]
    scale: float

    def choose(self, actors: Sequence[Actor], *, meeting: bool, releasing: bool) -> list[Actor]:
        """Return who is in a history: at least one, with few steps; with `meeting` bot and operator with all of theirs.

        Half of those in which a release rolls have everybody: what one build wrote has to be read by the other.
        """
        if not self.is_small or (releasing and self._dice("release").random() < 0.5):
            return [*actors]
        able = [actor for actor in actors if actor.steps]
        meets = MEETING if meeting else frozenset()
        meets |= MARGIN_MEETING if self._dice("margin").random() < MARGIN_MEETS else frozenset()
        chosen = [actor for actor in able if self.has(actor.name) or actor.name in meets]
        chosen = chosen or able[:1]
        for actor in chosen:
            if actor.name not in meets:
                actor.steps = min(actor.steps, self._dice(f"{actor.name}/steps").choice(STEPS))
        return chosen

    def has(self, name: str) -> bool:
        """Tell whether an actor may be in a history."""
        return not self.is_small or self._dice(name).random() < PRESENT.get(name, OTHERS_PRESENT)

    def _dice(self, name: str) -> random.Random:
        # Of its own for each: leaving one actor out leaves the others as they were.
        return random.Random(f"{self.seed}/swarm/{name}")  # noqa: S311 a simulation's dice


def draw_swarm(seed: int) -> Swarm:
    """Return what is left out of a history."""
    if seed % WHOLE_EVERY == 0:
        return Swarm(seed=seed, is_small=False, without=frozenset(), scale=1.0)
    dice = random.Random(f"{seed}/swarm/faults")  # noqa: S311 a simulation's dice
    without = frozenset(kind for kind in RATES if dice.random() >= KINDS)
    return Swarm(seed=seed, is_small=True, without=without, scale=OFTENER)
