"""Leases of the pigpio back end: the lease script inside pigpiod, on the real client and an emulated pigpiod with its script engine."""

import operator
from collections.abc import Iterator
from functools import partial

import pytest

from actors.errors import DeviceError
from actors.hardware.pigpio import lease_script
from actors.hardware.pigpio.client import pigpiod_gpio
from actors.hardware.pigpio.gpio import PigpioGpio
from actors.hardware.pigpio.lease_script import SIGNATURE, SLOTS, Leftover, read_text, text_of
from tests.fakes import eventually
from tests.pigpiod_emulator import Emulator

FAN, HEATER, OTHER = 18, 23, 24
SHORT = 0.6


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def found() -> list[Leftover]:
    return []


@pytest.fixture
def gpio(emulator: Emulator, found: list[Leftover]) -> Iterator[PigpioGpio]:
    gpio = pigpiod_gpio("127.0.0.1", emulator.port, safe_pins={HEATER: 0}, on_leftover=found.append)
    yield gpio
    gpio.close()


def heat(gpio: PigpioGpio, pin: int = HEATER, duty: float = 0.5) -> None:
    gpio.set_pwm(pin, 100.0, duty, 25_500)


def duty(emulator: Emulator, pin: int = HEATER) -> float:
    return emulator.board.shown(pin)[0]


def code(act: object) -> str:
    with pytest.raises(DeviceError) as caught:
        act()  # type: ignore[operator]
    return caught.value.code


def test_a_leased_pin_that_nobody_renews_goes_to_its_safe_level(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, SHORT, 0)
    heat(gpio)
    assert duty(emulator) == 0.5
    eventually(lambda: duty(emulator) == 0.0, "the lease script writes the safe level")
    assert gpio.tripped(HEATER)


@pytest.mark.parametrize(("pin", "frequency"), [(HEATER, 100.0), (FAN, 25_000.0)])
def test_the_safe_level_of_an_active_low_heater_is_high_by_software_and_by_hardware_pwm(
    emulator: Emulator, gpio: PigpioGpio, pin: int, frequency: float
) -> None:
    gpio.lease(pin, SHORT, 1)
    gpio.set_pwm(pin, frequency, 0.2, 25_500)
    eventually(lambda: duty(emulator, pin) == 1.0, "the lease script writes the safe level")
    assert emulator.pin(pin)["mode"] == 1


def test_a_tripped_lease_stays_tripped_and_holds_the_pin_against_everybody(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, SHORT, 0)
    heat(gpio)
    eventually(lambda: duty(emulator) == 0.0, "the lease script writes the safe level")
    gpio.renew(HEATER)
    assert gpio.tripped(HEATER)
    assert code(lambda: heat(gpio)) == code(lambda: gpio.write(HEATER, 1)) == "lease_tripped"
    emulator.board.write(HEATER, 1)
    eventually(lambda: duty(emulator) == 0.0, "the lease script writes again")


def test_after_a_reset_the_pin_is_still_off_and_can_be_driven_again(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, SHORT, 0)
    heat(gpio)
    eventually(lambda: gpio.tripped(HEATER), "the lease trips")
    gpio.reset_lease(HEATER)
    assert (gpio.tripped(HEATER), duty(emulator)) == (False, 0.0)
    heat(gpio)
    assert duty(emulator) == 0.5
    eventually(lambda: duty(emulator) == 0.0, "the lease runs again")


def test_a_pin_without_a_lease_has_none_to_renew(gpio: PigpioGpio) -> None:
    for act in (gpio.renew, gpio.tripped, gpio.reset_lease):
        assert code(partial(act, HEATER)) == "no_lease"
    with pytest.raises(ValueError, match="longer than 0"):
        gpio.lease(HEATER, 0, 0)


def test_a_lease_that_tripped_is_still_tripped_when_it_is_taken_again_with_another_time(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, SHORT, 0)
    eventually(lambda: gpio.tripped(HEATER), "the lease trips")
    gpio.lease(HEATER, 2.0, 0)
    assert gpio.tripped(HEATER)
    assert code(lambda: heat(gpio)) == "lease_tripped"


