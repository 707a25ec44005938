"""Which interlocks are named before a loop is tuned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actors.bench.interlocks import ChannelRef, OutputRef
from actors.loops.tuning.hindrance import Wish, forbidden, possible
from tests.actors.interlocks.rules_of import FAN_NEEDED, IDLE, LIMIT, MAX_ON, PROGRESS, STALE, change
from tests.actors.loops.bench import UNTUNED, Oven
from tests.actors.loops.bench_of import MODEL

COLD = Wish(UNTUNED, 22.0, None, False, None)
OTHER = ChannelRef("case", "temp", "°C")


@pytest.mark.parametrize(
    ("lock", "wish", "said"),
    [
        (change(MAX_ON, seconds=60.0), {}, "on_too_long trips after 60 s on, and this may take 180 s of power"),
        (change(MAX_ON, seconds=200.0), {}, ""),
        (change(MAX_ON, seconds=200.0), {"fan": True}, "this may take 270 s of power"),
        (change(IDLE, seconds=60.0), {}, "idle trips after 60 s in which nobody asks anything"),
        (change(LIMIT, channel=OTHER, above=35.0), {}, "too_hot trips above 35 °C of case.temp, and this goes to 37"),
        (change(LIMIT, channel=OTHER, above=38.0), {}, ""),
        (change(LIMIT, channel=OTHER, above=38.0), {"around": 45.0}, "this goes to 45"),
        (change(PROGRESS, seconds=60.0, rise=2.0), {}, ""),
        (change(PROGRESS, seconds=60.0, rise=2.0), {"model": MODEL}, ""),
        (change(PROGRESS, seconds=60.0, rise=2.0), {"model": change(MODEL, k=0.03)}, "not_heating wants 2 °C within 60 s"),
        (LIMIT, {}, ""),
        (STALE, {}, ""),
    ],
)
def test_what_may_break_a_tuning_off_is_said(lock: Any, wish: dict[str, Any], said: str) -> None:
    found = possible(change(COLD, **wish), (lock,))
    assert (len(found) == 1 and said in found[0]) if said else found == ()
    assert forbidden(change(COLD, **wish), (lock,)) == ""


def test_an_interlock_that_needs_the_fan_forbids_to_measure_without_it(make_oven: Callable[..., Oven]) -> None:
    oven = make_oven(
        UNTUNED, interlocks=(LIMIT, STALE, change(FAN_NEEDED, needs=OutputRef("fan", 0.0, 255.0)), change(MAX_ON, seconds=100.0))
    )
    oven.drive(18, 255)
    answer = oven.loop(tune={"fan": True})
    assert answer["code"] == "bad_value"
    assert "fan_needed lets heater be on only while fan is above 20 %" in answer["value"]
    assert oven.state() == "off"
    [sentence] = oven.loop(tune={})["tune"]["beware"]
    assert sentence.startswith("on_too_long trips after 100 s")
