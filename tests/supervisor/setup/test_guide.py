"""`pilotage setup` on a machine that is a folder, with an I2C bus that is a list of chips."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import DeviceError
from actors.hardware.i2c.scan import Found
from supervisor.configuration import check
from supervisor.setup.bench_text import with_chips
from supervisor.setup.guide import Guide
from tests.project.sources import ROOT
from tests.supervisor.setup.machines import Machine

CONFIG = "etc/pilotage/config.py"
DEFAULT = (ROOT / "config.py").read_text(encoding="utf-8")
BENCH, _PROBLEMS, _WARNINGS = check(ROOT / "config.py")
assert BENCH is not None
DRIVERS = {sensor.address: sensor.driver for sensor in BENCH.sensors}
HEATER = 0x48


@pytest.fixture(autouse=True)
def _no_pigpiod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIGPIO_PORT", "1")


def found(chips: Mapping[int, str]) -> list[Found]:
    return [Found(address, "identified", None, driver, f"{driver} (its identity)") for address, driver in chips.items()]


def guide(machine: Machine, chips: Mapping[int, str], answers: list[str] | None = None, *, agree: bool = True) -> Guide:
    def asked(question: str) -> bool:
        if answers is not None:
            answers.append(question)
        return agree

    return Guide(machine.host(), asked, lambda _bus, _expected: found(chips))


def test_the_sensors_that_are_there_become_the_bench_that_is_shown_and_written(machine: Machine, tmp_path: Path) -> None:
    machine.put("/dev/i2c-1")
    questions: list[str] = []
    assert guide(machine, {0x38: "AHT10", HEATER: "TMP102", 0x40: "INA219"}, questions).bench() == 0
    text = machine.get(CONFIG)
    assert questions == ["write this to /etc/pilotage/config.py?"]
    assert text in machine.said
    (tmp_path / "written.py").write_text(text, encoding="utf-8")
    bench, problems, _warnings = check(tmp_path / "written.py")
    assert problems == ()
    assert bench is not None
    assert {sensor.address: sensor.driver for sensor in bench.sensors} == {0x38: "AHT10", HEATER: "TMP102", 0x40: "INA219"}
    assert [output.name for output in bench.outputs] == ["ventilateur", "resistance"]
    assert "t_sortie" not in text


def test_nothing_is_written_without_a_yes(machine: Machine) -> None:
    machine.put("/dev/i2c-1")
    assert guide(machine, {HEATER: "TMP102"}, agree=False).bench() == 0
    assert CONFIG not in machine.files()


def test_what_somebody_has_made_is_kept_and_what_it_lacks_is_told(machine: Machine) -> None:
    machine.put("/dev/i2c-1")
    mine = DEFAULT.replace("Humidité de sortie", "Humidité")
    machine.put("/" + CONFIG, mine)
    assert guide(machine, {**DRIVERS, 0x40: "INA219"}).bench() == 0, machine.text
    assert machine.get(CONFIG) == mine
    assert '    0x40: {"driver": "INA219", "name": "ina219_40"},' in machine.said


def test_the_default_bench_that_a_package_brought_is_replaced_and_kept_beside(machine: Machine) -> None:
    machine.put("/dev/i2c-3")
    machine.put("/" + CONFIG, DEFAULT)
    assert guide(machine, {HEATER: "TMP102"}).bench() == 0
    assert "I2C_BUS_ID = 3" in machine.get(CONFIG)
    assert machine.get(f"{CONFIG}.before") == DEFAULT


def test_the_firmware_comes_first_and_wants_a_reboot(machine: Machine) -> None:
    machine.pi("Raspberry Pi 4 Model B Rev 1.4", config="arm_64bit=1")
    assert guide(machine, {}).bench() == 75
    assert "dtparam=i2c_arm=on" in machine.get("/boot/firmware/config.txt").splitlines()
    assert machine.get("/boot/firmware/config.txt").startswith("arm_64bit=1\n")
    assert "sudo reboot" in machine.text
    assert CONFIG not in machine.files()


def test_a_machine_without_a_bus_is_told_so(machine: Machine) -> None:
    assert guide(machine, {}).bench() == 69
    machine.put("/dev/i2c-1")

    def broken(_bus: int, _expected: Mapping[int, str]) -> list[Found]:
        raise DeviceError("no_permission", "/dev/i2c-1 may not be used")

    assert Guide(machine.host(), lambda _question: True, broken).bench() == 69
    assert "/dev/i2c-1 may not be used" in machine.text


CHIPS = st.dictionaries(
    st.sampled_from([0x38, 0x40, 0x44, 0x48, 0x49, 0x4A, 0x4B, 0x4C]), st.sampled_from(["TMP102", "AHT10", "EMC2101", "INA219", "SHT3X"])
)


@given(st.integers(0, 22), CHIPS)
def test_whatever_is_found_the_file_is_a_good_one_with_these_sensors(bus: int, chips: dict[int, str]) -> None:
    fitting = {address: driver for address, driver in chips.items() if DRIVERS.get(address, driver) == driver}
    text = with_chips(DEFAULT, bus, fitting, {"resistance"})
    space: dict[str, object] = {}
    exec(compile(text, "config.py", "exec"), space)  # noqa: S102 - our own file
    sensors = space["SENSORS_CONFIG"]
    assert isinstance(sensors, dict)
    assert {key: value["driver"] for key, value in sensors.items() if key != "default"} == fitting
    heats = "resistance" in {output["name"] for output in space["ACTUATORS_CONFIG"]}  # type: ignore[attr-defined]
    assert heats == (fitting.get(HEATER) == "TMP102"), "a heater that nothing guards is none of the bench's"
    assert space["I2C_BUS_ID"] == bus
