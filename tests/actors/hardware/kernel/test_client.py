"""The client on the real output process, whose libgpiod is a stand-in."""

import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.drivers.base import PwmState
from actors.errors import DeviceError
from actors.hardware.kernel import link
from tests.actors.hardware.kernel.rig import FAN, HEATER, RELAY, SOON, Rig, rig, stopped
from tests.actors.hardware.kernel.sysfs import Tree
from tests.fakes import eventually


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as made:
        yield made


def refusal(act: object, *arguments: float) -> DeviceError:
    assert callable(act)
    with pytest.raises(DeviceError) as caught:
        act(*arguments)
    return caught.value


def test_everything_goes_to_its_safe_level_before_the_first_command(bench: Rig) -> None:
    (bench.folder / "23").write_text("1")
    bench.gpio.write(5, 1)
    assert (bench.level(HEATER), bench.level(RELAY), bench.level(5)) == (0, 1, 1)


@pytest.mark.parametrize("duty", [-0.1, 1.1, float("nan")])
def test_a_duty_cycle_that_is_none_is_an_error_of_the_caller(bench: Rig, duty: float) -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        bench.gpio.set_pwm(HEATER, 100.0, duty, 0)


def test_a_refusal_comes_back_as_the_error_it_was(bench: Rig) -> None:
    bench.fault(HEATER, stuck=0)
    assert refusal(bench.gpio.write, HEATER, 1).code == "gpio_untrue"
    bench.fault(RELAY, errno=errno.EIO)
    error = refusal(bench.gpio.read, RELAY)
    assert (error.code, error.errno) == ("gpio_io", errno.EIO)
    assert refusal(bench.gpio.set_pwm, 5, 25_000.0, 0.5, 0).code == "pwm_unsupported"
    assert refusal(bench.gpio.set_pwm, 60, 100.0, 0.5, 0).code == "gpio_refused"
    assert bench.gpio.generation == 1


def test_closing_makes_safe_at_once_and_leaves_no_process(bench: Rig) -> None:
    bench.gpio.write(HEATER, 1)
    bench.gpio.write(RELAY, 0)
    bench.gpio.write(5, 1)
    began = time.monotonic()
    bench.gpio.close()
    assert time.monotonic() - began < 10.0
    assert (bench.level(HEATER), bench.level(RELAY), bench.level(5)) == (0, 1, 0)


def test_another_bench_with_other_hardware_pins_begins_from_safe_levels(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "sys")
    with tree.exporting(), rig(tmp_path, pwm=str(tree.root), tree=str(tree.tree)) as bench:
        bench.gpio.write(HEATER, 1)
        bench.gpio.set_pins([FAN], {HEATER: 0})
        assert bench.level(HEATER) == 0
        bench.gpio.set_pwm(FAN, 25_000.0, 0.5, 0)
        assert bench.gpio.settings["hardware"] == [FAN]
        assert refusal(bench.gpio.pwm, HEATER).code == "gpio_unavailable"


def test_a_killed_process_is_replaced_at_once_by_one_that_makes_everything_safe(bench: Rig) -> None:
    bench.gpio.set_pwm(HEATER, 100.0, 1.0, 0)
    bench.gpio.write(RELAY, 0)
    os.kill(bench.pid(), signal.SIGKILL)
    bench.within(HEATER, 0, SOON)
    bench.within(RELAY, 1, SOON)
    eventually(lambda: bench.gpio.generation == 2, "the next process")


