"""Sensors under their names, buses, and the numbers by which clients reach what has no address of its own."""

from __future__ import annotations

from typing import Any

import pytest

from actors.bench.devices import SensorSpec
from supervisor.configuration.file.loader import check
from supervisor.rig.rig import lock_names
from tests.supervisor.configuration.benches import accepted, judge, refused, sensor

TEMP: dict[str, Any] = {"driver": "TMP102", "address": 0x49}


def named(name: str = "t_oven", **entry: Any) -> SensorSpec:
    return accepted(SENSORS_CONFIG={name: TEMP | entry}).sensors[0]


def refusal(name: str = "t_oven", **entry: Any) -> str:
    return refused(SENSORS_CONFIG={name: {key: value for key, value in (TEMP | entry).items() if value is not ...}})


def test_a_text_key_is_the_sensors_name() -> None:
    spec = named()

    assert (spec.id, spec.name, spec.title, spec.address, spec.bus, spec.where) == ("t_oven", "t_oven", "t_oven", 0x49, None, "0x49")
    assert spec.numbers == {0x49: ""}


def test_what_has_an_address_of_its_own_needs_no_number_and_may_have_some() -> None:
    assert named(wire=0x149).numbers == {0x49: "", 0x149: "temp"}
    assert named(driver="AHT10", address=0x38, wire={"temp": 0x138}).numbers == {0x38: "", 0x138: "temp"}


def test_what_is_no_chip_has_a_number() -> None:
    spec = accepted(SENSORS_CONFIG={"wave": {"driver": "SIMULE", "wire": {"hum": 0x801, "temp": 0x800}}}).sensors[0]

    assert (spec.address, spec.where, spec.numbers) == (0, "SIMULE", {0x801: "hum", 0x800: "temp"})


def test_the_number_that_is_missing_is_proposed_and_is_free() -> None:
    text = refused(SENSORS_CONFIG={"a": {"driver": "SIMULE", "wire": 0x80}, "b": {"driver": "SIMULE"}})

    assert text.startswith("config.py: SENSORS_CONFIG['b'], wire: found nothing; allowed: a number by which clients reach it")
    assert text.endswith("for example 'wire': 0x81")
    assert "found {'hum': 129}" in refused(SENSORS_CONFIG={"b": {"driver": "SIMULE", "wire": {"hum": 0x81}}})


@pytest.mark.parametrize("number", [0x7F, 0x48, 0x10000, True, "0x80", {}, {"temp": 3}, {1: 0x80}])
def test_a_number_that_could_be_an_address_is_refused(number: Any) -> None:
    assert "wire: found" in refusal(wire=number)


def test_a_number_has_one_owner_also_within_a_sensor() -> None:
    text = refused(SENSORS_CONFIG={0x48: sensor(wire=0x148), "t_oven": TEMP | {"wire": 0x148}})
    assert "SENSORS_CONFIG['t_oven'], wire: found 0x148, which SENSORS_CONFIG[0x48] (t_resistance) has" in text
    assert text.endswith("for example 'wire': 0x149")

    both = judge(SENSORS_CONFIG={"wave": {"driver": "SIMULE", "wire": {"hum": 0x80, "temp": 0x80}}})[1]
    assert {problem.found for problem in both} == {"0x80, which SENSORS_CONFIG['wave'] has"}


def test_a_number_for_a_channel_that_is_not_there_is_refused() -> None:
    assert "wire: found channel 'tmp'; allowed: temp; did you mean `temp`?" in refusal(wire={"tmp": 0x80})


@pytest.mark.parametrize(
    "bus", [-1, 256, True, "3", {"parent": 1}, {"parent": 1, "mux": 0x48, "channel": 0}, {"parent": 1, "mux": 0x70, "channel": 8}]
)
def test_a_bus_that_cannot_be_is_refused_with_what_is_allowed(bus: Any) -> None:
    assert "bus: found" in refusal(bus=bus, wire=0x80)
    assert "allowed: a number from 0 to 255, or {'parent': 1, 'mux': 0x70, 'channel': 3}" in refusal(bus=bus, wire=0x80)


def test_the_benchs_own_bus_may_be_named() -> None:
    assert named(bus=1).bus is None


def test_a_name_says_where_and_an_address_does_not() -> None:
    assert "address: found nothing; allowed: 0x08 to 0x77" in refusal(address=...)
    assert "address: found 73; allowed: nothing: a SIMULE is no I2C chip" in refusal(driver="SIMULE", wire=0x80)
    assert "bus: found 3; allowed: nothing here" in refused(SENSORS_CONFIG={0x48: sensor(bus=3)})
    other = refused(SENSORS_CONFIG={"t_oven": TEMP | {"name": "other"}})
    assert "name: found 'other'; allowed: 't_oven', as its key says, or nothing" in other


def test_a_name_twice_is_noticed_although_python_keeps_the_last(tmp_path: Any) -> None:
    file = tmp_path / "config.py"
    entry = "{'driver': 'TMP102', 'address': 0x48}"
    file.write_text(f"SENSORS_CONFIG = {{'t': {entry}, 't': {entry}}}\nACTUATORS_CONFIG = []\n", encoding="utf-8")

    problems = check(file)[1]

    assert ["'t' for the second time, first in line 1", "one sensor per name"] in [[each.found, each.allowed] for each in problems]


def chip(bus: Any, address: int = 0x48, **entry: Any) -> dict[str, Any]:
    return {"driver": "TMP102", "bus": bus, "address": address, "wire": 0x100 + len(str(bus)) + address} | entry


