"""What a person calls a thing, and what the wire is asked for."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.errors import ClientError
from pilotage.names import readable, to_drive, to_read
from pilotage.places import Lists


def sensor(name: str, address: str = "0x48", channels: tuple[str, ...] = ("temp",), child: str | None = None) -> dict[str, Any]:
    return {"name": name, "child": child or name, "address": address, "pin": None, "channels": list(channels), "title": name.title()}


def output(name: str, pin: int | None = 18, address: str | None = None, child: str | None = None) -> dict[str, Any]:
    return {"name": name, "child": child or name, "address": address, "pin": pin, "minVal": 0, "maxVal": 255, "title": name.title()}


def lists(*things: dict[str, Any]) -> Lists:
    outputs = [thing for thing in things if "minVal" in thing]
    return cast("Lists", {"actuator": outputs, "detector": [thing for thing in things if thing not in outputs]})


BENCH = lists(sensor("t_in"), sensor("rh", "0x38", ("hum", "temp")), output("fan"), output("heater", 23))


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("t_in", {"register": "add", "add": "0x48"}),
        ("rh", {"register": "add", "add": "0x38"}),
        ("rh.temp", {"register": "add", "add": "0x38", "channel": "temp"}),
        ("fan", {"register": "pin", "pin": 18}),
        ("0x48", {"register": "add", "add": "0x48"}),
        ("0X4b.hum", {"register": "add", "add": "0X4b", "channel": "hum"}),
        ("GPIO23", {"register": "pin", "pin": 23}),
        ("gpio4", {"register": "pin", "pin": 4}),
    ],
)
def test_a_name_an_address_and_a_pin_are_found(name: str, component: dict[str, Any]) -> None:
    assert to_read(name, BENCH) == component


def test_a_name_with_a_dot_is_a_name_first() -> None:
    dotted = lists(sensor("bath.1", "0x49"), sensor("bath", "0x48"))
    assert to_read("bath.1", dotted) == {"register": "add", "add": "0x49"}
    assert to_read("bath.1.temp", dotted) == {"register": "add", "add": "0x49", "channel": "temp"}


def test_things_of_the_same_name_are_told_apart_by_their_child_id() -> None:
    twins = lists(sensor("t", "0x48", child="t@0x48"), sensor("t", "0x49", child="t@0x49"))
    assert to_read("t@0x49", twins) == {"register": "add", "add": "0x49"}
    with pytest.raises(ClientError, match="t@0x48, t@0x49") as refused:
        to_read("t", twins)
    assert refused.value.code == "ambiguous_name"


def test_an_unknown_name_says_what_was_probably_meant_or_what_there_is() -> None:
    with pytest.raises(ClientError, match="did you mean t_in") as refused:
        to_read("tin", BENCH)
    assert refused.value.code == "unknown_name"
    with pytest.raises(ClientError, match=r"fan, heater, t_in, rh, rh\.temp"):
        to_read("pressure", BENCH)
    with pytest.raises(ClientError, match="there are: none"):
        to_drive("pressure", lists())


def test_only_outputs_are_driven_and_an_output_has_no_channel() -> None:
    assert to_drive("heater", BENCH) == {"register": "pin", "pin": 23}
    with pytest.raises(ClientError, match="the outputs are: fan, heater") as refused:
        to_drive("t_in", BENCH)
    assert refused.value.code == "no_output"
    with pytest.raises(ClientError, match=r"nothing is called fan\.temp"):
        to_read("fan.temp", BENCH)


def test_an_output_at_the_address_of_a_sensor_is_read_and_driven_by_its_name_alone() -> None:
    chip = lists(sensor("T_emc", "0x4c", ("internal",)), output("fan", None, "0x4c"), output("other", None, "0x4d"))
    assert to_drive("fan", chip) == {"register": "add", "add": "0x4c"}
    assert to_read("fan", chip) == {"register": "add", "add": "0x4c", "channel": "output"}
    assert to_read("other", chip) == {"register": "add", "add": "0x4d", "channel": "output"}
    assert to_read("T_emc", chip) == {"register": "add", "add": "0x4c"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("18", "GPIO18 is fan"),
        ("pin 23", "GPIO23 is heater"),
        ("BCM18", "GPIO18 is fan"),
        ("12", "pin 12 of the header is GPIO18, fan"),
        ("48", "0x48 is t_in"),
        ("72", "0x48, which is 72 in decimal, is t_in"),
        ("T_IN", "did you mean t_in?"),
        ("Rh.Temp", "did you mean rh.temp?"),
        ("The inlet", "did you mean t_in?"),
        ("99", "there are: fan, heater, t_in, rh, rh.temp"),
    ],
)
def test_a_near_miss_is_named(written: str, meant: str) -> None:
    titled = {**sensor("t_in"), "title": "The inlet"}
    bench = lists(titled, sensor("rh", "0x38", ("hum", "temp")), output("fan"), output("heater", 23), output("blower", None, "0x4c"))
    with pytest.raises(ClientError) as refused:
        to_read(written, bench)
    assert refused.value.message == f"nothing is called {written}; {meant.replace('heater, t_in', 'heater, blower, t_in')}"


@pytest.mark.parametrize("written", ["T_HEATER", "t_heate", "T_Heater.temp", "The heater's body"])
def test_a_name_that_is_nearly_a_sensors_never_proposes_to_drive_an_output(written: str) -> None:
    bench = lists({**sensor("t_heater"), "title": "The heater's body"}, output("heater", 23))
    with pytest.raises(ClientError) as refused:
        to_drive(written, bench)
    assert refused.value.message == (f"nothing is called {written}; t_heater is a sensor and cannot be set; the outputs are: heater")


@given(st.lists(st.text(min_size=1, max_size=12), max_size=6, unique=True))
def test_whatever_is_offered_as_readable_can_be_read(names: list[str]) -> None:
    bench = lists(*(sensor(name, f"0x{8 + number:02x}", ("hum", "temp")) for number, name in enumerate(names)))
    for name in readable(bench):
        assert to_read(name, bench)["register"] in {"add", "pin"}
