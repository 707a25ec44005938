"""Small benches for the tests: the shape of a predecessor's entries, and a way to change one key."""

from collections.abc import Mapping
from typing import Any

from actors.bench.devices import Bench
from supervisor.configuration.bench import make
from supervisor.configuration.problems import Problem, Report

FILE = "config.py"
UNWATCHED = "no interlock switches this heater off"


def output(**changes: Any) -> dict[str, Any]:
    """A heater on GPIO23, as the predecessor wrote it; `key=...` leaves a key out."""
    entry = {
        "pin": 23,
        "title": "Resistance",
        "name": "resistance",
        "driver": "PWM",
        "units": "%",
        "min": 0,
        "max": 255,
        "address": None,
        "pwm_frequency": 100,
    }
    return {key: value for key, value in (entry | changes).items() if value is not ...}


def fan(**changes: Any) -> dict[str, Any]:
    return output(**{"pin": 18, "title": "Ventilateur", "name": "ventilateur", "pwm_frequency": 25000} | changes)


def sensor(**changes: Any) -> dict[str, Any]:
    entry = {"driver": "TMP102", "title": "T", "name": "t_resistance", "units": "°C"}
    return {key: value for key, value in (entry | changes).items() if value is not ...}


def judge(**names: Any) -> tuple[Bench | None, list[Problem], list[str]]:
    """Check these names as if a file had left them behind."""
    report = Report(FILE)
    bench = make({"ACTUATORS_CONFIG": [], "SENSORS_CONFIG": {}} | names, report)
    return bench, report.problems, report.warnings


def accepted(**names: Any) -> Bench:
    bench, problems, _warnings = judge(**names)
    assert bench is not None, problems
    assert not problems
    return bench


def refused(**names: Any) -> str:
    """Return the one error there must be, as it is printed."""
    bench, problems, _warnings = judge(**names)
    assert bench is None
    assert len(problems) == 1, [str(problem) for problem in problems]
    return str(problems[0])


def refused_output(**changes: Any) -> str:
    return refused(ACTUATORS_CONFIG=[output(**changes)])


def refused_sensor(address: Any = 0x48, **changes: Any) -> str:
    return refused(SENSORS_CONFIG={address: sensor(**changes)})


def warnings_of(**names: Any) -> list[str]:
    bench, problems, warnings = judge(**names)
    assert bench is not None, problems
    assert list(bench.warnings) == warnings
    return [warning for warning in warnings if UNWATCHED not in warning]


def names_of(source: str) -> Mapping[str, Any]:
    """Execute `source` as a file would be."""
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102 - the configuration is Python
    return names
