"""What the main thread may know of the supervisor."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supervisor.actor import Supervisor


class Progress:
    """Written by the supervisor's thread, waited for by the main one. `exit_code` and `failure` count once `finished` is set.

    `ending` is set when the end begins; `orderly` tells whether every child had ended by its end.
    """

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.finished = threading.Event()
        self.reloaded = threading.Event()
        self.ending = threading.Event()
        self.orderly = False
        self.exit_code = 0
        self.failure: str | None = None
        self.port = 0
        self.supervisor: Supervisor | None = None
