"""Starting and stopping again and again leaves nothing behind: no script in pigpiod, no thread, no descriptor, no file."""

import os

from tests.leftovers import Snapshot
from tests.pigpiod_emulator import Emulator
from tests.safety.bench import FAN, HEATER, is_off
from tests.safety.test_deadlock import Daemon

CYCLES = int(os.environ.get("PILOTAGE_TEST_CYCLES", "10"))
"""`make cycles` runs 200."""


def test_cycles_of_start_and_stop_leave_nothing_behind(emulator: Emulator) -> None:
    Daemon(emulator).end()
    before = Snapshot.take()
    for number in range(CYCLES):
        daemon = Daemon(emulator)
        assert daemon.set("heater", 128) == 128
        assert len(emulator.scripts.stored) == 1
        daemon.end()
        assert emulator.scripts.stored == {}, f"cycle {number}"
    emulator.board.write(24, 1)
    assert is_off(emulator)
    assert emulator.pin(FAN)["duty"] == 0.0
    assert emulator.pin(HEATER)["mode"] == 1
    found = [left for left in before.leftovers() if "pigpiod" not in left]
    assert found == []
