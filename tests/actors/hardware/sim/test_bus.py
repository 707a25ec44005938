"""The simulated bus: addresses, time on the wire, threads."""

import threading
from functools import partial

import pytest

from actors.hardware.sim.bus import SPENT_AT_ONCE, SimulatedBus
from actors.hardware.sim.chips.base import EREMOTEIO
from actors.hardware.sim.chips.tmp102 import Tmp102
from tests.actors.hardware.sim.benches import Call, constant
from tests.fakes import ManualClock


def tmp102(clock: ManualClock, celsius: float) -> Tmp102:
    return Tmp102(constant(celsius), clock, powered_for=10.0)


def make_bus(clock: ManualClock) -> SimulatedBus:
    bus = SimulatedBus(clock)
    bus.attach(0x48, tmp102(clock, 25.0))
    return bus


def test_an_address_without_a_chip_is_not_acknowledged(clock: ManualClock) -> None:
    with pytest.raises(OSError) as refused:
        make_bus(clock).transfer(0x50, b"\x00", 2)
    assert refused.value.errno == EREMOTEIO


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


def test_the_time_on_the_wire_can_be_left_out(clock: ManualClock) -> None:
    bus = make_bus(clock)
    bus.byte_time = 0.0

    assert bus.transfer(0x48, b"\x00", 2) == b"\x19\x00"
    assert clock.slept == []


def test_a_transfer_that_neither_writes_nor_reads_is_an_error_of_the_program(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="writes or reads"):
        make_bus(clock).transfer(0x48)


def test_probing_finds_what_acknowledges_and_writes_nothing(clock: ManualClock) -> None:
    class Watched(Tmp102):
        def write(self, data: bytes) -> None:
            pytest.fail(f"{data!r} was written")

    bus = SimulatedBus(clock)
    for address in (0x30, 0x48):
        bus.attach(address, Watched(constant(25.0), clock, powered_for=10.0))

    assert [bus.probe(address) for address in (0x30, 0x31, 0x48, 0x49)] == [True, False, True, False]


def test_memories_are_probed_by_reading_a_byte_and_others_by_a_quick_write(clock: ManualClock) -> None:
    read: list[int] = []

    class Watched(Tmp102):
        def read(self, length: int) -> bytes:
            read.append(length)
            return super().read(length)

    bus = SimulatedBus(clock)
    counts = {}
    for address in (0x2F, 0x30, 0x37, 0x38, 0x4F, 0x50, 0x5F, 0x60):
        bus.attach(address, Watched(constant(25.0), clock, powered_for=10.0))
        bus.probe(address)
        counts[address], read[:] = len(read), []

    assert counts == {0x2F: 0, 0x30: 1, 0x37: 1, 0x38: 0, 0x4F: 0, 0x50: 1, 0x5F: 1, 0x60: 0}


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
