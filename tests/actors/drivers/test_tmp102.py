import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.drivers.temperature.tmp102 import CONVERSION, TMP102, decode
from actors.errors import Fault, TransientError
from tests.actors.drivers.fakebus import FakeBus, Registers
from tests.fakes import ManualClock

TWELVE_BITS = [  # SBOS397, table 2
    (0x7FE0, 127.875),
    (0x6400, 100.0),
    (0x5000, 80.0),
    (0x4B00, 75.0),
    (0x3200, 50.0),
    (0x1900, 25.0),
    (0x0040, 0.25),
    (0xFFF0, -0.0625),
    (0xFFC0, -0.25),
    (0xE700, -25.0),
    (0xC900, -55.0),
]
THIRTEEN_BITS = [  # SBOS397, table 3, with bit 0 set as on the wire
    (0x4B01, 150.0),
    (0x4001, 128.0),
    (0x3FF9, 127.9375),
    (0x0C81, 25.0),
    (0x0021, 0.25),
    (0x0001, 0.0),
    (0xFFE1, -0.25),
    (0xF381, -25.0),
    (0xE481, -55.0),
]


def make(registers: dict[int, int], clock: ManualClock) -> tuple[TMP102, FakeBus, Registers]:
    chip = Registers(2, {1: 0x60A0, **registers})
    bus = FakeBus(0x49, chip)
    return TMP102(bus, 0x49, TMP102.Options(), clock), bus, chip


@pytest.mark.parametrize(("word", "celsius"), TWELVE_BITS + THIRTEEN_BITS)
def test_the_data_sheets_words_are_its_temperatures(word: int, celsius: float, clock: ManualClock) -> None:
    sensor, _, _ = make({0: word}, clock)
    sensor.connect()
    assert sensor.measure() == {"temp": celsius}


@pytest.mark.parametrize("word", [0xFFFF, 0x1902, 0x1904, 0x0C87, 0x1908])
def test_a_word_with_bits_that_are_always_zero_is_no_temperature(word: int) -> None:
    with pytest.raises(TransientError) as caught:
        decode(word)
    assert caught.value.code == "bad_frame"


@pytest.mark.parametrize(
    ("word", "side", "message"),
    [
        (0x7FF0, 1, "the TMP102 is hotter than it can tell: above 127.875 °C"),
        (0x4B09, 1, "the TMP102 is hotter than it can tell: above 150 °C"),
        (0x7FF9, 1, "the TMP102 is hotter than it can tell: above 150 °C"),
        (0x8000, -1, "the TMP102 is colder than it can tell: below -55 °C"),
        (0xC8F0, -1, "the TMP102 is colder than it can tell: below -55 °C"),
    ],
)
def test_a_word_beyond_what_the_chip_can_tell_says_on_which_side(word: int, side: int, message: str, clock: ManualClock) -> None:
    sensor, _, _ = make({0: word}, clock)
    value = sensor.measure()["temp"]
    assert isinstance(value, Fault)
    assert (value.side, value.message) == (side, message)


@given(st.integers(0, 0xFFFF))
def test_any_word_is_a_temperature_in_range_or_an_error(word: int) -> None:
    try:
        celsius = decode(word)
    except TransientError:
        return
    if isinstance(celsius, Fault):
        assert celsius.side
        return
    assert -55 <= celsius <= 150
    assert celsius * 16 == int(celsius * 16)


def test_connecting_writes_nothing_and_waits_for_the_first_conversion(clock: ManualClock) -> None:
    sensor, bus, _ = make({}, clock)
    sensor.connect()
    assert bus.writes == []
    assert clock.slept == [CONVERSION]


@pytest.mark.parametrize(
    ("found", "written"),
    [
        (0x61A0, 0x60A0),  # shutdown
        (0xE1B0, 0x60B0),  # shutdown after a one-shot conversion, extended mode: the mode stays
        (0x6020, 0x60A0),  # a conversion every 4 s
        (0x6060, 0x60E0),  # one a second
    ],
)
def test_a_chip_left_asleep_or_slow_is_woken_once(found: int, written: int, clock: ManualClock) -> None:
    sensor, bus, chip = make({1: found}, clock)
    sensor.connect()
    assert bus.writes == [b"\x01" + written.to_bytes(2, "big")]
    assert chip.values[1] == written
    assert clock.slept == [CONVERSION]


def test_a_chip_made_slow_meanwhile_serves_no_old_temperature(clock: ManualClock) -> None:
    sensor, _, chip = make({0: 0x1900}, clock)
    sensor.connect()
    chip.values[1] = 0x6020
    with pytest.raises(TransientError) as caught:
        sensor.measure()
    assert caught.value.code == "settings_lost"


@pytest.mark.parametrize("configuration", [0x8583, 0xFFFF, 0x0000])
def test_a_chip_swapped_between_two_measurements_is_noticed(configuration: int, clock: ManualClock) -> None:
    sensor, _, chip = make({0: 0x1900}, clock)
    sensor.connect()
    chip.values[1] = configuration
    with pytest.raises(TransientError) as caught:
        sensor.measure()
    assert caught.value.code == "wrong_chip"


def test_the_zero_of_a_chip_that_just_got_its_power_back_is_not_served(clock: ManualClock) -> None:
    sensor, _, chip = make({}, clock)
    sensor.connect()
    plugged_in = clock.monotonic()
    chip.values[0] = lambda: 0x1900 if clock.monotonic() >= plugged_in + 0.035 else 0x0000
    assert sensor.measure() == {"temp": 25.0}