def test_a_lease_script_that_never_starts_is_an_error_leaves_no_script_and_the_pin_is_not_driven(
    emulator: Emulator, gpio: PigpioGpio
) -> None:
    emulator.scripts.initialising = 1000
    assert code(lambda: gpio.lease(HEATER, 2.0, 0)) == "lease_unavailable"
    assert code(lambda: heat(gpio)) == "lease_unavailable"
    assert (emulator.scripts.stored, duty(emulator)) == ({}, 0.0)
    emulator.scripts.initialising = 0
    heat(gpio)
    assert duty(emulator) == 0.5


def test_a_lease_script_that_does_not_count_is_not_trusted(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, 2.0, 0)
    (held,) = emulator.scripts.stored.values()
    held.lines[3] = ("MILS", (60_000,))
    held.start()
    assert code(lambda: heat(gpio)) == "lease_unavailable"
    assert duty(emulator) == 0.0


def test_a_lease_script_that_no_longer_counts_is_replaced_and_counts_as_lost(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, 2.0, 0)
    heat(gpio)
    (held,) = emulator.scripts.stored.values()
    held.stop()
    held.state = lease_script.RUNNING
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lease_script, "_STILL", 0.0)
        for _ in range(4):
            gpio.renew(HEATER)
    assert gpio.tripped(HEATER)
    assert duty(emulator) == 0.0
    assert [script.p[9] for script in emulator.scripts.stored.values()] == [SIGNATURE]


def test_a_lease_script_that_somebody_deleted_makes_the_pin_safe_and_is_put_up_again(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, 2.0, 0)
    heat(gpio)
    emulator.scripts.delete(0)
    gpio.renew(HEATER)
    assert (gpio.tripped(HEATER), duty(emulator)) == (True, 0.0)
    gpio.reset_lease(HEATER)
    heat(gpio)
    assert (duty(emulator), len(emulator.scripts.stored)) == (0.5, 1)


def test_no_room_for_a_lease_script_is_an_error_that_says_so(emulator: Emulator, gpio: PigpioGpio) -> None:
    for _ in range(SLOTS):
        emulator.scripts.store("tag 0 mils 1000 jmp 0")
    with pytest.raises(DeviceError, match="lease script of GPIO23: no more room") as caught:
        gpio.lease(HEATER, 2.0, 0)
    assert caught.value.code == "gpio_refused"
    assert code(lambda: heat(gpio)) == "gpio_refused"


def test_lease_scripts_of_an_earlier_life_are_made_safe_and_removed_and_nobody_elses_scripts(
    emulator: Emulator, gpio: PigpioGpio, found: list[Leftover]
) -> None:
    others = emulator.scripts.store("tag 0 mils 1000 jmp 0")
    for pin, level in ((HEATER, 0), (OTHER, 1)):
        number = emulator.scripts.store(text_of(pin, level))
        emulator.board.write(pin, 1 - level)
        emulator.scripts.start(number, [600, 4])
        held = emulator.scripts.stored[number]
        eventually(partial(operator.contains, held.p, SIGNATURE), "the lease script runs")
    gpio.read(HEATER)
    assert list(emulator.scripts.stored) == [others]
    assert (duty(emulator, HEATER), duty(emulator, OTHER)) == (0.0, 1.0)
    assert found == [Leftover(HEATER, 0, 4), Leftover(OTHER, 1, 4)]


@pytest.mark.parametrize("refused", ["PROCS", "PROCD"])
def test_a_connection_on_which_something_is_refused_while_it_is_opened_is_not_used(
    emulator: Emulator, gpio: PigpioGpio, refused: str
) -> None:
    for pin in (HEATER, OTHER):
        emulator.scripts.start(emulator.scripts.store(text_of(pin, 0)), [600, 0])
    emulator.fault("error", refused)
    with pytest.raises(DeviceError, match=r"could not be opened: pigpiod refuses to .* a lease script") as caught:
        gpio.write(FAN, 1)
    assert caught.value.code == "gpio_unavailable"
    assert code(lambda: gpio.write(FAN, 1)) == "gpio_unavailable"  # until the back-off is over
    assert duty(emulator, FAN) == 0.0
    eventually(lambda: _driven(gpio, FAN), "connected again")
    assert emulator.scripts.stored == {}


