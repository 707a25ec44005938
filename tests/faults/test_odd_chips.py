"""Chips, adapters and lines that do what no data sheet says: the daemon through the real smbus2, from the kernel's ioctls upwards."""

import errno
import random
import threading
from collections.abc import Callable

import pytest

from actors.bench.devices import SensorSpec
from actors.core import events
from actors.drivers.base import SensorDriver
from supervisor.tree.children.specs import SENSOR_POLICY
from supervisor.tree.supervisor import LOOK_EVERY
from tests.fakes import combinations, wait
from tests.faults.adapter import AdapterBench, Oddity, blocks, says, sends
from tests.supervisor.tree.daemon import COLD, HOT, sensor

AHT = sensor("hot", 0x38, "AHT10", 2.0)
EMC = sensor("hot", 0x4C, "EMC2101")
PROBE = sensor("hot", 0x48, "PT-100")
ALL = [HOT, AHT, EMC, PROBE]
CODES = {
    errno.EREMOTEIO: "no_ack",
    errno.ENXIO: "no_ack",
    errno.EIO: "bus_io",
    errno.EPROTO: "bus_io",
    errno.ETIMEDOUT: "bus_timeout",
    errno.EAGAIN: "arbitration_lost",
    errno.EBUSY: "kernel_owned",
    errno.EOPNOTSUPP: "unsupported_transfer",
}
Make = Callable[..., AdapterBench]


@pytest.mark.parametrize(("number", "spec"), combinations(list(CODES), ALL))
def test_whatever_the_kernel_says_of_a_chip_is_its_own_trouble_said_once_and_over_when_it_is_over(
    make: Make, spec: SensorSpec, number: int
) -> None:
    bench = make(spec)
    bench.up()
    before = len(bench.log.items)
    bench.adapter.odd[spec.address] = says(number)
    bench.run(60)

    assert (bench.warm(spec), bench.warm(COLD)) == (CODES[number], "ACK")
    assert bench.rig.breaker.fault is None
    assert bench.generation("cold") == 1
    said = [record for record in bench.log.items[before:] if "hot" in {record.get("child"), record.get("actor")}]
    assert {record["error_code"] for record in said} == {CODES[number]}
    assert len({record["event"] for record in said}) == len(said) <= 3, said
    assert all(f"{spec.address:02X}" in record["reason"] for record in said)
    bench.adapter.odd.clear()
    assert bench.until(bench.serves, "everything serves") <= SENSOR_POLICY.slow + 1.0
    assert bench.warm(spec) == "ACK"


@pytest.mark.parametrize(("byte", "spec", "at_start"), combinations([0xFF, 0x00, 0x80, 0x55], ALL, [False, True, True, False]))
def test_one_and_the_same_byte_for_ever_is_no_measurement_and_no_hang(make: Make, spec: SensorSpec, byte: int, *, at_start: bool) -> None:
    bench = make(spec)
    if not at_start:
        bench.up()
    bench.adapter.odd[spec.address] = sends(byte)
    if at_start:
        bench.start().until(bench.progress.ready.is_set, "the daemon is ready")
    answers = set()
    for _ in range(60):
        bench.run(1.0)
        answers.add(bench.warm(spec))

    assert answers - {"ACK"} <= {"wrong_chip", "bad_frame", "not_calibrated", "busy"}
    assert "ACK" not in answers or not at_start
    assert (bench.state("hot"), bench.warm(COLD), bench.told("hot").count(events.CHILD_HUNG)) == ("failed", "ACK", 0)
    bench.adapter.odd.clear()
    bench.until(bench.serves, "everything serves", SENSOR_POLICY.slow + 2.0)
    assert bench.warm(spec) == "ACK"


def test_an_aht10_that_stays_busy_is_told_of_once_and_freed_by_a_reset(make: Make) -> None:
    bench = make(AHT)
    bench.up()
    stuck = True

    def odd(data: bytes | None, length: int) -> bytes | None:
        nonlocal stuck
        stuck = stuck and data != b"\xba"
        return b"\x98" + bytes(length - 1) if stuck and length else None

    bench.adapter.odd[AHT.address] = odd
    bench.until(lambda: bench.state("hot") == "backoff", "the sensor is lost", 20)
    bench.until(bench.serves, "it is back", 2.0)

    assert bench.warm(AHT) == "ACK"
    assert bench.told("hot")[1:] == [events.SENSOR_DEGRADED, events.CHILD_LOST, events.CHILD_RESTARTED]


