import errno
import os

import pytest

from actors.errors import BusError, PermanentError
from actors.hardware.i2c.scan import FULL_RANGE, Found, State, scan


class FakeBus:
    """Registers by address; `failures` by address; notes what was probed and every byte that was written."""

    def __init__(self, chips: dict[int, dict[int, bytes]]) -> None:
        self.chips = chips
        self.failures: dict[int, Exception] = {}
        self.probed: list[int] = []
        self.written: list[tuple[int, bytes]] = []

    def probe(self, address: int) -> bool:
        self.probed.append(address)
        if address in self.failures:
            raise self.failures[address]
        return address in self.chips

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        if data is None:
            return self.chips[address].get(PLAIN, b"")[:length].ljust(length, b"\xff")
        self.written.append((address, data))
        return self.chips[address][data[0]][:length]


PLAIN = -1
"""What a chip sends that is read without a pointer."""


def os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


TMP102, ADS1115 = {1: b"\x60\xa0"}, {1: b"\x85\x83"}
EMC2101 = {0xFD: b"\x16", 0xFE: b"\x5d", 0x01: b"\x19", 0x10: b"\x00"}
UNTOUCHED = {2: b"\x80\x00", 3: b"\x7f\xff"}
AHT20_FRAME = bytes.fromhex("1C269A7642E776")


def one(bus: FakeBus, address: int, driver: str | None) -> Found:
    (found,) = scan(bus, [address], {} if driver is None else {address: driver})
    return found


@pytest.mark.parametrize(
    ("address", "driver", "registers", "chip"),
    [
        (0x48, "TMP102", TMP102, "TMP102"),
        (0x49, "TMP102", {1: b"\x60\xb0"}, "TMP102"),
        (0x48, "PT-100", ADS1115, "ADS1115"),
        (0x48, "PT-100", {1: b"\xc3\xe3"}, "ADS1115"),
        (0x4C, "EMC2101", EMC2101, "EMC2101"),
        (0x4C, "EMC2101", EMC2101 | {0xFD: b"\x28"}, "EMC2101"),
        (0x48, "PT-100", {1: b"\x84\x80", **UNTOUCHED}, "ADS1115"),
        (0x38, "AHT20", {PLAIN: AHT20_FRAME}, "AHT20"),
    ],
)
def test_a_configured_chip_that_can_identifies_itself(address: int, driver: str, registers: dict[int, bytes], chip: str) -> None:
    found = one(FakeBus({address: registers}), address, driver)
    assert (found.state, found.configured, found.chip) == ("identified", driver, chip)


@pytest.mark.parametrize(
    ("address", "driver", "registers", "chip"),
    [
        (0x48, "TMP102", ADS1115, "ADS1115"),
        (0x48, "PT-100", TMP102, "TMP102"),
        (0x48, "TMP102", {1: b"\xff\xff"}, None),
        (0x48, "TMP102", {1: b"\x00\x00"}, None),
        (0x48, "PT-100", {1: b"\x84\x80", 2: b"\x10\x00", 3: b"\x20\x00"}, None),
        (0x4C, "EMC2101", {0xFD: b"\x21", 0xFE: b"\x5d"}, None),
        (0x4C, "EMC2101", {0xFD: b"\x16", 0xFE: b"\x4d"}, None),
    ],
)
def test_another_chip_than_the_configured_one_is_named(address: int, driver: str, registers: dict[int, bytes], chip: str | None) -> None:
    found = one(FakeBus({address: registers}), address, driver)
    assert (found.state, found.chip) == ("wrong_chip", chip)
    assert driver in found.message
    assert (chip or "unknown") in found.message


@pytest.mark.parametrize("driver", ["AHT10", "AHT20", "SIMULE"])
def test_a_chip_without_identity_only_acknowledges_and_nothing_is_written_to_it(driver: str) -> None:
    bus = FakeBus({0x38: {}})
    found = one(bus, 0x38, driver)
    assert (found.state, found.chip) == ("configured", None)
    assert "cannot be identified" in found.message
    assert bus.written == []