@pytest.mark.parametrize("refused", ["PROCS", "PROCD"])
def test_a_lease_script_of_a_former_heater_that_could_not_be_removed_is_removed_by_the_next_call(
    emulator: Emulator, gpio: PigpioGpio, refused: str
) -> None:
    gpio.lease(HEATER, 2.0, 0)
    gpio.lease(OTHER, 2.0, 0)
    gpio.set_safe_pins({})
    emulator.fault("error", refused)
    gpio.write(FAN, 1)
    gpio.write(FAN, 1)
    assert emulator.scripts.stored == {}


def _driven(gpio: PigpioGpio, pin: int) -> bool:
    try:
        return gpio.write(pin, 1) == 1
    except DeviceError:
        return False


def test_a_pigpiod_that_was_restarted_gets_its_lease_script_before_the_pin_can_be_driven(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, 2.0, 0)
    heat(gpio)
    emulator.restart(1)
    assert duty(emulator) == 1.0
    assert code(lambda: gpio.renew(HEATER)) == "gpio_unavailable"
    eventually(lambda: _renewed(gpio), "connected again")
    assert (gpio.tripped(HEATER), duty(emulator), len(emulator.scripts.stored)) == (False, 0.0, 1)
    heat(gpio)
    order = [name for name, *_ in emulator.calls[len(emulator.calls) - 1 :: -1]]
    assert order.index("PROCR") > order.index("PWM")


def test_a_lease_that_runs_out_on_a_new_connection_before_its_output_is_there_begins_anew(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, SHORT, 0)
    heat(gpio)
    emulator.restart(1)

    def reached() -> bool:
        try:
            gpio.write(FAN, 0)
        except DeviceError:
            return False
        return True

    eventually(reached, "another output has made the connection anew")
    assert code(lambda: gpio.lease(HEATER, SHORT, 0)) == "gpio_unavailable"
    (number,) = emulator.scripts.stored
    eventually(lambda: emulator.scripts.status(number)[1 + 1] > 0, "the heater's lease has run out: p1 counts how often")
    gpio.lease(HEATER, 60.0, 0)
    assert not gpio.tripped(HEATER)
    assert duty(emulator) == 0.0


def test_a_pin_that_is_no_heater_any_more_is_made_safe_and_let_go_of(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, 2.0, 0)
    gpio.lease(OTHER, 2.0, 0)
    heat(gpio)
    gpio.set_safe_pins({OTHER: 0})
    gpio.renew(OTHER)
    assert ([script.p[8] for script in emulator.scripts.stored.values()], duty(emulator)) == ([OTHER], 0.0)
    assert code(lambda: gpio.renew(HEATER)) == "no_lease"
    gpio.write(HEATER, 1)
    assert duty(emulator) == 1.0


def test_a_heater_that_is_wired_the_other_way_round_is_not_held_by_its_old_lease_script(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.lease(HEATER, SHORT, 0)
    eventually(lambda: gpio.tripped(HEATER), "the lease trips")
    gpio.set_safe_pins({HEATER: 1})
    gpio.write(HEATER, 1)
    gpio.lease(HEATER, 2.0, 1)
    assert (gpio.tripped(HEATER), duty(emulator), len(emulator.scripts.stored)) == (False, 1.0, 1)


def _renewed(gpio: PigpioGpio) -> bool:
    try:
        gpio.renew(HEATER)
    except DeviceError:
        return False
    return True


def test_only_a_lease_script_is_taken_for_one() -> None:
    assert read_text(text_of(23, 0)) == (23, 0)
    assert read_text(text_of(4, 1)) == (4, 1)
    for text in ("", "w 23 0", text_of(23, 0) + " halt", text_of(23, 0).replace("w 23", "w 24")):
        assert read_text(text) is None
