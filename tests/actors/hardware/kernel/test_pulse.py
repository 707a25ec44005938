"""The arithmetic of slow PWM, on a clock of numbers."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.hardware.kernel.process.pulse import CARRY, WINDOW, Pulse

duties = st.integers(1, 25_500).map(lambda step: step / 25_500)


class Bench:
    """Calls a pulse when it is due, or later, and adds up what comes out."""

    def __init__(self, pulse: Pulse, late: Callable[[], float] = lambda: 0.0) -> None:
        self.pulse, self.late = pulse, late
        self.now, self.on, self.edges = 0.0, 0.0, 0

    def run(self, until: float) -> None:
        while (due := max(self.pulse.due, self.now) + self.late()) < until:
            self.go(due)
            before = self.pulse.level
            if self.pulse.step(self.now) != before:
                self.edges += 1
                self.pulse.driven(self.now)
        self.go(until)

    def go(self, now: float) -> None:
        self.on += self.pulse.level * (now - self.now)
        self.now = now


@given(duties, st.data())
def test_delays_of_edges_do_not_shift_the_mean(duty: float, data: st.DataObject) -> None:
    delays = st.sampled_from([0.0, 60e-6, 1e-3, 4e-3])
    bench = Bench(Pulse(100.0, duty, 0.0), lambda: data.draw(delays))
    bench.run(1.0)
    assert abs(bench.on - duty) < 0.012  # at most one period's worth is still to come, or was had too early


def test_a_pulse_shorter_than_a_process_can_make_comes_true_in_the_mean() -> None:
    bench = Bench(Pulse(100.0, 1 / 255, 0.0), lambda: 80e-6)
    bench.run(10.0)
    assert bench.on / 10.0 == pytest.approx(1 / 255, rel=0.02)


def test_a_line_that_takes_its_time_to_rise_does_not_shift_the_mean() -> None:
    pulse, now, on, rose = Pulse(100.0, 0.02, 0.0), 0.0, 0.0, math.nan
    while now < 5.0:
        before, now = pulse.level, pulse.due
        if pulse.step(now) != before:
            now += 150e-6 if pulse.level else 10e-6
            pulse.driven(now)
            on, rose = (on, now) if pulse.level else (on + now - rose, math.nan)
    assert on / now == pytest.approx(0.02, rel=0.01)


def test_changing_the_duty_cycle_all_the_time_does_not_shift_the_mean() -> None:
    bench = Bench(Pulse(100.0, 0.2, 0.0))
    for count in range(1, 2001):
        bench.run(count * 0.003)
        bench.pulse.change(100.0, 0.2 if count % 2 else 0.21, bench.now)
    assert bench.on / bench.now == pytest.approx(0.205, abs=0.002)


def test_a_new_duty_cycle_acts_at_once_even_in_a_slow_period() -> None:
    pulse = Pulse(0.1, 0.9, 0.0)
    pulse.step(0.0)
    pulse.driven(0.0)
    pulse.change(0.1, 0.05, 3.0)
    assert pulse.step(3.0) == 1
    assert pulse.due == pytest.approx(3.2)  # 0.5 s, less the 0.3 s it had too much so far


def test_after_a_standstill_at_low_level_the_missed_heat_is_not_made_up_for() -> None:
    bench = Bench(Pulse(100.0, 0.5, 0.0))
    bench.run(1.006)
    assert bench.pulse.level == 0
    bench.go(11.006)
    before = bench.on
    bench.run(12.006)
    assert bench.on - before == pytest.approx(0.5 + CARRY, abs=0.02)


def test_a_standstill_is_reported_as_the_share_of_on_time_that_was_lost() -> None:
    bench = Bench(Pulse(100.0, 0.5, 0.0))
    bench.run(1.006)
    bench.go(3.006)
    bench.run(WINDOW + 0.1)
    assert bench.pulse.deviation == pytest.approx(-(1.0 - CARRY) / WINDOW, abs=0.005)
    bench.run(2 * WINDOW + 0.5)
    assert bench.pulse.deviation == 0.0
