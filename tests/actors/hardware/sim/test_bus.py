"""The simulated bus: addresses, time on the wire, threads."""

import threading
from functools import partial

import pytest

from actors.hardware.sim.bus import SPENT_AT_ONCE, SimulatedBus
from actors.hardware.sim.chips.tmp102 import Tmp102
from tests.actors.hardware.sim.benches import Call, constant
from tests.fakes import ManualClock


def tmp102(clock: ManualClock, celsius: float) -> Tmp102:
    return Tmp102(constant(celsius), clock, powered_for=10.0)


def make_bus(clock: ManualClock) -> SimulatedBus:
    bus = SimulatedBus(clock)
    bus.attach(0x48, tmp102(clock, 25.0))
    return bus


@pytest.mark.parametrize(
    ("data", "length", "count"),
    [(b"\x00", 2, 5), (None, 6, 7), (b"\x01\x60\xa0", 0, 4), (b"", 0, 1), (b"", 1, 3)],
)
def test_every_byte_and_every_address_takes_90_us_slept_some_at_a_time(
    clock: ManualClock, data: bytes | None, length: int, count: int
) -> None:
    bus = make_bus(clock)

    for _ in range(200):
        bus.transfer(0x48, data, length)

    assert sum(clock.slept) == pytest.approx(200 * count * 90e-6, abs=SPENT_AT_ONCE)
    assert min(clock.slept) >= SPENT_AT_ONCE


def test_probing_finds_what_acknowledges_and_writes_nothing(clock: ManualClock) -> None:
    class Watched(Tmp102):
        def write(self, data: bytes) -> None:
            pytest.fail(f"{data!r} was written")

    bus = SimulatedBus(clock)
    for address in (0x30, 0x48):
        bus.attach(address, Watched(constant(25.0), clock, powered_for=10.0))

    assert [bus.probe(address) for address in (0x30, 0x31, 0x48, 0x49)] == [True, False, True, False]


class CrowdedClock(ManualClock):
    """A clock that sees how many threads are on the wire at once."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = 0
        self.most = 0
        self._yield = threading.Event()

    def sleep(self, seconds: float) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self._yield.wait(0.001)
        self.inside -= 1


def test_threads_get_the_bus_one_after_the_other_and_each_its_own_chip() -> None:
    clock = CrowdedClock()
    bus = SimulatedBus(clock)
    for number in range(4):
        bus.attach(0x48 + number, tmp102(clock, 10.0 * number))

    def read(number: int) -> list[bytes]:
        return [bus.transfer(0x48 + number, b"\x00", 2) for _ in range(20)]

    calls = [Call(partial(read, number)) for number in range(4)]

    answers = [call.result() for call in calls]

    assert answers == [[(10 * number * 256).to_bytes(2, "big")] * 20 for number in range(4)]
    assert clock.most == 1
