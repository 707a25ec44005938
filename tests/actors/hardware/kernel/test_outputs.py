"""Pins, leases and their end, without a process."""

import errno
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import DeviceError
from actors.hardware.kernel.process import sysfs_pwm
from actors.hardware.kernel.process.lines import Line
from actors.hardware.kernel.process.outputs import AGAIN, Outputs
from actors.hardware.kernel.process.sysfs_pwm import PwmChannel, find_channel
from tests.actors.hardware.kernel.sysfs import Tree

HEATER, RELAY, FAN = 23, 24, 18


class FakeLine(Line):
    def __init__(self, pin: int, level: int) -> None:
        self.pin = pin
        self.levels = [level]
        self.stuck: int | None = None
        self.fails = 0

    def set(self, level: int) -> None:
        if self.fails:
            self.fails -= 1
            raise DeviceError("gpio_io", f"GPIO{self.pin} fails", errno.EIO)
        self.levels.append(level)

    def get(self) -> int:
        return self.levels[-1] if self.stuck is None else self.stuck


class Source:
    """Lines that remember, and the PWM chip of a folder, if there is one."""

    def __init__(self, tree: Tree | None = None) -> None:
        self.lines: dict[int, FakeLine] = {}
        self.tree = tree

    def line(self, pin: int, level: int) -> Line:
        self.lines[pin] = FakeLine(pin, level)
        return self.lines[pin]

    def channel(self, pin: int) -> PwmChannel:
        assert self.tree is not None
        return find_channel(pin, self.tree.root, self.tree.tree)

    def level(self, pin: int) -> int:
        return self.lines[pin].levels[-1]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    tree = Tree(tmp_path)
    monkeypatch.setattr(sysfs_pwm, "_put", tree.put)
    return Source(tree)


@pytest.fixture
def outputs(source: Source) -> Outputs:
    return Outputs(source, {HEATER: 0, RELAY: 1}, [FAN, 12], clock=instantly)


def instantly() -> float:
    """Stand in for the clock where driving a line takes no time."""
    return -math.inf


def do(outputs: Outputs, what: str, pin: int, now: float = 0.0, **more: Any) -> Any:
    return outputs.obey({"do": what, "pin": pin, **more}, now)


def code(outputs: Outputs, what: str, pin: int, now: float = 0.0, **more: Any) -> str:
    with pytest.raises(DeviceError) as caught:
        do(outputs, what, pin, now, **more)
    return caught.value.code


def test_one_pin_that_fails_keeps_no_other_from_its_safe_level(outputs: Outputs, source: Source) -> None:
    do(outputs, "write", HEATER, level=1)
    do(outputs, "write", RELAY, level=0)
    source.lines[HEATER].fails = 1
    outputs.make_safe()
    assert source.level(RELAY) == 1
    assert code(outputs, "read", HEATER) == "gpio_io"
    assert do(outputs, "read", HEATER) == 1


def test_a_pin_that_does_not_follow_is_reported(outputs: Outputs, source: Source) -> None:
    do(outputs, "write", HEATER, level=0)
    source.lines[HEATER].stuck = 0
    assert code(outputs, "write", HEATER, level=1) == "gpio_untrue"
    assert code(outputs, "set_pwm", HEATER, frequency=100.0, duty=0.5) == "gpio_untrue"
    assert code(outputs, "pwm", HEATER) == "gpio_untrue"


def test_pwm_is_made_by_the_ticks_and_ended_by_a_plain_level(outputs: Outputs, source: Source) -> None:
    do(outputs, "set_pwm", HEATER, frequency=100.0, duty=0.25)
    now, levels = 0.0, []
    while now < 0.0399:
        now = outputs.tick(now)
        levels.append((round(now, 6), source.level(HEATER)))
    assert do(outputs, "pwm", HEATER, now) == [0.25, 100.0, 10_000]
    assert levels == [
        (0.0025, 1), (0.01, 0), (0.0125, 1), (0.02, 0), (0.0225, 1), (0.03, 0), (0.0325, 1), (0.04, 0),
    ]  # fmt: skip
    do(outputs, "write", HEATER, level=0)
    assert outputs.tick(now) == math.inf
    assert do(outputs, "pwm", HEATER) == [0.0, 0.0, 1]


