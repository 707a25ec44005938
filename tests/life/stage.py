"""Where a life takes place, and what its steps have in common."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.life.clients import Client
from tests.life.told import judge
from tests.life.world import World

PICKS: Final = st.integers(0, 999)
"""Which one of several: the several are those that there are when it happens."""
SOON: Final = st.sampled_from([0.0, 0.05, 0.6, 2.0])
"""Seconds until the next step."""


def choice(pick: int) -> Callable[[list[Any]], Any]:
    """Return a chooser that always chooses the same."""
    return random.Random(pick).choice


class Stage(RuleBasedStateMachine):
    """A bench, its daemon and its clients; no step yet."""

    lives = steps = 0
    seconds = 0.0
    """What was lived by all machines: their number, their steps, and the time on their benches."""

    def __init__(self) -> None:
        super().__init__()
        self.story: list[str] = []
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name))

    def teardown(self) -> None:
        """End this life; first everything must have come back, and then all must go."""
        Stage.lives += 1
        Stage.steps += len(self.story)
        Stage.seconds += self.world.moments.monotonic() - self.world.begun
        self.world.close()
        self.folder.cleanup()

    def client(self, pick: int) -> Client:
        """Return a client that is connected."""
        client = self.world.clients[pick % len(self.world.clients)]
        if not client.connected:
            client.connect()
            if self.world.serving:
                self.world.ask(client, {"type": "scan"})
        return client

    def pin(self, pick: int) -> int:
        """Return the pin of an output, or one that is none."""
        pin: int = choice(pick)([*self.world.plan.pins, 23, 27])
        return pin

    def hang(self, pin: int, when: str, then: float) -> None:
        """Let the next call for a pin hang."""
        self.world.promises.broke(f"hang {pin}")
        self.world.hardware.gates.arm(pin, when)
        self.world.send(self.client(pin), {"type": "AQ", "register": "pin", "pin": pin})
        self.after(then)

    def reset_all(self, client: Client) -> None:
        """Reset whatever may be latched, as a person does: also what `config.py` has no more."""
        status = self.world.status() or {"interlocks": {}, "outputs": {}}
        for name in [*status["interlocks"], *status["outputs"]]:
            self.world.ask(client, {"type": "reset", "interlock": name})

    def after(self, seconds: float) -> None:
        """Let a little time pass, and compare what is told with what is known."""
        self.world.run(seconds)
        self.world.promises.look()
        judge(self.world.promises, self.world.status())
