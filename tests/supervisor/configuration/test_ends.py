"""What a chip can never report is no threshold, and no advice."""

from pathlib import Path
from typing import Any

import pytest

from tests.supervisor.configuration.benches import UNWATCHED, judge, names_of, output, sensor

ROOT = Path(__file__).resolve().parents[3]
AHT20 = sensor(driver="AHT20", name="air", title="", units=...)
PT100 = sensor(driver="PT-100", name="probe", title="")
CHIPS = {"TMP102": 0x48, "PT-100": 0x49, "AHT20": 0x38, "EMC2101": 0x4C}
EMC = sensor(driver="EMC2101", name="emc", title="")


def answer(sensors: dict[int, Any], **rule: Any) -> tuple[list[str], list[str]]:
    """Return errors and warnings of a bench with one rule."""
    rules = [{"name": "it", "outputs": ["resistance"], **rule}]
    rules += [{"name": entry["name"], "kind": "stale", "sensor": entry["name"], "seconds": 9} for entry in sensors.values()]
    _bench, problems, warnings = judge(ACTUATORS_CONFIG=[output()], SENSORS_CONFIG=sensors, INTERLOCKS=rules)
    return [str(problem) for problem in problems], warnings


@pytest.mark.parametrize(
    ("entry", "rule", "words"),
    [
        (
            sensor(),
            {"above": 200},
            "'above': 200 is never read: 127.875 °C is the most that t_resistance.temp (TMP102) can tell; it trips when",
        ),
        (
            sensor(),
            {"below": -60},
            "'below': -60 is never read: -55 °C is the least that t_resistance.temp (TMP102) can tell; it trips when",
        ),
        (AHT20, {"channel": "temp", "above": 90}, "85 °C is the most that air.temp (AHT20) can tell"),
        (PT100, {"above": 900}, "850 °C is the most that probe.temp (PT-100) can tell"),
        (EMC, {"channel": "external", "above": 130}, "126.875 °C is the most that emc.external (EMC2101) can tell"),
        (sensor(calibration={"temp": {"offset": -50}}), {"above": 80}, "77.875 °C is the most"),
        (sensor(calibration={"temp": {"scale": -1}}), {"above": 60}, "55 °C is the most"),
    ],
)
def test_a_limit_that_is_never_read_is_a_warning_because_over_range_trips_it(entry: Any, rule: Any, words: str) -> None:
    errors, warnings = answer({CHIPS[entry["driver"]]: entry}, kind="limit", sensor=entry["name"], **rule)

    assert errors == []
    assert len(warnings) == 1
    assert words in warnings[0]


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        (sensor(), {"above": 127.875}),
        (AHT20, {"channel": "temp", "above": 85}),
        (AHT20, {"above": 99}),
        (EMC, {"channel": "fan", "above": 1e6}),
    ],
)
def test_exactly_the_end_is_a_value_and_what_has_no_end_has_none(entry: Any, rule: Any) -> None:
    assert answer({CHIPS[entry["driver"]]: entry}, kind="limit", sensor=entry["name"], **rule) == ([], [])


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            {"kind": "limit", "sensor": "air", "above": 110},
            "above: found 110; allowed: less than 100; 100 %RH is the most that air.hum (AHT20) can tell",
        ),
        ({"kind": "limit", "sensor": "air", "above": 100}, "above: found 100; allowed: less than 100"),
        (
            {"kind": "limit", "sensor": "air", "below": 0},
            "below: found 0; allowed: more than 0; 0 %RH is the least that air.hum (AHT20) can tell",
        ),
        ({"kind": "requirement", "needs": "air", "above": 100}, "above: found 100; allowed: less than 100"),
        ({"kind": "requirement", "needs": "air", "channel": "temp", "above": 85}, "above: found 85; allowed: less than 85"),
        (
            {"kind": "limit", "sensor": "air", "above": 50, "hysteresis": 60},
            "hysteresis: found 60; allowed: 50 or less: air.hum (AHT20) tells 0 to 100",
        ),
        ({"kind": "limit", "sensor": "air", "below": 50, "hysteresis": 60}, "hysteresis: found 60; allowed: 50 or less"),
        (
            {"kind": "progress", "sensor": "air", "channel": "temp", "output": "resistance", "rise": 200},
            "rise: found 200; allowed: less than 125",
        ),
        (
            {"kind": "stuck_on", "sensor": "air", "channel": "temp", "output": "resistance", "rise": 125},
            "rise: found 125; allowed: less than 125",
        ),
    ],
)
def test_a_rule_that_could_never_act_is_refused(rule: Any, words: str) -> None:
    errors, _warnings = answer({0x38: AHT20}, **rule)

    assert len(errors) == 1, errors
    assert words in errors[0]


def advice(sensors: dict[int, Any], **changes: Any) -> list[dict[str, Any]]:
    """Return the lines that are proposed for a heater that nothing watches, and check that they are accepted in silence."""
    names = {"ACTUATORS_CONFIG": [output(**changes)], "SENSORS_CONFIG": sensors}
    _bench, problems, warnings = judge(**names)
    (warning,) = [each for each in warnings if UNWATCHED in each]
    lines: list[dict[str, Any]] = names_of(f"lines = {warning.partition('INTERLOCKS = ')[2]}")["lines"]
    assert (problems, judge(**names, INTERLOCKS=lines)[1:]) == ([], ([], []))
    return lines


def test_a_thermometer_that_cannot_tell_90_degrees_gets_a_limit_that_it_can() -> None:
    limit, _progress, lost, _stuck = advice({0x38: AHT20 | {"period": 20}})

    assert (limit["channel"], limit["above"]) == ("temp", 70)
    assert lost["seconds"] == 50


def test_the_loss_of_a_slow_sensor_is_noticed_in_a_time_that_its_period_allows() -> None:
    rule = {"name": "hot", "kind": "limit", "sensor": "t_resistance", "above": 90}
    names = {"ACTUATORS_CONFIG": [output()], "SENSORS_CONFIG": {0x48: sensor(period=30)}}
    _bench, _problems, (warning,) = judge(**names, INTERLOCKS=[rule])
    line = names_of(f"line = {warning.partition('add to INTERLOCKS: ')[2]}")["line"]

    assert line["seconds"] == 75
    assert judge(**names, INTERLOCKS=[rule, line])[1:] == ([], [])
