"""The single values, and what concerns the file as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.bench.devices import Bench
from supervisor.configuration.problems import ConfigurationError, Problem
from tests.supervisor.configuration.benches import accepted, fan, judge, output, refused, sensor, warnings_of


def test_absent_values_have_the_defaults_of_the_bench() -> None:
    assert accepted() == Bench("config.py", 1, (), ())


def test_values_that_are_given_arrive() -> None:
    bench = accepted(I2C_BUS_ID=3, BIND="127.0.0.1", PORT=6000, DEADLINE=2, FRAME_INTERVAL=0, I2C_TIMEOUT=0.25)

    assert (bench.bus, bench.bind, bench.port) == (3, "127.0.0.1", 6000)
    assert (bench.deadline, bench.frame_interval, bench.i2c_timeout) == (2.0, 0.0, 0.25)


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


@pytest.mark.parametrize("address", ["*", "0.0.0.0", "192.168.1.7", "::1", "[::1]", "eth0", "bench.lab.example", "localhost"])
def test_an_address_to_listen_on_is_accepted(address: str) -> None:
    assert accepted(BIND=address).bind == address


def test_other_names_are_ignored() -> None:
    assert warnings_of(FLOW=object(), FRAME="?", os=pytest, DEAD=-1, ports=len, PORT=6000, port=6001) == []


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


def test_a_file_without_one_section_is_a_warning() -> None:
    bench, problems, warnings = _judge_only({"SENSORS_CONFIG": {}, "ACTUATOR_PINS": 3})

    assert bench is not None
    assert not problems
    assert warnings == ["config.py: there is no ACTUATORS_CONFIG"]


def test_a_section_under_a_misspelt_name_is_one_error_whoever_needs_what_is_in_it() -> None:
    rules = [{"name": str(number), "kind": "stale", "sensor": "t_resistance", "outputs": ["resistance"]} for number in range(9)]
    _bench, problems, _warnings = _judge_only({"SENSOR_CONFIG": {0x48: sensor()}, "ACTUATORS_CONFIG": [output()], "INTERLOCKS": rules})

    assert [str(problem) for problem in problems] == [
        "config.py: no SENSORS_CONFIG; allowed: a list of outputs and a dict of sensors; did you mean SENSORS_CONFIG by `SENSOR_CONFIG`?"
    ]


def test_a_name_that_nothing_has_is_one_error_however_often_it_occurs() -> None:
    rules = [{"name": f"i{number}", "kind": "max_on", "output": "resistance", "seconds": 60} for number in range(9)]
    rules += [{"name": "needs", "kind": "requirement", "needs": "t_resistance", "above": 1, "outputs": {"resistance": 0}}]
    _bench, (problem,), _warnings = judge(ACTUATORS_CONFIG=[output(name="resistanse")], SENSORS_CONFIG={0x48: sensor()}, INTERLOCKS=rules)

    assert str(problem) == (
        "config.py: INTERLOCKS[0] (i0), output: found 'resistance', which is no output; allowed: resistanse; did you mean `resistanse`?; "
        "the same name is in INTERLOCKS[1] (i1), INTERLOCKS[2] (i2), INTERLOCKS[3] (i3) and 6 more"
    )


@pytest.mark.parametrize("wrong", [{"name": ...}, {"name": 3}])
def test_an_entry_without_a_name_is_one_error_whoever_calls_it_by_that_name(wrong: dict[str, Any]) -> None:
    rules = [{"name": str(number), "kind": "stale", "sensor": "t_resistance", "outputs": ["resistance"]} for number in range(9)]
    names = {"ACTUATORS_CONFIG": [output(**wrong)], "SENSORS_CONFIG": {0x48: sensor()}}
    _bench, problems, _warnings = judge(**names, INTERLOCKS=rules)
    assert [problem.entry for problem in problems] == ["ACTUATORS_CONFIG[0]"]

    _bench, problems, _warnings = judge(ACTUATORS_CONFIG=[output()], SENSORS_CONFIG={0x48: sensor(**wrong)}, INTERLOCKS=rules)
    assert [problem.entry for problem in problems] == ["SENSORS_CONFIG[0x48]"]


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


class Hostile:
    """An object of the user's own whose every word is an error."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