def test_an_ads1115_that_another_program_has_set_is_one_and_said_so() -> None:
    for word, evidence in ((b"\x84\x83", "another program has set it"), (b"\x84\x80", "another program has switched its comparator on")):
        found = one(FakeBus({0x48: {1: word, **UNTOUCHED}}), 0x48, "PT-100")
        assert found.state == "identified"
        assert evidence in found.message
    for word in (b"\x85\x83", b"\x05\x83", b"\xc3\x83", b"\xd3\xe3"):
        assert "another program" not in one(FakeBus({0x48: {1: word}}), 0x48, "PT-100").message


def test_an_aht10_under_the_driver_of_an_aht20_is_named_and_the_reverse() -> None:
    aht10 = {0x38: {PLAIN: AHT20_FRAME[:6]}}
    found = one(FakeBus(aht10), 0x38, "AHT20")
    assert (found.state, "an AHT10? then write 'driver': 'AHT10'" in found.message) == ("wrong_chip", True)
    assert one(FakeBus(aht10), 0x38, "AHT10").state == "configured"
    found = one(FakeBus({0x38: {PLAIN: AHT20_FRAME}}), 0x38, "AHT10")
    assert (found.state, "it is an AHT20" in found.message) == ("configured", True)


def test_a_chip_that_answers_sometimes_is_said_to() -> None:
    bus = FakeBus({0x48: TMP102})
    plain = bus.probe
    bus.probe = lambda address: plain(address) and len(bus.probed) % 2 == 1  # type: ignore[method-assign]
    found = one(bus, 0x48, "TMP102")
    assert found.state == "sometimes"
    assert found.message.startswith("answers sometimes, 3 of 5 times: a bad contact")


def test_only_pointers_are_written_to_what_is_configured() -> None:
    bus = FakeBus({0x48: TMP102, 0x4C: EMC2101})
    scan(bus, FULL_RANGE, {0x48: "TMP102", 0x4C: "EMC2101"})
    assert bus.written == [(0x48, b"\x01"), (0x4C, b"\xfd"), (0x4C, b"\xfe"), (0x4C, b"\x01"), (0x4C, b"\x10")]


def test_a_full_scan_leaves_the_reserved_addresses_alone() -> None:
    bus = FakeBus({})
    assert {found.state for found in scan(bus, FULL_RANGE, {0x48: "TMP102"})} == {"absent"}
    assert sorted(set(bus.probed)) == list(range(0x08, 0x78))


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (os_error(errno.EBUSY), "kernel_owned"),
        (PermanentError("kernel_owned", "0x48 belongs to the kernel driver tmp102", errno.EBUSY), "kernel_owned"),
        (os_error(errno.EIO), "error"),
        (os_error(errno.EOPNOTSUPP), "error"),
    ],
)
def test_an_address_that_cannot_be_asked_says_why_and_the_scan_goes_on(failure: Exception, state: State) -> None:
    bus = FakeBus({0x49: TMP102})
    bus.failures[0x48] = failure
    first, second = scan(bus, [0x48, 0x49], {0x49: "TMP102"})
    assert first.state == state
    assert "0x48" in first.message
    assert second.state == "identified"


def test_the_first_time_out_ends_the_scan_and_blames_the_bus() -> None:
    bus = FakeBus({0x48: TMP102, 0x4A: TMP102})
    bus.failures[0x49] = os_error(errno.ETIMEDOUT)
    found = scan(bus, [0x48, 0x49, 0x4A], {})
    assert [(item.address, item.state) for item in found] == [(0x48, "unknown"), (0x49, "bus_timeout")]
    assert "bus" in found[-1].message
    assert bus.probed == [0x48, 0x49]


@pytest.mark.parametrize("failure", [os_error(errno.ENODEV), BusError("no_adapter", "the bus does not exist", errno.ENOENT)])
def test_without_a_bus_there_is_no_list(failure: Exception) -> None:
    bus = FakeBus({})
    bus.failures[0x08] = failure
    with pytest.raises(BusError) as caught:
        scan(bus, FULL_RANGE, {})
    assert caught.value.code == "no_adapter"
