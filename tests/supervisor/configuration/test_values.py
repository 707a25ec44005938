"""The single values, and what concerns the file as a whole."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.bench.devices import Bench
from supervisor.configuration.problems import ConfigurationError, Problem
from tests.supervisor.configuration.benches import accepted, fan, judge, output, refused, sensor, warnings_of


def test_absent_values_have_the_defaults_of_the_bench() -> None:
    assert accepted() == Bench("config.py", 1, (), ())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("I2C_BUS_ID", -1),
        ("I2C_BUS_ID", "1"),
        ("I2C_BUS_ID", None),
        ("PORT", 0),
        ("PORT", 65536),
        ("PORT", 5555.0),
        ("DEADLINE", 0.04),
        ("DEADLINE", 61),
        ("FRAME_INTERVAL", -0.1),
        ("I2C_TIMEOUT", 0.001),
        ("I2C_TIMEOUT", 1.1),
        ("FRAME_INTERVAL", 10.5),
        ("FRAME_INTERVAL", float("nan")),
        ("BIND", ""),
        ("BIND", "tcp://*:5555"),
        ("BIND", "0.0.0.0:5555"),
        ("BIND", "192.168.1.300"),
        ("BIND", "192.168.1"),
        ("BIND", None),
    ],
)
def test_a_value_out_of_its_limits_is_refused(key: str, value: Any) -> None:
    assert refused(**{key: value}).startswith(f"config.py: {key}: found {value!r}; allowed: ")


@pytest.mark.parametrize(
    ("name", "key"),
    [("port", "PORT"), ("I2C_BUS", "I2C_BUS_ID"), ("DEADLINES", "DEADLINE"), ("INTERLOCK", "INTERLOCKS"), ("ON_EVENTS", "ON_EVENT")],
)
def test_a_name_that_is_nearly_a_key_is_a_warning(name: str, key: str) -> None:
    assert warnings_of(**{name: 3}) == [f"config.py: `{name}` is no key of the file, and is ignored; did you mean `{key}`?"]


def test_a_file_without_any_section_is_refused() -> None:
    report_names = {"ACTUATOR_CONFIG": [], "SENSORS_CONFIG": ...}
    _bench, problems, _warnings = _judge_only({"ACTUATOR_CONFIG": report_names})

    (problem,) = problems
    assert "neither ACTUATORS_CONFIG nor SENSORS_CONFIG" in str(problem)
    assert "did you mean ACTUATORS_CONFIG by `ACTUATOR_CONFIG`?" in problem.hint


def test_a_section_under_a_misspelt_name_is_one_error_whoever_needs_what_is_in_it() -> None:
    rules = [{"name": str(number), "kind": "stale", "sensor": "t_resistance", "outputs": ["resistance"]} for number in range(9)]
    _bench, problems, _warnings = _judge_only({"SENSOR_CONFIG": {0x48: sensor()}, "ACTUATORS_CONFIG": [output()], "INTERLOCKS": rules})

    assert [str(problem) for problem in problems] == [
        "config.py: no SENSORS_CONFIG; allowed: a list of outputs and a dict of sensors; did you mean SENSORS_CONFIG by `SENSOR_CONFIG`?"
    ]


def _judge_only(names: dict[str, Any]) -> tuple[Bench | None, list[Problem], list[str]]:
    from supervisor.configuration.bench import make
    from supervisor.configuration.problems import Report

    report = Report("config.py")
    return make(names, report), report.problems, report.warnings


def test_all_errors_are_listed_at_once() -> None:
    bench, problems, warnings = judge(
        PORT=0,
        DEADLINE="1",
        ACTUATORS_CONFIG=[
            output(pin="23", driver="PMW", min=255, max=0, titel="x"),
            fan(pwm_frequency=0, units=3),
            output(name="third", pin=2),
            fan(kind="fan", name="fourth"),
        ],
        SENSORS_CONFIG={0x03: sensor(driver="AHT"), 0x38: sensor(driver="AHT10", period=1, calibration={"x": {}}), "0x49": 1},
    )

    assert bench is None
    assert [(problem.entry, problem.key) for problem in problems] == [
        ("", "PORT"),
        ("", "DEADLINE"),
        ("ACTUATORS_CONFIG[0] (resistance)", "pin"),
        ("ACTUATORS_CONFIG[0] (resistance)", "driver"),
        ("ACTUATORS_CONFIG[0] (resistance)", "min"),
        ("ACTUATORS_CONFIG[1] (ventilateur)", "units"),
        ("ACTUATORS_CONFIG[1] (ventilateur)", "pwm_frequency"),
        ("SENSORS_CONFIG", ""),
        ("SENSORS_CONFIG[0x03] (t_resistance)", "driver"),
        ("SENSORS_CONFIG[0x38] (t_resistance)", "period"),
        ("SENSORS_CONFIG[0x38] (t_resistance)", "calibration"),
        ("SENSORS_CONFIG", ""),
        ("SENSORS_CONFIG['0x49']", ""),
        ("ACTUATORS_CONFIG[2] (third)", "pin"),
        ("ACTUATORS_CONFIG[3] (fourth)", "pin"),
    ]
    assert len(warnings) == 1
    lines = str(ConfigurationError(problems)).splitlines()
    assert lines == [str(problem) for problem in problems]
    assert all(line.startswith("config.py: ") and "found " in line and "allowed: " in line for line in lines)


@given(
    st.lists(st.tuples(st.sampled_from([4, 5, 18]), st.sampled_from(["a", "b", "a@GPIO4", "a@0x49"])), max_size=3),
    st.dictionaries(st.sampled_from([0x48, 0x49, 0x4A]), st.sampled_from(["a", "b", "a@GPIO4", "a@0x49"])),
)
def test_a_bench_that_is_accepted_has_one_owner_per_id_and_pin(outputs: list[tuple[int, str]], sensors: dict[int, str]) -> None:
    bench, problems, _warnings = judge(
        ACTUATORS_CONFIG=[output(pin=pin, name=name) for pin, name in outputs],
        SENSORS_CONFIG={where: sensor(name=name) for where, name in sensors.items()},
    )

    assert (bench is None) == bool(problems)
    if bench is not None:
        ids = [item.id for item in bench.outputs] + [item.id for item in bench.sensors]
        pins = [item.pin for item in bench.outputs]
        assert (len(set(ids)), len(set(pins))) == (len(outputs) + len(sensors), len(outputs))
    else:
        assert len({pin for pin, _ in outputs}) < len(outputs) or any("@" in name for name in (*dict(outputs).values(), *sensors.values()))