@pytest.mark.parametrize("frequency", [100.1, 25_000.0, 0.05])
def test_a_line_refuses_pwm_that_a_process_cannot_make(outputs: Outputs, frequency: float) -> None:
    assert code(outputs, "set_pwm", HEATER, frequency=frequency, duty=0.5) == "pwm_unsupported"


def test_a_line_that_fails_within_its_pwm_is_made_safe_and_says_so_once(outputs: Outputs, source: Source) -> None:
    do(outputs, "set_pwm", HEATER, frequency=100.0, duty=0.5)
    source.lines[HEATER].fails = 1
    assert outputs.tick(0.005) == math.inf
    assert source.lines[HEATER].levels[-2:] == [1, 0]
    assert code(outputs, "pwm", HEATER) == "gpio_io"
    assert do(outputs, "pwm", HEATER) == [0.0, 0.0, 1]


def test_a_machine_too_busy_for_its_pwm_is_reported(outputs: Outputs) -> None:
    do(outputs, "set_pwm", HEATER, frequency=100.0, duty=0.5)
    for moment in (0.005, 0.0125, 0.015, 3.0, 10.5, 10.6):
        outputs.tick(moment)
    assert code(outputs, "pwm", HEATER, 10.6) == "pwm_untrue"


def test_a_tripped_lease_is_reset_on_order_only_and_then_runs_again(outputs: Outputs, source: Source) -> None:
    do(outputs, "lease", HEATER, 0.0, seconds=2.0, level=0)
    outputs.tick(2.0)
    assert do(outputs, "reset_lease", HEATER, 3.0) is False
    do(outputs, "write", HEATER, 3.0, level=1)
    outputs.tick(4.9)
    assert source.level(HEATER) == 1
    outputs.tick(5.0)
    assert source.level(HEATER) == 0


def test_a_tripped_pin_is_driven_safe_again_and_again_until_that_works(outputs: Outputs, source: Source) -> None:
    do(outputs, "lease", HEATER, 0.0, seconds=2.0, level=0)
    do(outputs, "write", HEATER, 0.0, level=1)
    source.lines[HEATER].fails = 2
    now = outputs.tick(2.0)
    assert now == pytest.approx(2.0 + AGAIN)
    now = outputs.tick(now)
    assert source.level(HEATER) == 1
    outputs.tick(now)
    assert source.level(HEATER) == 0


def test_a_process_that_stood_still_trips_before_it_obeys(outputs: Outputs, source: Source) -> None:
    do(outputs, "lease", HEATER, 0.0, seconds=2.0, level=0)
    do(outputs, "set_pwm", HEATER, 0.0, frequency=100.0, duty=0.5)
    outputs.tick(60.0)
    assert source.level(HEATER) == 0
    assert do(outputs, "renew", HEATER, 60.0) is True


def test_an_adopted_lease_runs_from_the_moment_everything_is_safe(outputs: Outputs) -> None:
    outputs.adopt(HEATER, 2.0, 0, tripped=False)
    outputs.tick(100.0)
    assert outputs.tripped == []
    outputs.begin(200.0)
    outputs.tick(201.9)
    assert outputs.tripped == []
    outputs.tick(202.0)
    assert outputs.tripped == [HEATER]


def test_an_active_low_pin_is_safe_when_it_is_high(outputs: Outputs, source: Source) -> None:
    do(outputs, "lease", RELAY, 0.0, seconds=2.0, level=1)
    do(outputs, "write", RELAY, 0.0, level=0)
    outputs.tick(2.0)
    assert source.level(RELAY) == 1
    assert code(outputs, "write", RELAY, 2.0, level=0) == "lease_tripped"


