"""`LOOPS`: what is taken over, and what is refused in words, all of it at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.supervisor.configuration.benches import accepted, fan, judge, output, refused, sensor

HOT = {"name": "too_hot", "kind": "limit", "sensor": "t_resistance", "above": 90, "hysteresis": 5, "outputs": ["resistance"]}
LOST = {"name": "sensor_lost", "kind": "stale", "sensor": "t_resistance", "outputs": ["resistance"]}
BENCH: dict[str, Any] = {
    "ACTUATORS_CONFIG": [fan(), output()],
    "SENSORS_CONFIG": {0x48: sensor(), 0x4A: sensor(name="t_entree")},
    "INTERLOCKS": [HOT, LOST],
}


def loop(**changes: Any) -> dict[str, Any]:
    entry = {"name": "chauffe", "sensor": "t_resistance", "output": "resistance", "pin": 1000, "min": 20, "max": 80}
    return {key: value for key, value in (entry | changes).items() if value is not ...}


def bench(*entries: Any, **changes: Any) -> dict[str, Any]:
    return BENCH | {"LOOPS": list(entries)} | changes


def wrong(*entries: Any, **changes: Any) -> str:
    return refused(**bench(*entries, **changes))


def test_a_loop_is_taken_over() -> None:
    [spec] = accepted(**bench(loop(fan="ventilateur", ambient="t_entree"))).loops
    assert (spec.id, spec.name, spec.title, spec.pin) == ("chauffe", "chauffe", "chauffe", 1000)
    assert (str(spec.channel), spec.channel.units, spec.output.id) == ("t_resistance.temp", "°C", "resistance")
    assert (spec.min, spec.max) == (20, 80)


def test_a_loop_may_rest_on_a_device_of_the_kernel() -> None:
    device = {"driver": "hwmon", "device": "i2c:1-004f", "channels": {"room": "temp2", "t": "temp1"}, "wire": 0x800}
    rules = [rule | {"sensor": "bath", "channel": "t"} for rule in (HOT, LOST)]
    entry = loop(sensor="bath", channel="t")
    [spec] = accepted(**bench(entry, SENSORS_CONFIG=BENCH["SENSORS_CONFIG"] | {"bath": device}, INTERLOCKS=rules)).loops
    assert (str(spec.channel), spec.channel.units) == ("bath.t", "°C")
    [spec] = accepted(
        **bench(loop(sensor="bath"), SENSORS_CONFIG={"bath": device}, INTERLOCKS=[{**rule, "channel": "room"} for rule in rules])
    ).loops
    assert str(spec.channel) == "bath.room"


def test_what_is_wrong_with_an_output_of_a_loop_is_the_only_thing_that_is_said() -> None:
    assert "'max'" in wrong(loop(), ACTUATORS_CONFIG=[fan(), output(min=255)])
    assert "max: found nothing" in wrong(loop(fan="ventilateur"), ACTUATORS_CONFIG=[fan(max=...), output()])


def test_the_highest_set_point_is_what_the_limit_allows() -> None:
    [spec] = accepted(**bench(loop(max=...))).loops
    assert spec.max == 83


def test_a_bench_without_loops_has_none() -> None:
    assert accepted(**BENCH).loops == ()


def test_a_heater_needs_a_limit_and_a_stale_on_the_sensor_of_its_loop() -> None:
    assert "INTERLOCKS lacks the `limit` and the `stale`" in wrong(loop(), INTERLOCKS=[])
    assert "lacks the `stale`" in wrong(loop(), INTERLOCKS=[HOT])
    assert "lacks the `limit`" in wrong(loop(), INTERLOCKS=[LOST])
    elsewhere = [HOT | {"sensor": "t_entree"}, LOST | {"sensor": "t_entree"}]
    assert "`stale` on t_resistance.temp switch off" in wrong(loop(), INTERLOCKS=elsewhere)
    assert "lacks the `limit`" in wrong(loop(), INTERLOCKS=[HOT | {"outputs": {"ventilateur": 255}}, LOST])


def test_a_fan_needs_none_but_a_range() -> None:
    cooling = loop(output="ventilateur", action="cool")
    [spec] = accepted(**bench(cooling, INTERLOCKS=[])).loops
    assert spec.max == 80
    assert "LOOPS[0] (chauffe), max: found nothing" in wrong(cooling | {"max": None}, INTERLOCKS=[])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sensor": "t_resistanse"}, "which is no sensor; allowed: t_resistance, t_entree; did you mean `t_resistance`?"),
        ({"output": "resistence"}, "which is no output; allowed: ventilateur, resistance; did you mean `resistance`?"),
        ({"channel": "hum"}, "LOOPS[0] (chauffe), channel: found 'hum'; allowed: temp"),
        ({"pin": 23}, "LOOPS[0] (chauffe), pin: found 23; allowed: 100 to 9997"),
        ({"pin": "1000"}, "pin: found '1000'; allowed: 100 to 9997"),
        ({"pin": 9998}, "pin: found 9998"),
        ({"pin": ...}, "pin: found nothing"),
        ({"max": 83.5}, "max: found 83.5; allowed: 83 or less: too_hot trips above 90, its hysteresis is 5, and 2 are to spare"),
        ({"max": 20}, "min: found 20 with 'max' 20; allowed: a 'min' less than 'max'"),
        ({"max": ..., "min": 85}, "min: found 85; allowed: 83 or less"),
        ({"ambiant": "t_entree"}, "key 'ambiant'; allowed: name, title,"),
        ({"action": "warm"}, "action: found 'warm'; allowed: 'heat' or 'cool'"),
        ({"fan": "resistance"}, "fan: found 'resistance'; allowed: another output"),
        ({"output": "ventilateur"}, "'heat' with 'ventilateur', a fan"),
        ({"hysteresis": 1}, "only for an output that is off or on"),
        ({"k": 0.6}, "gain: found nothing; allowed: a number: k, gain, dead_time are given together"),
        ({"fan_losses": [1, 0.5]}, "fan_losses: found [1, 0.5]; allowed: [1, number, number]"),
        ({"name": "ventilateur"}, "name: found 'ventilateur', which ACTUATORS_CONFIG[0] (ventilateur) has"),
        ({"name": "interlocks"}, "name: found 'interlocks', which the daemon itself has"),
        ({"ramp": 0}, "ramp: found 0"),
        ({"max_duty": 101}, "max_duty: found 101"),
    ],
)
def test_what_cannot_be_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    assert words in wrong(loop(**changes))


def test_an_on_off_output_needs_a_hysteresis() -> None:
    valve = [fan(), output(driver="DIGITAL", pwm_frequency=None, max=1)]
    assert "hysteresis: found nothing" in wrong(loop(), ACTUATORS_CONFIG=valve)
    accepted(**bench(loop(hysteresis=0.5, cycle=20), ACTUATORS_CONFIG=valve))


def test_two_loops_have_nothing_in_common() -> None:
    _, problems, _ = judge(**bench(loop(), loop(pin=1002)))
    text = "\n".join(map(str, problems))
    assert "LOOPS[1] (chauffe), name: found 'chauffe', which LOOPS[0] (chauffe) has" in text
    assert "LOOPS[1] (chauffe), output: found 'resistance', which LOOPS[0] (chauffe) drives" in text
    assert "LOOPS[1] (chauffe), pin: found 1002, while 1002 belongs to LOOPS[0] (chauffe)" in text


def test_everything_that_is_wrong_is_said_at_once() -> None:
    _, problems, _ = judge(**bench(loop(pin=1, max=999), 7, INTERLOCKS=[HOT]))
    assert len(problems) == 4, [str(problem) for problem in problems]


@pytest.mark.parametrize("section", [None, {}, 7])
def test_a_section_of_another_shape_is_refused(section: Any) -> None:
    assert "config.py: LOOPS: found" in refused(**BENCH | {"LOOPS": section})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("four à 45", "letters, digits and signs of ASCII"),
        ("x" * 60, "has at most 64 characters"),
        ("t_resistance_temp", ""),
    ],
)
def test_a_loop_in_a_network_has_a_name_that_the_network_can_have(name: str, said: str) -> None:
    network = {"host": "192.168.1.10", "name": "bench1"}
    if said:
        assert said in wrong(loop(name=name), LECO=network)
        assert accepted(**bench(loop(name=name))).loops
    else:
        assert accepted(**bench(loop(name=name), LECO=network)).loops


def test_a_loop_has_no_name_in_a_network_that_a_channel_has() -> None:
    aht = {**BENCH["SENSORS_CONFIG"], 0x38: sensor(driver="AHT10", name="rh")}
    sentence = wrong(loop(name="rh_temp"), SENSORS_CONFIG=aht, LECO={"host": "192.168.1.10", "name": "bench1"})
    assert "bench1_rh_temp in the LECO network stands for rh_temp already" in sentence
