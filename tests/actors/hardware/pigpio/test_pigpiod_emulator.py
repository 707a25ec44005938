"""The emulator itself, asked by the stock `pigpio` client, so that what is tested against it means something."""

import atexit
import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
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


def test_there_are_thirty_two_handles_freed_with_their_connection(emulator: Emulator, pi: Any) -> None:
    answers = [pigpio.u2i(pigpio._pigpio_command(pi.sl, 99, 0, 0)) for _ in range(32)]
    assert answers == [*range(1, 32), -24]
    pi.stop()
    eventually(lambda: emulator._commands._handles == {}, "the handles are free")


@pytest.mark.parametrize(
    ("asked", "obtained", "steps"),
    [(25000, 8000, 25), (8000, 8000, 25), (100, 100, 2000), (1, 10, 20000), (0, 10, 20000), (900, 1000, 200)],
)
def test_software_pwm_takes_the_nearest_of_eighteen_frequencies(pi: Any, asked: int, obtained: int, steps: int) -> None:
    assert pi.set_PWM_frequency(23, asked) == obtained
    assert pi.get_PWM_frequency(23) == obtained
    assert pi.get_PWM_real_range(23) == steps


def test_what_is_known_of_a_pin_before_any_call(pi: Any) -> None:
    assert (pi.get_PWM_frequency(23), pi.get_PWM_range(23), pi.get_PWM_real_range(23)) == (800, 255, 250)
    with pytest.raises(pigpio.error, match="not in use for PWM"):
        pi.get_PWM_dutycycle(23)


def test_changing_the_range_rescales_running_pwm(pi: Any) -> None:
    pi.set_PWM_dutycycle(23, 128)
    assert pi.set_PWM_range(23, 1000) == 250
    assert pi.get_PWM_dutycycle(23) == 501


def test_pwm_0_leaves_a_high_pin_high_and_write_0_does_not(emulator: Emulator, pi: Any) -> None:
    pi.set_PWM_frequency(23, 8000)
    pi.write(23, 1)
    pi.set_PWM_dutycycle(23, 5)
    pi.set_PWM_dutycycle(23, 0)
    assert (pi.get_PWM_dutycycle(23), emulator.pin(23)["duty"]) == (0, 1.0)
    pi.write(23, 0)
    assert emulator.pin(23)["duty"] == 0.0


def test_hardware_pwm_as_on_the_real_daemon(emulator: Emulator, pi: Any) -> None:
    assert pi.hardware_PWM(18, 25000, 500_000) == 0
    assert (pi.get_mode(18), pi.get_PWM_dutycycle(18), pi.get_PWM_range(18)) == (2, 500_000, 1_000_000)
    assert (pi.get_PWM_real_range(18), pi.get_PWM_frequency(18)) == (10_000, 25_000)
    pi.hardware_PWM(18, 30000, 500_000)
    assert pi.get_PWM_frequency(18) == 30_001
    pi.write(18, 0)
    assert (pi.get_mode(18), emulator.pin(18)["duty"]) == (1, 0.0)


def test_two_pins_of_one_channel_share_frequency_and_duty(emulator: Emulator, pi: Any) -> None:
    pi.hardware_PWM(12, 25000, 200_000)
    pi.hardware_PWM(18, 1000, 700_000)
    assert (emulator.pin(12)["duty"], emulator.pin(12)["frequency"]) == (0.7, 1000.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("hardware_PWM", 23, 25000, 0), "no hardware PWM"),
        (("hardware_PWM", 18, 125_000_001, 0), "frequency"),
        (("hardware_PWM", 18, 1000, 1_000_001), "dutycycle"),
        (("write", 1, 0), "no permission"),
        (("write", 54, 0), "not 0-53"),
        (("write", 23, 2), "level"),
        (("set_PWM_dutycycle", 23, 256), "dutycycle"),
        (("set_PWM_range", 23, 24), "range"),
        (("set_PWM_dutycycle", 32, 0), "permission"),
        (("set_servo_pulsewidth", 23, 499), "pulsewidth"),
        (("set_mode", 23, 8), "mode"),
        (("delete_script", 3), "unknown script id"),
    ],
)
def test_what_is_impossible_is_refused_with_the_real_code(pi: Any, call: tuple[str, int, int], words: str) -> None:
    name, *arguments = call
    with pytest.raises(pigpio.error, match=words):
        getattr(pi, name)(*arguments)


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


