"""The emulator itself, asked by the stock `pigpio` client, so that what is tested against it means something."""

import atexit
from collections.abc import Iterator
from typing import Any

import pigpio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.hardware.sim.pigpio.errors import SimulatedPigpioError
from actors.hardware.sim.pigpio.server import SimulatedPigpio
from tests.fakes import ManualClock, eventually
from tests.pigpiod_emulator import Emulator
from tests.pigpiod_pins import Board, Refused

LEASE_SCRIPT = "ld p9 1347637572 tag 1 mils 100 dcr p0 jp 1 w 23 0 ld p0 0 inr p1 jmp 1"
"""A script that switches GPIO23 off when p0 is not renewed."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def pi(emulator: Emulator) -> Iterator[Any]:
    pi = pigpio.pi("127.0.0.1", emulator.port, show_errors=False)
    assert pi.connected
    thread = pi._notify
    yield pi
    if pi.connected:
        pi.stop()
    atexit.unregister(pi.stop)
    thread.join(5)
    assert not thread.is_alive()


def test_the_stock_client_connects_twice_and_its_thread_ends_with_its_handle(emulator: Emulator, pi: Any) -> None:
    assert emulator.connections_made == 2
    assert pi.get_pigpio_version() == 79
    assert pi.get_hardware_revision() == 0xA02082
    pi.stop()
    eventually(lambda: emulator.called("NC") == [("NC", 0, 0)], "the handle is given back")


@pytest.mark.parametrize("level", [0, 1])
def test_a_restart_freezes_software_pwm_at_a_level_keeps_hardware_pwm_and_forgets_everything(emulator: Emulator, level: int) -> None:
    first = pigpio.pi("127.0.0.1", emulator.port, show_errors=False)
    first.set_PWM_dutycycle(23, 128)
    first.hardware_PWM(18, 25000, 500_000)
    first.store_script(LEASE_SCRIPT)
    thread = first._notify
    first.stop()
    atexit.unregister(first.stop)
    thread.join(5)
    emulator.restart(level)
    second = pigpio.pi("127.0.0.1", emulator.port, show_errors=False)
    try:
        assert (emulator.pin(23)["duty"], emulator.pin(18)["duty"]) == (float(level), 0.5)
        assert (second.get_mode(23), second.get_mode(18)) == (1, 2)
        with pytest.raises(pigpio.error, match="not in use for PWM"):
            second.get_PWM_dutycycle(18)
        assert second.script_status(0) == (-48, ())
    finally:
        thread = second._notify
        second.stop()
        atexit.unregister(second.stop)
        thread.join(5)


def test_the_lease_script_switches_off_without_renewal_and_leaves_evidence(emulator: Emulator, pi: Any) -> None:
    script = pi.store_script(LEASE_SCRIPT)
    assert pi.run_script(script, [1, 0]) == 0
    pi.write(23, 1)
    eventually(lambda: emulator.pin(23)["level"] == 0, "the heater is off")
    state, parameters = pi.script_status(script)
    assert (state, parameters[9]) == (2, 1347637572)
    assert parameters[1] >= 1
    pi.update_script(script, [1000])
    pi.write(23, 1)
    before = pi.script_status(script)[1][0]
    eventually(lambda: pi.script_status(script)[1][0] < before, "the lease counts down")
    assert emulator.pin(23)["level"] == 1
    pi.stop_script(script)
    pi.delete_script(script)
    assert pi.script_status(script) == (-48, ())


COMMANDS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from([12, 18, 23]), st.integers(0, 1)),
    st.tuples(st.just("set_mode"), st.sampled_from([12, 18, 23]), st.integers(0, 8)),
    st.tuples(st.just("set_PWM_dutycycle"), st.sampled_from([12, 18, 23]), st.integers(0, 300)),
    st.tuples(st.just("set_PWM_range"), st.sampled_from([18, 23]), st.integers(20, 40_010)),
    st.tuples(st.just("set_PWM_frequency"), st.sampled_from([18, 23]), st.integers(0, 30_000)),
    st.tuples(st.just("hardware_PWM"), st.sampled_from([12, 18, 23]), st.integers(0, 130_000_000), st.integers(0, 1_100_000)),
    st.tuples(
        st.sampled_from(["get_mode", "get_PWM_dutycycle", "get_PWM_range", "get_PWM_real_range", "get_PWM_frequency"]),
        st.sampled_from([12, 18, 23]),
    ),
)
ON_THE_BOARD = {
    "write": "write",
    "set_mode": "modes",
    "set_PWM_dutycycle": "pwm",
    "set_PWM_range": "prs",
    "set_PWM_frequency": "pfs",
    "hardware_PWM": "hp",
    "get_mode": "modeg",
    "get_PWM_dutycycle": "gdc",
    "get_PWM_range": "prg",
    "get_PWM_real_range": "prrg",
    "get_PWM_frequency": "pfg",
}


@given(st.lists(COMMANDS, max_size=25))
def test_the_simulated_pigpio_and_the_emulator_never_disagree(commands: list[tuple[Any, ...]]) -> None:
    board, simulated = Board(now=lambda: 0.0), SimulatedPigpio(ManualClock())
    for name, *arguments in commands:
        try:
            expected = getattr(board, ON_THE_BOARD[name])(*arguments)
        except Refused as refused:
            expected = refused.code
        try:
            answer = getattr(simulated, name)(*arguments)
        except SimulatedPigpioError as error:
            answer = error.number
        assert answer == expected, f"{name}{tuple(arguments)}"
        for gpio in (12, 18, 23):
            assert simulated.duty_at(gpio) == board.shown(gpio)[0]
