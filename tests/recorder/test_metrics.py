"""What Prometheus gets: every sample by the rules of its format, nothing for what was not measured, and rules that name what there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from recorder.metrics import Meter
from tests.project.sources import ROOT
from tests.recorder.parts import Parts

MONITORING = ROOT / "examples" / "monitoring"
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.e+-]+)')
NAME = 'oven "north" \\ 2'


def child(kind: str, state: str = "running", values: dict[str, float | None] | None = None) -> dict[str, Any]:
    last = None if values is None else {"values": values, "faults": {}, "time": "", "age_s": 0.5}
    return {"kind": kind, "state": state, "restarts": 2, "last": last}


def channel(name: str, units: str) -> dict[str, Any]:
    return {"name": name, "units": units}


STATUS: Any = {
    "version": "1.2",
    "simulated": True,
    "clock_synchronised": False,
    "clients": [{}, {}],
    "children": {
        NAME: child("sensor", values={"temp": 48.5, "hum": 45.0, "flow": None, "level": 3.0}),
        "lost": child("sensor", "absent", {"temp": 20.0}),
        "heater": child("output"),
    },
    "outputs": {"heater": {"asked": 255.0, "read_back": 51.0}, "valve": {"asked": None, "read_back": None}},
    "interlocks": {"too_hot": {"tripped": True}, "idle": {"tripped": False}},
}
SENSORS = [
    {"child": NAME, "channels": [channel("temp", "°C"), channel("hum", "RH"), channel("flow", "l/min"), channel("level", "mm")]},
    {"child": "lost", "channels": [channel("temp", "°C")]},
]
DESCRIPTION: Any = {"sensors": SENSORS, "outputs": [{"child": "heater", "max": 255.0}, {"child": "valve", "max": 1.0}]}


@pytest.fixture
def text() -> str:
    meter = Meter()
    meter.follow(Parts().part(1.0, events=[(1.0, "interlock_tripped"), (1.0, "interlock_tripped"), (1.0, "set_point")]))
    return meter.text(STATUS, DESCRIPTION, 12345)


def samples(text: str) -> dict[str, str]:
    """Return every sample, after checking each line."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = SAMPLE.fullmatch(line)
            assert match, line
            found[line.rpartition(" ")[0]] = match[3]
    return found


def test_readings_are_in_base_units_and_what_was_not_measured_is_absent(text: str) -> None:
    found = samples(text)
    sensor = 'sensor="oven \\"north\\" \\\\ 2"'
    assert found[f'pilotage_temperature_celsius{{{sensor},channel="temp"}}'] == "48.5"
    assert found[f'pilotage_relative_humidity_ratio{{{sensor},channel="hum"}}'] == "0.45"
    assert found[f'pilotage_reading{{{sensor},channel="level",units="mm"}}'] == "3.0"
    assert not [name for name in found if "flow" in name or 'sensor="lost",channel' in name]
    assert found[f"pilotage_reading_age_seconds{{{sensor}}}"] == "0.5"
    assert (found[f"pilotage_sensor_up{{{sensor}}}"], found['pilotage_sensor_up{sensor="lost"}']) == ("1.0", "0.0")


def test_outputs_interlocks_and_events_are_told(text: str) -> None:
    found = samples(text)
    assert (found['pilotage_output_ratio{output="heater"}'], found['pilotage_output_set_ratio{output="heater"}']) == ("0.2", "1.0")
    assert 'pilotage_output_ratio{output="valve"}' not in found
    assert found['pilotage_interlock_tripped{interlock="too_hot"}'] == "1.0"
    assert found['pilotage_events_total{event="interlock_tripped",level="info"}'] == "2.0"
    assert found["pilotage_history_bytes"] == "12345.0"
    assert found['pilotage_build_info{version="1.2",simulated="true"}'] == "1.0"
    assert found["pilotage_clock_synchronised"] == "0.0"


def test_each_name_has_its_help_and_type_once_right_before_its_samples(text: str) -> None:
    seen = []
    for line in text.splitlines():
        if line.startswith("# HELP"):
            seen.append(line.split()[2])
        elif not line.startswith("#"):
            assert line.partition("{")[0].split()[0] == seen[-1]
    assert len(seen) == len(set(seen))
    assert text.endswith("\n")


def test_a_daemon_that_is_gone_is_told_and_nothing_of_its_bench() -> None:
    assert samples(Meter().text(None, None, 5)) == {"pilotage_daemon_up": "0.0", "pilotage_history_bytes": "5.0"}


def test_the_dashboard_and_the_alerts_ask_for_what_there_is(text: str) -> None:
    written = (MONITORING / "grafana.json").read_text(encoding="utf-8"), (MONITORING / "alerts.yml").read_text(encoding="utf-8")
    known = {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")}
    known |= {"pilotage_rotation_rpm", "pilotage_resistance_ohms"}
    assert json.loads(written[0])["panels"]
    for document in written:
        assert set(re.findall(r"pilotage_[a-z_]+", document)) <= known
    assert written[1].count("- alert:") == 5


def test_promtool_has_nothing_to_object(text: str, tmp_path: Path) -> None:
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("there is no promtool here (Debian's package prometheus has it)")
    done = subprocess.run([tool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    for name in ("prometheus.yml", "alerts.yml"):
        shutil.copy(MONITORING / name, tmp_path)
    done = subprocess.run([tool, "check", "config", str(tmp_path / "prometheus.yml")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