def test_pulses_of_a_daemon_killed_hard_go_on(emulator: Emulator, pi: Any) -> None:
    pi.set_PWM_dutycycle(23, 51)
    pi.stop()
    emulator.die(pulses_go_on=True)
    assert (emulator.pin(23)["duty"], emulator.pin(23)["function"]) == (0.2, "none")


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


def test_a_script_that_is_still_starting_says_so(emulator: Emulator, pi: Any) -> None:
    script = pi.store_script(LEASE_SCRIPT)
    emulator.scripts.initialising = 1
    with pytest.raises(pigpio.error, match="initialising"):
        pi.run_script(script)
    assert pi.run_script(script, [100]) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tag 1 tag 1", "duplicate tag"),
        ("jmp 7", "unresolved tag"),
        ("w 23", "illegal script command"),
        ("shell 1", "illegal"),
        ("dcr 5", "illegal"),
    ],
)
def test_a_script_with_a_mistake_is_not_stored(pi: Any, text: str, words: str) -> None:
    with pytest.raises(pigpio.error, match=words):
        pi.store_script(text)


def test_there_is_room_for_thirty_two_scripts(pi: Any) -> None:
    assert [pi.store_script("halt") for _ in range(32)] == list(range(32))
    with pytest.raises(pigpio.error, match="no more room"):
        pi.store_script("halt")


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("ld p0 5 ld p1 0x10 ld p2 010 ld p3 -7", [5, 16, 8, -7]),
        ("lda 7 add 3 sta p0 mlt 2 sta p1 mod 6 sta p2 div 2 sta p3", [10, 20, 2, 1]),
        ("ld p0 3 tag 1 inr p1 dcr p0 jnz 1 inr p2", [0, 3, 1]),
        ("lda 4 cmp 5 jm 1 ld p0 9 tag 1 ld p1 1", [0, 1]),
        ("call 1 inr p0 halt tag 1 inr p1 ret", [1, 1]),
        ("ld v3 8 push v3 pop p0 lda 2 pusha lda 0 popa sta p1 x p0 p1", [2, 8]),
        ("lda 6 and 3 sta p0 or 8 sta p1 xor 2 sta p2 rla 1 sta p3 rra 2 sta p4 dcra sta p5", [2, 10, 8, 16, 4, 3]),
        ("w 23 1 r 23 sta p0 w 1 1 sta p1", [1, -41]),
    ],
)
def test_scripts_calculate_and_jump(pi: Any, text: str, parameters: list[int]) -> None:
    script = pi.store_script(text)
    pi.run_script(script)
    eventually(lambda: pi.script_status(script)[0] == 1, "the script has halted")
    assert list(pi.script_status(script)[1][: len(parameters)]) == parameters


def test_it_runs_as_a_program_and_obeys_its_standard_input() -> None:
    program = Path(__file__).parents[3] / "pigpiod_emulator.py"
    with subprocess.Popen(
        [sys.executable, str(program), "--port", "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        answers = []
        for line in ("pin 23", "restart 1", "scripts", "calls", "fault garble READ", "nonsense"):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            answers.append(json.loads(process.stdout.readline()))
        process.stdin.close()
        assert process.wait(10) == 0
    assert answers[0]["level"] == 0
    assert answers[1:5] == ["done", {}, [], "done"]
    assert "nonsense" in answers[5]["error"]


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


def test_a_request_that_is_too_long_ends_the_connection(emulator: Emulator, pi: Any) -> None:
    pi.sl.s.sendall(struct.pack("<IIII", 38, 0, 0, 65536))
    assert pi.sl.s.recv(16) == b""
