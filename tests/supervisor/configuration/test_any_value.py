"""Whatever stands in a file, the answer is a bench or a list of sentences; never an exception, and never without an end."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supervisor.configuration import check
from tests.supervisor.configuration.benches import fan, judge, names_of, output, sensor
from tests.supervisor.configuration.odd import ODDS, VALUES, disturbed, real

ROOT = Path(__file__).resolve().parents[3]
SECTIONS = ("ACTUATORS_CONFIG", "SENSORS_CONFIG", "INTERLOCKS", "ON_EVENT", "LIMITS", "CURVE", "ALLOW", "READ_ONLY")
SINGLE = ("I2C_BUS_ID", "I2C_TIMEOUT", "BIND", "PORT", "GPIO_BACKEND", "DEADLINE", "FRAME_INTERVAL")


def _file(path: Path) -> dict[str, Any]:
    names = names_of(path.read_text(encoding="utf-8"))
    return {name: value for name, value in names.items() if name.isupper()}


WHOLE: dict[str, Any] = {
    "PORT": 5555,
    "BIND": "*",
    "I2C_BUS_ID": 1,
    "ALLOW": ["192.168.1.0/24"],
    "READ_ONLY": ["10.0.0.7"],
    "CURVE": {"port": 5556, "folder": "keys", "bind": "*", "allow": ["10.0.0.0/8"]},
    "LIMITS": {"body": 65536, "components": 256, "outstanding_per_client": 256, "outstanding": 4096, "clients": 1024},
    "ON_EVENT": [{"events": ["sensor_absent"], "command": ["logger", "{message}"], "timeout": 5}],
    "ACTUATORS_CONFIG": [
        fan(kind="fan", linger=60, ramp=50, restore=True, safe=0),
        output(kind="heater", active_low=True, ramp=50),
        output(name="valve", title="Valve", kind="output", pin=24, driver="DIGITAL", pwm_frequency=None, max=1),
        output(name="chip fan", driver="EMC2101_FAN", pin=None, address=0x4C, pwm_frequency=None, kind="fan"),
    ],
    "SENSORS_CONFIG": {
        0x48: sensor(period=1, max_age=1, coupling=1, calibration={"temp": {"offset": 0.5, "scale": 1}}),
        0x49: sensor(driver="PT-100", name="pt", law="linear", series_resistance=97.7, rail_input="AIN1", data_rate=128),
        0x4C: sensor(driver="EMC2101", name="emc", alert_pin=False),
        "default": {"driver": "Unknown"},
    },
    "INTERLOCKS": [
        {
            "name": "a",
            "kind": "limit",
            "sensor": "t_resistance",
            "above": 90,
            "hysteresis": 5,
            "outputs": {"resistance": 0, "ventilateur": 9},
        },
        {"name": "b", "kind": "stale", "sensor": "t_resistance", "seconds": 5, "outputs": ["resistance"]},
        {"name": "c", "kind": "progress", "sensor": "pt", "output": "resistance", "outputs": "ventilateur"},
        {"name": "d", "kind": "stuck_on", "sensor": "emc", "channel": "external", "output": "resistance", "fan": ["ventilateur"]},
        {"name": "e", "kind": "requirement", "needs": "ventilateur", "above": 20, "grace": 1, "outputs": ["resistance"]},
        {"name": "f", "kind": "max_on", "output": "resistance", "seconds": 60},
        {"name": "g", "kind": "max_duty", "output": "resistance", "duty": 50},
        {"name": "h", "kind": "idle", "seconds": 60},
        {"name": "i", "kind": "client_lost", "outputs": ["resistance"], "latched": True},
    ],
}
FILES = {"whole": WHOLE, "default": _file(ROOT / "config.py"), "pizero": _file(ROOT / "examples" / "config_pizero.py")}


def answered(names: dict[Any, Any]) -> None:
    bench, problems, warnings = judge(**{name: real(value) for name, value in names.items() if type(name) is str})
    assert (bench is None) == bool(problems)
    assert bench is None or len(bench.interlocks) == list.__len__(real(names.get("INTERLOCKS", [])))
    for text in [*map(str, problems), *warnings]:
        assert text.startswith("config.py: ")
        assert len(text) < 2000
        text.encode()


@pytest.mark.parametrize("which", FILES)
def test_the_files_that_are_disturbed_are_good(which: str) -> None:
    bench, problems, _warnings = judge(**FILES[which])

    assert bench is not None, problems


@pytest.mark.parametrize("which", FILES)
@given(data=st.data())
@settings(suppress_health_check=[*HealthCheck])
def test_a_disturbed_file_is_a_bench_or_a_list_of_sentences(which: str, data: st.DataObject) -> None:
    answered(data.draw(disturbed(FILES[which])))


@pytest.mark.parametrize("name", [*SECTIONS, *SINGLE])
@given(value=VALUES)
def test_a_section_may_be_anything(name: str, value: Any) -> None:
    answered({**WHOLE, name: value})


@pytest.mark.parametrize("section", ["ACTUATORS_CONFIG", "SENSORS_CONFIG", "INTERLOCKS"])
@given(data=st.data())
def test_every_key_of_an_entry_may_be_anything(section: str, data: st.DataObject) -> None:
    entries = WHOLE[section]
    for where, entry in entries.items() if isinstance(entries, dict) else enumerate(entries):
        changed = entries.copy()
        changed[where] = {**entry, data.draw(st.sampled_from([*entry])): data.draw(st.sampled_from(ODDS))}
        answered({**WHOLE, section: changed})


def test_a_fault_of_the_checks_themselves_is_a_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_ignored: Any) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("supervisor.configuration.bench.make", stumble)
    path = tmp_path / "config.py"
    path.write_text("ACTUATORS_CONFIG = []\nSENSORS_CONFIG = {}\n")

    bench, problems, _warnings = check(path)

    assert bench is None
    assert "the check stumbles over this file: KeyError: 'surprise'" in str(problems[0])