def channel(number: int, mux: int = 0x70, parent: int = 1) -> dict[str, int]:
    return {"parent": parent, "mux": mux, "channel": number}


def test_a_sensor_on_another_bus_or_behind_a_multiplexer_has_a_place_of_its_own() -> None:
    bench = accepted(SENSORS_CONFIG={"a": chip(3), "b": chip(channel(3), wire=0x801), "c": chip(channel(4), wire=0x802)})

    assert [spec.where for spec in bench.sensors] == ["i2c-3:0x48", "i2c-1/0x70/3:0x48", "i2c-1/0x70/4:0x48"]
    assert (bench.roots, [str(path) for path in bench.paths]) == ((1, 3), ["i2c-1/0x70/3", "i2c-1/0x70/4", "i2c-3"])
    assert lock_names(bench) == ["i2c-1", "i2c-3"]


def test_one_chip_has_one_owner_also_across_multiplexer_and_root() -> None:
    text = refused(SENSORS_CONFIG={0x48: sensor(), "b": chip(channel(3))})
    assert "SENSORS_CONFIG['b'], address: found i2c-1/0x70/3:0x48, which SENSORS_CONFIG[0x48] (t_resistance) has" in text
    assert "a channel of a multiplexer sees what is on I2C bus 1 too" in text
    assert "one chip per address" in refused(SENSORS_CONFIG={"a": chip(3), "b": chip(3, wire=0x900)})


HWMON = {"driver": "hwmon", "channels": {"t": "temp1"}, "wire": 0x999}


@pytest.mark.parametrize("device", ["i2c:1-0048", channel(3) | {"address": 0x48}])
def test_what_the_kernel_reads_is_no_chip_of_ours_on_any_way_to_it(device: Any) -> None:
    text = refused(SENSORS_CONFIG={0x48: sensor(), "k": HWMON | {"device": device}})
    assert "SENSORS_CONFIG['k'], device: found" in text
    assert "which SENSORS_CONFIG[0x48] (t_resistance) has" in text
    assert "one owner: the kernel's driver, or this program" in text
    assert "one chip per address" in refused(
        SENSORS_CONFIG={"k": HWMON | {"device": device}, "l": HWMON | {"device": device, "wire": 0x99A}}
    )

    bench = accepted(SENSORS_CONFIG={"k": HWMON | {"device": device}})
    assert (bench.paths, [path.root for path in bench.ways]) == ((), [1])


def test_an_spi_device_and_a_serial_number_have_one_owner_and_the_first_a_lock() -> None:
    one = {"driver": "MAX31855", "wire": 0x901}
    assert "SPI 0.0, which SENSORS_CONFIG['a'] has" in refused(SENSORS_CONFIG={"a": one, "b": one | {"wire": 0x902}})
    bath = {"driver": "W1", "serial": "28-0123456789ab", "wire": 0x903}
    assert "which SENSORS_CONFIG['a'] has" in refused(SENSORS_CONFIG={"a": bath, "b": bath | {"wire": 0x904}})
    bench = accepted(SENSORS_CONFIG={"a": one | {"spi": "0.1"}, "b": one | {"wire": 0x902}, "c": bath})
    assert lock_names(bench) == ["spi-0.0", "spi-0.1"]


@pytest.mark.parametrize("device", [{}, channel(3), channel(9) | {"address": 0x48}, channel(3) | {"address": True}, 3, "i2c:1-48"])
def test_a_device_of_the_kernel_that_cannot_be_is_refused(device: Any) -> None:
    assert "device: found" in refused(SENSORS_CONFIG={"k": HWMON | {"device": device}})


def test_the_same_address_behind_two_multiplexers_needs_both_to_disconnect() -> None:
    entries = {"a": chip(channel(0)), "b": chip(channel(0, mux=0x71), wire=0x900)}

    _bench, problems, warnings = judge(SENSORS_CONFIG=entries)

    assert problems == []
    assert any("both must disconnect when idle" in warning for warning in warnings)


def test_a_name_is_no_channels_of_another_sensor() -> None:
    entries = {"air": {"driver": "AHT10", "address": 0x38}, "air.temp": TEMP}
    assert "name: found 'air.temp'; allowed: another name: it is that of a channel of 'air'" in refused(SENSORS_CONFIG=entries)
    accepted(SENSORS_CONFIG={"air.co2": TEMP, "air": entries["air"]})


def test_no_chip_is_where_another_one_takes_orders_too() -> None:
    lamp = {"name": "lamp", "driver": "PCA9685", "kind": "output", "address": 0x40, "channel": 3, "wire": 0x143, "min": 0, "max": 100}
    lamp |= {"pwm_frequency": 500}
    text = refused(ACTUATORS_CONFIG=[lamp], SENSORS_CONFIG={0x70: sensor(driver="PCT2075")})
    assert "address: found 0x70, at which the PCA9685 of ACTUATORS_CONFIG[0] (lamp) takes orders too (all-call)" in text
    accepted(ACTUATORS_CONFIG=[lamp | {"bus": 3}], SENSORS_CONFIG={0x70: sensor(driver="PCT2075")})


def test_a_multiplexers_address_is_no_chips() -> None:
    text = refused(SENSORS_CONFIG={"a": chip(channel(0)), "b": chip(channel(1), 0x70, driver="SIMULE2", wire=0x900)})
    assert "driver" in text  # an unknown one, and nothing else to say of it
    assert "0x70, which is the multiplexer of SENSORS_CONFIG['a']" in refused(SENSORS_CONFIG={"a": chip(channel(0)), 0x70: sensor()})
