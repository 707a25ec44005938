"""The PyMoDAQ plugin's file: valid TOML, and what that plugin makes of it."""

import re
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.places import Lists
from supervisor.cli.pymodaq.file import Link, document
from supervisor.cli.pymodaq.units import pint_units
from tests.e2e.daemon import ROOT, Daemon
from tests.supervisor.cli.conftest import Run

LINK = Link("192.168.1.20", 5555)


def sensor(
    child: str, address: str = "0x48", units: str = "°C", driver: str = "TMP102", channels: tuple[str, ...] = ("temp",)
) -> dict[str, Any]:
    return {
        "child": child,
        "address": address,
        "units": units,
        "driver": driver,
        "channels": list(channels),
        "pin": None,
        "simulated": False,
    }


def output(child: str, pin: int | None = 18, units: str = "%", top: float = 255, address: str | None = None) -> dict[str, Any]:
    return {"child": child, "pin": pin, "units": units, "driver": "PWM", "minVal": 0, "maxVal": top, "address": address, "simulated": False}


def made(outputs: list[dict[str, Any]], sensors: list[dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """Return the parsed file and the warnings."""
    warnings: list[str] = []
    text = document(cast("Lists", {"actuator": outputs, "detector": sensors}), LINK, warnings.append)
    assert text.isascii()
    parsed: dict[str, Any] = tomllib.loads(text)["Raspberry"]
    return parsed, warnings


def components(section: dict[str, Any], kind: str) -> list[dict[str, str]]:
    return [section[kind][f"COMPONENT{number}"] for number in range(1, len(section[kind]) + 1)]


def test_the_default_bench_is_what_the_plugin_wants(daemon: Daemon, run: Run) -> None:
    code, out, err = run("pymodaq-config", "--endpoint", daemon.endpoint)
    assert (code, err) == (0, "")
    found = tomllib.loads(out)["Raspberry"]
    assert {key: found[key] for key in ("address_Rasp", "port", "timeout_ms")} == {
        "address_Rasp": "127.0.0.1",
        "port": str(daemon.port),
        "timeout_ms": "2000",
    }
    assert components(found, "ACTUATOR")[1] == {
        "title": "resistance [pwm]",
        "name": "resistance",
        "units": "",
        "min": "0",
        "max": "255",
        "address": "None",
        "pin": "23",
    }
    assert components(found, "DETECTOR")[3] == {
        "title": "t_entree [tmp102]",
        "name": "t_entree",
        "units": "degC",
        "address": "0x4A",
        "pin": "None",
    }
    assert [entry["units"] for entry in components(found, "DETECTOR")] == ["percent", *["degC"] * 6, ""]
    assert components(found, "ACTUATOR")[2] == {
        "title": "chauffe [loop]",
        "name": "chauffe",
        "units": "degC",
        "min": "0",
        "max": "80",
        "address": "None",
        "pin": "1000",
    }
    assert [entry["pin"] for entry in components(found, "DETECTOR")][-2:] == ["1001", "1002"]


def test_a_file_describes_a_bench_without_a_daemon(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "config_raspberry.toml"
    bench = str(ROOT / "examples" / "config_pizero.py")
    code, out, err = run("pymodaq-config", "--config", bench, "--address", "192.168.1.20", "--output", str(target))
    assert (code, out, err) == (0, "", "")
    found = tomllib.loads(target.read_text(encoding="ascii"))["Raspberry"]
    assert found["address_Rasp"] == "192.168.1.20"
    assert [entry["pin"] for entry in components(found, "ACTUATOR")] == ["13", "19"]
    assert "localhost" in run("pymodaq-config", "--config", bench).err, "PyMoDAQ is hardly on the Raspberry"
    assert tomllib.loads(run("pymodaq-config", "--config", bench, "--endpoint", "pi:5600").out)["Raspberry"]["port"] == "5600"
    assert run("pymodaq-config", "--config", bench, "--output", str(tmp_path)).code == 73
    assert run("pymodaq-config", "--config", str(tmp_path / "none.py")).code == 78


def test_an_output_of_a_chip_is_reached_by_its_address_and_a_shared_one_is_warned_of() -> None:
    found, warnings = made([output("fan", None, address="0x4c")], [sensor("T_emc", "0x4c")])
    assert components(found, "ACTUATOR")[0]["address"] == "0x4C"
    assert components(found, "ACTUATOR")[0]["pin"] == "None"
    assert len(warnings) == 1
    assert "share the address 0x4c" in warnings[0]


@given(st.lists(st.text(min_size=1, max_size=20), max_size=8, unique=True), st.text(max_size=10))
def test_any_bench_is_valid_toml_with_unique_titles_and_names(names: list[str], units: str) -> None:
    half = len(names) // 2
    outputs = [output(name, number, units) for number, name in enumerate(names[:half])]
    sensors = [sensor(name, f"0x{8 + number:02x}", units, channels=("a", "b")) for number, name in enumerate(names[half:])]
    found, _ = made(outputs, sensors)
    entries = components(found, "ACTUATOR") + components(found, "DETECTOR")
    assert len(entries) == len(names)
    assert len({entry["title"] for entry in entries}) == len(entries)
    assert len({entry["name"] for entry in entries}) == len(entries)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", entry["name"]) for entry in entries)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("°C", "degC"),
        ("deg C", "degC"),
        ("RH", "percent"),
        ("% RH", "percent"),
        ("%", "percent"),
        ("", ""),
        ("Ω", "ohm"),
        ("kΩ", "kohm"),
        ("µV", "uV"),
        ("g/m³", "g/m**3"),
        ("W / m²", "W/m**2"),
        ("m s-1", "m*s**-1"),
        ("tr/min", "rpm"),
        ("1/s", "1/s"),
        ("mbar", "mbar"),
        ("bananas", None),
        ("m*", None),
        ("2", None),
    ],
)
def test_units_get_the_spelling_that_pint_reads_in_the_same_sense(written: str, read: str | None) -> None:
    assert pint_units(written) == read


@given(st.text(max_size=12))
def test_units_are_ascii_or_unknown_whatever_is_written(text: str) -> None:
    units = pint_units(text)
    assert units is None or units.isascii()