def test_a_lease_holds_for_hardware_pwm_as_well(outputs: Outputs, source: Source) -> None:
    do(outputs, "lease", FAN, 0.0, seconds=2.0, level=0)
    do(outputs, "set_pwm", FAN, 0.0, frequency=25_000.0, duty=0.5)
    assert do(outputs, "pwm", FAN) == [0.5, 25_000.0, 4000]
    outputs.tick(2.0)
    assert source.tree is not None
    assert source.tree.files(0)["duty_cycle"] == "0"


def test_a_fan_without_a_lease_goes_on_when_everything_else_is_made_safe(outputs: Outputs, source: Source) -> None:
    do(outputs, "set_pwm", FAN, frequency=25_000.0, duty=0.5)
    do(outputs, "write", 5, level=1)
    outputs.end()
    assert do(outputs, "pwm", FAN)[0] == 0.5
    assert source.level(5) == 0


def test_two_pins_on_one_channel_are_refused(outputs: Outputs) -> None:
    do(outputs, "set_pwm", FAN, frequency=25_000.0, duty=0.5)
    assert code(outputs, "set_pwm", 12, frequency=25_000.0, duty=0.5) == "pwm_channel_taken"


def test_after_its_end_only_the_safe_level_is_obeyed(outputs: Outputs) -> None:
    do(outputs, "write", HEATER, level=1)
    outputs.end()
    assert do(outputs, "read", HEATER) == 0
    assert code(outputs, "write", HEATER, level=1) == "gpio_unavailable"
    do(outputs, "write", HEATER, level=0)
    do(outputs, "write", RELAY, level=1)


@pytest.mark.parametrize(
    "command",
    [
        {"do": "dance", "pin": 1},
        {"do": "write", "pin": 1},
        {"do": "write"},
        {"pin": 1},
        {"do": "lease", "pin": 1, "seconds": 0, "level": 0},
    ],
)
def test_what_is_no_command_is_an_error_of_the_caller(outputs: Outputs, command: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        outputs.obey(command, 0.0)


steps = st.lists(
    st.tuples(st.floats(0.0, 1.5), st.sampled_from(["renew", "on", "pwm", "off", "lease", "reset", "tick"])), min_size=1, max_size=40
)


@given(steps)
def test_no_sequence_leaves_a_heater_on_longer_than_its_lease_after_the_last_renewal(sequence: list[tuple[float, str]]) -> None:
    source = Source()
    outputs = Outputs(source, {HEATER: 0}, [], clock=instantly)
    do(outputs, "lease", HEATER, 0.0, seconds=2.0, level=0)
    now = renewed = 0.0
    for wait, step in sequence:
        now += wait
        outputs.tick(now)
        tripped = do(outputs, "tripped", HEATER, now)
        commands: dict[str, dict[str, Any]] = {
            "renew": {"do": "renew"},
            "on": {"do": "write", "level": 1},
            "pwm": {"do": "set_pwm", "frequency": 50.0, "duty": 0.7},
            "off": {"do": "write", "level": 0},
            "lease": {"do": "lease", "seconds": 2.0, "level": 0},
            "reset": {"do": "reset_lease"},
            "tick": {"do": "tripped"},
        }
        refused = None
        try:
            outputs.obey({**commands[step], "pin": HEATER}, now)
        except DeviceError as error:
            refused = error.code
        assert refused == ("lease_tripped" if tripped and step in {"on", "pwm"} else None)
        if (step in {"renew", "lease"} and not tripped) or step == "reset":
            renewed = now
        assert not (tripped and step != "reset" and source.level(HEATER))
        if now - renewed >= 2.0:
            outputs.tick(now)
            assert source.level(HEATER) == 0
    outputs.tick(renewed + 2.0)
    assert source.level(HEATER) == 0