class Odd:
    """An object that prints itself on two lines, one of which no terminal takes."""

    def __repr__(self) -> str:
        return "two\nlines \ud800"


def test_an_odd_value_is_printed_on_one_line() -> None:
    assert refused(PORT=Odd()) == "config.py: PORT: found two lines \\ud800; allowed: 1 to 65535"


def itself() -> list[Any]:
    """A list that holds itself."""
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value", [Hostile(), 10**5000, -(10**5000), itself(), "x" * 10_000], ids=["hostile", "huge", "negative", "cyclic", "long"]
)
@pytest.mark.parametrize("key", ["pin", "name", "title", "driver", "units", "min", "address", "pwm_frequency", "kind", "restore"])
def test_a_value_that_cannot_be_printed_is_an_error_that_can(key: str, value: Any) -> None:
    _bench, problems, _warnings = judge(
        PORT=value, ACTUATORS_CONFIG=[output(**{key: value}), value], SENSORS_CONFIG={0x38: sensor(**{key: value}), 10**5000: value}
    )

    assert problems
    assert all(len(str(problem)) < 400 for problem in problems)


KEYS = st.sampled_from(
    [
        "pin", "name", "title", "driver", "units", "min", "max", "address", "pwm_frequency", "safe", "kind", "active_low", "ramp",
        "restore", "period", "max_age", "coupling", "calibration", "law", "data_rate", "alert_pin", "x", "offset", "scale", "temp",
    ]
)  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 130)
    | st.sampled_from([10**400, "\ud800", "a\nb", b"18", 1j, object, float("nan")])
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["PWM", "DIGITAL", "PT-100", "TMP102", "EMC2101", "AHT10", "default", "heater", "iec60751", 18, 23, 0x48, 100])
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.integers(0, 130), inner, max_size=6), max_leaves=12
)
ENTRIES = st.dictionaries(KEYS, ANYTHING, max_size=12)
SECTIONS = {
    "ACTUATORS_CONFIG": st.lists(ENTRIES | ANYTHING, max_size=4) | ANYTHING,
    "SENSORS_CONFIG": st.dictionaries(st.integers(0, 130) | st.text(max_size=4) | st.none(), ENTRIES | ANYTHING, max_size=4) | ANYTHING,
    "I2C_BUS_ID": ANYTHING,
    "PORT": ANYTHING,
    "BIND": ANYTHING,
    "DEADLINE": ANYTHING,
}


@given(st.fixed_dictionaries({}, optional=SECTIONS))
def test_whatever_a_file_holds_it_is_a_bench_or_a_list_of_errors(names: dict[str, Any]) -> None:
    bench, problems, warnings = _judge_only(names)

    assert (bench is None) == bool(problems)
    for line in (*map(str, problems), *warnings):
        assert "\n" not in line
        line.encode()


@given(st.lists(st.builds(dict, ENTRIES), max_size=3), st.dictionaries(st.integers(8, 0x77), ENTRIES, max_size=4))
def test_a_bench_that_is_accepted_has_one_owner_per_id_pin_and_address(outputs: list[Any], sensors: dict[int, Any]) -> None:
    outputs = [output(name=f"o{index % 2}") | {"pin": 4 + index % 3} | entry for index, entry in enumerate(outputs)]
    sensors = {where: sensor() | entry for where, entry in sensors.items()}

    bench, problems, _warnings = judge(ACTUATORS_CONFIG=outputs, SENSORS_CONFIG=sensors)

    if bench is None:
        assert problems
        return
    ids = [item.id for item in bench.outputs] + [item.id for item in bench.sensors]
    pins = [item.pin for item in bench.outputs if item.pin is not None]
    assert len(set(ids)) == len(ids) == len(outputs) + len(sensors)
    assert len(set(pins)) == len(pins)
