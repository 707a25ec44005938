"""Outputs of every sort on the command line: on and off, beside a sensor, on their way, running on; and values that are true."""

import math
import re
from collections.abc import Iterator

import pytest

from pilotage import Client, ClientError
from tests.e2e.daemon import Daemon
from tests.fakes import eventually
from tests.supervisor.cli.conftest import Run

BENCH = """
SENSORS_CONFIG = {
    0x4C: {"driver": "EMC2101", "name": "T_emc", "title": "Fan controller"},
    0x48: {"driver": "TMP102", "name": "t_in", "title": "Inlet"},
}
ACTUATORS_CONFIG = [
    {"name": "blower", "driver": "EMC2101_FAN", "address": 0x4C, "min": 0, "max": 100, "units": "%"},
    {"name": "valve", "driver": "DIGITAL", "pin": 17, "min": 0, "max": 1, "kind": "output"},
    {"name": "fan", "driver": "PWM", "pin": 18, "pwm_frequency": 25000, "min": 0, "max": 255, "units": "%", "kind": "fan", "linger": 600},
    {"name": "pump", "driver": "PWM", "pin": 13, "pwm_frequency": 100, "min": 0, "max": 12, "units": "V", "kind": "output", "ramp": 0.01},
    {"name": "heater", "driver": "PWM", "pin": 23, "pwm_frequency": 100, "min": 0, "max": 255, "units": "%", "kind": "heater"},
]
INTERLOCKS = [{"name": "hot", "kind": "limit", "sensor": "t_in", "above": 90, "outputs": ["heater"]}]
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "bench.py").write_text(BENCH)
    with Daemon(folder, "--simulate", "--config", "bench.py") as daemon:
        yield daemon.ready().running()


@pytest.fixture
def at(daemon: Daemon, bench: Client) -> tuple[str, str]:
    """The option that leads a command to `daemon`, whose outputs are off afterwards; a second `off` ends what lingers."""
    return ("--endpoint", daemon.endpoint)


def test_an_output_beside_a_sensor_is_read_and_driven_by_its_name(run: Run, at: tuple[str, str], bench: Client) -> None:
    assert run("set", "blower", "100", *at).out == "blower reads back 100 %\n"
    assert bench.read("blower") == bench.read("0x4c.output") == bench.read_many(["blower", "T_emc"])["blower"] == 100
    assert bench.read("T_emc") < 60, "the chip's own temperature"
    assert run("read", "blower", *at).out == "100 % (simulated)\n"
    assert set(bench.names()) <= bench.read_many(bench.names()).keys()
    code, _, err = run("read", "T_emc.wind", *at)
    assert (code, "it has: internal, external, fan, output" in err) == (64, True)


@pytest.mark.parametrize(("word", "says"), [("on", "on"), ("TRUE", "on"), ("1", "on"), ("off", "off"), ("false", "off"), ("0", "off")])
def test_an_on_off_output_takes_words_and_says_them(word: str, says: str, run: Run, at: tuple[str, str]) -> None:
    for name in ("valve", "GPIO17"):
        assert run("set", name, word, *at) == (0, f"{name} reads back {says}\n", "")
    assert run("read", "valve", *at).out == f"{says} (simulated)\n"


def test_words_are_for_on_off_outputs_alone(run: Run, at: tuple[str, str], bench: Client) -> None:
    code, _, err = run("set", "fan", "on", *at)
    assert (code, err) == (64, "pilotage: fan is no on/off output: it is set to a number from 0 to 255 [bad_value]\n")
    assert "is set to a number from 0 to 255; off is 0 [bad_value]" in run("set", "fan", "off", *at).err
    assert run("set", "GPIO99", "on", *at).code == 64
    code, _, err = run("set", "valve", "open", *at)
    assert code == 64
    assert "'open' is no number; write 128 or 25.5, or on and off for an on/off output" in err
    assert "'12,5' is no number; write 12.5" in run("set", "fan", "12,5", *at).err
    assert bench.set("valve", True) == 1
    assert bench.set_many({"valve": False, "fan": 0}) == {"valve": 0, "fan": 0}
    with pytest.raises(ClientError, match="no on/off output"):
        bench.set_many({"valve": True, "fan": True})
    assert bench.read("valve") == 0, "nothing is driven when a value cannot be"


def test_a_fan_that_runs_on_says_so_and_how_it_is_stopped(run: Run, at: tuple[str, str]) -> None:
    run("set", "heater", "30", *at)
    run("set", "fan", "51", *at)
    lines = run("off", *at).out.splitlines()
    (line,) = [line for line in lines if line.startswith("fan")]
    assert re.fullmatch(r"fan reads back 51 of 255 \(20 %\), runs on for \d+ min \(linger\); `off` again stops it", line)
    assert "heater reads back 0" in lines
    assert re.search(r"fan .* runs on for \d+ min \(linger\)", run("status", *at).out)
    assert "fan reads back 0" in run("off", *at).out.splitlines()


def test_numbers_have_nan_for_a_lost_sensor_and_an_error_for_a_name_that_is_none(bench: Client) -> None:
    bench.fault("t_in", "nak")
    eventually(lambda: bench.status()["children"]["t_in"]["state"] == "absent", "t_in is absent")
    found = bench.numbers(["t_in", "T_emc", "fan"])
    assert list(found) == ["t_in", "T_emc", "fan"]
    assert all(type(value) is float for value in found.values())
    assert math.isnan(found["t_in"])
    assert found["fan"] == 0
    for name in ("t_inn", "0x77", "GPIO99", "T_emc.wind"):
        with pytest.raises(ClientError):
            bench.numbers(["fan", name])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "23", "1"), "nothing is called 23; GPIO23 is heater [unknown_name]"),
        (("read", "48"), "nothing is called 48; 0x48 is t_in [unknown_name]"),
        (("read", "T_IN"), "nothing is called T_IN; did you mean t_in? [unknown_name]"),
        (("set", "GPIO12", "1"), "no output is configured on GPIO12; pin 12 of the header is GPIO18 (fan) [unknown_pin]"),
        (("read", "0x30"), "no sensor is configured at 0x30, which is 48 in decimal; did you mean 0x48 (t_in)? [unknown_address]"),
        (("read", "0x77"), "no sensor is configured at 0x77; there are: 0x48 (t_in), 0x4C (T_emc) [unknown_address]"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_near_miss_is_named(arguments: tuple[str, ...], says: str, run: Run, at: tuple[str, str]) -> None:
    assert run(*arguments, *at) == (64, "", f"pilotage: {says}\n")
