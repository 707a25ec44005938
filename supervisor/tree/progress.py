"""What the main thread may know of the supervisor."""

from __future__ import annotations

import threading
from collections.abc import Callable

from actors.bench.devices import OutputSpec
from supervisor.tree.state import State


class Progress:
    """Written by the supervisor's thread, waited for by the main one. `exit_code` and `failure` count once `finished` is set.

    Once `reloaded` is set, `refused` tells whether the bench before goes on. `left_on` are the outputs that `config.py` no longer has
    though they are not known to be off. `wake` has the main thread look.
    `ending` is set when the end begins; `orderly` tells whether every child had ended by its end.
    `state` is the tree, None before there is one.
    """

    def __init__(self, left_on: tuple[OutputSpec, ...] = ()) -> None:
        """`left_on` are outputs of an earlier daemon of which nobody knows that they are safe."""
        self.ready = threading.Event()
        self.finished = threading.Event()
        self.reloaded = threading.Event()
        self.ending = threading.Event()
        self.refused = False
        self.left_on = left_on
        self.wake: Callable[[], object] = lambda: None
        self.orderly = False
        self.exit_code = 0
        self.failure: str | None = None
        self.port = 0
        self.state: State | None = None