def test_an_emc2101_with_another_product_id_is_refused_with_its_numbers_and_never_written_to(make: Make) -> None:
    bench = make(EMC)
    written: list[bytes] = []
    pointer = b""

    def odd(data: bytes | None, length: int) -> bytes | None:
        nonlocal pointer
        pointer = data or pointer
        if data and not length and len(data) > 1:
            written.append(data)
        return b"\x21" if length and pointer[:1] == b"\xfd" else None

    bench.adapter.odd[EMC.address] = odd
    bench.start().until(lambda: bench.state("hot") == "failed", "it is refused", 30)
    reply = bench.read(EMC.address)

    assert (reply["code"], written) == ("wrong_chip", [])
    assert "part 0x21" in reply["value"]


def test_a_tmp102_in_extended_mode_is_read_as_one(make: Make) -> None:
    bench = make(HOT)
    bench.up()
    bench.sim.bus.transfer(HOT.address, b"\x01\x60\xb0")
    bench.run(2.0)
    assert (bench.warm(HOT), bench.state("hot")) == ("ACK", "running")


def test_chips_of_two_kinds_that_changed_places_are_refused_by_name_and_taken_back(make: Make) -> None:
    other = sensor("other", 0x4A, "PT-100")
    bench = make(HOT, other)
    bench.up()
    chips = dict(bench.sim.bus.chips)
    bench.sim.bus.attach(0x48, chips[0x4A])
    bench.sim.bus.attach(0x4A, chips[0x48])
    bench.until(lambda: {bench.state("hot"), bench.state("other")} == {"failed"}, "both are refused", 30)

    assert bench.read(0x48)["value"].endswith("config.py says TMP102, found ADS1115 at 0x48")
    assert bench.read(0x4A)["value"].endswith("config.py says PT-100 (an ADS1115), found TMP102 at 0x4A")
    for address, chip in chips.items():
        bench.sim.bus.attach(address, chip)
    bench.until(bench.serves, "both are back", SENSOR_POLICY.slow + 2.0)


def test_a_read_that_takes_3_s_is_fenced_and_another_of_the_same_kind_goes_on(make: Make) -> None:
    bench, gate = make(HOT), threading.Event()
    bench.at_close.append(gate.set)
    bench.up()
    bench.stuck = {"hot"}
    bench.adapter.odd[HOT.address] = blocks(gate)
    old = bench.record("hot").running
    assert old is not None
    took = bench.until(lambda: bench.record("hot").life.blocked, "the hang is noticed", 5.0)
    bench.run(2.0)
    states = bench.state("hot"), bench.query("status")["abandoned_threads"], bench.warm(COLD), bench.drives(40)
    bench.adapter.odd.clear()
    bench.stuck = set()
    gate.set()
    wait(old.ref.actor_stopped)
    bench.until(bench.serves, "the sensor is back", 5.0)

    assert took <= HOT.period + SensorDriver.patience + 2 * LOOK_EVERY
    assert states == ("backoff", 1, "ACK", True)
    assert [thread for address, thread in bench.adapter.transfers if address == HOT.address][-1] is not old.vitals.thread
    assert bench.told("hot")[1:] == [events.CHILD_HUNG, events.CHILD_RETURNED, events.CHILD_RESTARTED]


@pytest.mark.parametrize(("spec", "seed"), combinations(ALL, range(3)))
def test_of_any_mixture_of_oddities_nothing_wrong_is_served_and_it_is_over_when_they_are(make: Make, spec: SensorSpec, seed: int) -> None:
    bench, chance = make(spec), random.Random(seed)  # noqa: S311 - a repeatable mess, not a secret
    bench.up()
    oddities: list[Oddity] = [*map(says, CODES), *map(sends, (0xFF, 0x00, 0x80)), lambda _data, _length: None]

    def any_of_them(data: bytes | None, length: int) -> bytes | None:
        odd = chance.choices(oddities, [1] * (len(oddities) - 1) + [chance.choice((1, 30, 300))])[0]
        return odd(data, length)

    bench.adapter.odd[spec.address] = any_of_them
    for _ in range(60):
        bench.run(0.5)
        bench.warm(spec)
        assert bench.warm(COLD) == "ACK"
    bench.adapter.odd.clear()
    bench.until(bench.serves, "everything serves", SENSOR_POLICY.slow + 2.0)
    assert bench.warm(spec) == "ACK"
    assert bench.query("status")["abandoned_threads"] == 0