def test_a_worker_that_dies_is_made_up_for_by_its_guardian_before_anything_is_started(bench: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.gpio.set_pwm(HEATER, 100.0, 1.0, 0)
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    os.kill(bench.pid(), signal.SIGKILL)
    bench.within(HEATER, 0, SOON)


def test_a_guardian_that_dies_ends_its_worker_which_makes_safe(bench: Rig) -> None:
    bench.gpio.set_pwm(HEATER, 100.0, 1.0, 0)
    bench.gpio.write(RELAY, 0)
    worker = bench.pid()
    os.kill(os.getpgid(worker), signal.SIGKILL)
    bench.within(HEATER, 0, SOON)
    bench.within(RELAY, 1, SOON)
    eventually(lambda: bench.gpio.generation == 2, "the next process")


def test_a_pin_driven_before_says_once_that_it_no_longer_is(bench: Rig) -> None:
    bench.gpio.set_pwm(HEATER, 100.0, 1.0, 0)
    bench.gpio.write(RELAY, 0)
    os.kill(bench.pid(), signal.SIGKILL)
    eventually(lambda: bench.gpio.generation == 2, "the next process")
    assert refusal(bench.gpio.pwm, HEATER).code == "gpio_unavailable"
    assert bench.gpio.pwm(HEATER).duty == 0.0
    bench.gpio.write(RELAY, 1)
    assert bench.gpio.read(RELAY) == 1


def test_a_process_that_stands_still_is_killed_and_replaced_in_bounded_time(bench: Rig) -> None:
    bench.gpio.write(HEATER, 1)
    pid = bench.pid()
    with stopped(pid):
        began = time.monotonic()
        error = refusal(bench.gpio.read, HEATER)
        assert time.monotonic() - began < link.LIMIT + 10.0
        assert error.code == "gpio_unavailable"
        assert "no answer within 1 s" in error.message
        bench.within(HEATER, 0, 2.0)
    assert bench.pid() != pid


def test_a_lease_that_ran_out_while_the_process_stood_still_is_not_renewed_by_what_waits_in_the_pipe(bench: Rig) -> None:
    bench.gpio.lease(HEATER, 0.6, 0)
    bench.gpio.write(HEATER, 1)
    with stopped(bench.pid()):
        late = threading.Thread(target=bench.gpio.renew, args=[HEATER])
        late.start()
        time.sleep(0.7)  # the lease itself
    late.join()
    assert bench.gpio.tripped(HEATER)
    assert bench.level(HEATER) == 0


def test_a_lease_trips_without_renewal_is_latched_and_reset(bench: Rig) -> None:
    bench.gpio.lease(HEATER, 0.3, 0)
    bench.gpio.set_pwm(HEATER, 100.0, 1.0, 0)
    assert bench.within(HEATER, 0, 1.0) > 0.2
    bench.gpio.renew(HEATER)
    assert bench.gpio.tripped(HEATER)
    assert refusal(bench.gpio.set_pwm, HEATER, 100.0, 0.5, 0).code == "lease_tripped"
    bench.gpio.reset_lease(HEATER)
    assert not bench.gpio.tripped(HEATER)
    bench.gpio.write(HEATER, 1)
    assert bench.level(HEATER) == 1


def test_a_lease_and_its_trip_live_on_in_the_next_process(bench: Rig) -> None:
    bench.gpio.lease(HEATER, 60.0, 0)
    bench.gpio.lease(RELAY, 0.05, 1)
    eventually(lambda: bench.gpio.tripped(RELAY), "the trip")
    bench.gpio.write(HEATER, 1)
    os.kill(bench.pid(), signal.SIGKILL)
    eventually(lambda: bench.gpio.generation == 2, "the next process")
    assert (bench.gpio.tripped(HEATER), bench.gpio.tripped(RELAY)) == (False, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGABRT])
def test_a_process_told_to_end_makes_safe_and_still_answers_until_it_is_left(bench: Rig, number: signal.Signals) -> None:
    bench.gpio.set_pwm(HEATER, 100.0, 1.0, 0)
    bench.gpio.write(RELAY, 0)
    os.kill(bench.pid(), number)
    bench.within(HEATER, 0, SOON)
    bench.within(RELAY, 1, SOON)
    assert bench.gpio.read(HEATER) == 0
    bench.gpio.write(HEATER, 0)
    assert refusal(bench.gpio.write, HEATER, 1).code == "gpio_unavailable"
    assert bench.gpio.generation == 1


def test_many_threads_share_one_process(bench: Rig) -> None:
    found: list[int] = []

    def drive(pin: int) -> None:
        for level in (1, 0, 1):
            bench.gpio.write(pin, level)
            found.append(bench.gpio.read(pin) == level)

    threads = [threading.Thread(target=drive, args=[pin]) for pin in range(4, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 18
    assert bench.gpio.generation == 1


def test_a_fan_on_hardware_pwm_goes_on_when_its_process_is_killed_or_ended(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "sys", "1f00098000.pwm", pins=(18,))
    with tree.exporting(), rig(tmp_path, hardware_pins=[FAN], pwm=str(tree.root), tree=str(tree.tree)) as bench:
        bench.gpio.set_pwm(FAN, 25_000.0, 0.75, 25_500)
        bench.gpio.write(HEATER, 1)
        os.kill(bench.pid(), signal.SIGKILL)
        bench.within(HEATER, 0, SOON)
        assert bench.gpio.pwm(FAN) == PwmState(0.75, 25_000.0, 2000)
        bench.gpio.close()
        assert tree.files(2) == {"period": "40000", "duty_cycle": "30000", "enable": "1", "polarity": "normal"}


def test_a_channel_that_never_becomes_writable_is_given_up_after_a_second(tmp_path: Path) -> None:
    tree, late = Tree(tmp_path / "sys"), threading.Event()
    with tree.exporting(late), rig(tmp_path, hardware_pins=[FAN], pwm=str(tree.root), tree=str(tree.tree)) as bench:
        bench.gpio.write(HEATER, 0)
        began = time.monotonic()
        assert refusal(bench.gpio.set_pwm, FAN, 25_000.0, 0.5, 0).code == "pwm_not_ready"
        assert time.monotonic() - began > 0.9
        late.set()
