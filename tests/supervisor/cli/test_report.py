"""The table of `pilotage status`: what it says, within 80 columns."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.documents import AccessStatus, Refusals, Refused, Shared, Status
from supervisor.cli.report import report, troubles
from supervisor.cli.words import duration
from tests.supervisor.cli.documents import NOON, child, description, interlock, lease, output, sensor, status, trouble

UNITS = description(
    ("t", "temp", "°C", 0.0625), ("emc", "internal", "°C", 1.0), ("emc", "external", "°C", 0.125), ("emc", "fan", "rpm", None)
)


def line_of(text: str, word: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(word)]
    return line


def test_all_is_well_when_it_is() -> None:
    text = report(status({"t": sensor({"temp": 21.9375})}), UNITS)
    assert "all is well" in text.splitlines()
    assert line_of(text, "pilotage") == "pilotage 1.2.3, hardware, up 100 s, 0 clients"
    assert line_of(text, "t ").split() == ["t", "0x48", "running", "21.94", "°C", "0.2", "s"]


@pytest.mark.parametrize("width", [None, 80])
def test_a_long_place_leaves_the_table_in_its_columns_and_is_said(width: int | None) -> None:
    far = sensor({"temp": 21.0}) | {"where": "i2c-1/0x70/3:0x76"}
    text = report(status({"t": sensor({"temp": 22.0}), "u": far}), UNITS, width)
    assert "i2c-1/0x70/3:0x76" in text
    near, beyond = (line_of(text, name) for name in ("t ", "u "))
    assert near.index("running") == beyond.index("running")
    assert width is None or max(map(len, text.splitlines())) <= width


def test_a_lost_sensor_is_on_top_and_says_why_and_when_it_is_tried_again() -> None:
    lost = sensor({"temp": 20.0}, state="absent", error=trouble(), next_attempt_s=12.4, restarts=3)
    text = report(status({"t": lost}, healthy=False), UNITS)
    assert "NOT WELL: t is absent" in text
    assert "20.00" not in text, "no value of a sensor that is not there"
    assert "no acknowledge at 0x48: not powered, not plugged in, or wrong address; tried\n    again in 12 s" in text


def test_a_channel_that_ought_to_give_a_value_and_does_not_is_not_well() -> None:
    faults = {"external": "its wire is broken", "internal": "hotter than it can tell", "fan": "the pin is set to ALERT"}
    emc = sensor(dict.fromkeys(faults), faults=faults, broken={"external": "diode_open", "internal": "over_range"})
    assert troubles(status({"emc": emc})) == ["emc.external is broken", "emc.internal is above all it can tell"]
    assert "NOT WELL: emc.external is broken" in report(status({"emc": emc}), UNITS)
    assert troubles(status({"emc": sensor({"fan": None}, faults={"fan": "the pin is set to ALERT"})})) == []


def test_an_output_that_was_removed_and_may_be_on_comes_first() -> None:
    found = troubles(status({"x": child(state="failed")}, left_on=["pump (GPIO17)"]))
    assert found == ["pump (GPIO17) may still be on, though config.py no longer has it", "x is failed"]


def test_channels_are_named_where_there_are_several_and_a_broken_one_says_why() -> None:
    values: dict[str, float | None] = {"internal": 24.0, "external": None, "fan": 1234.5}
    text = report(status({"emc": sensor(values, faults={"external": "the diode is not connected"})}), UNITS)
    assert "internal 24 °C, external -" in text
    assert "fan 1234 rpm" in text
    assert "    external: the diode is not connected" in text.splitlines()


def test_outputs_show_what_was_asked_what_they_do_and_why_they_are_safe() -> None:
    outputs = {"fan": output(128.0, 127.99, frequency_hz=25000.0), "heater": output(None, None, safe="off")}
    text = report(status({"fan": child(), "heater": child(where="GPIO23")}, outputs=outputs), UNITS)
    assert line_of(text, "fan").split() == ["fan", "GPIO18", "running", "128", "127.99", "of", "255", "(50", "%)", "25000", "Hz"]
    assert line_of(text, "heater").split() == ["heater", "GPIO23", "running", "-", "-", "safe:", "off"]


def test_a_lease_that_ran_out_is_on_top() -> None:
    outputs = {"heater": output(lease=lease()), "other": output(lease=lease("expired"))}
    text = report(status({"heater": child(), "other": child()}, outputs=outputs), UNITS)
    assert "NOT WELL: the lease of other is expired" in text
    assert line_of(text, "heater").endswith("lease held  The heater")


def test_the_bus_the_clock_and_stuck_threads_are_said_when_they_matter() -> None:
    buses = {"I2C bus 1": {"state": "down", "since_s": 65.0, "error": trouble("bus stuck: a line is held low", "bus_stuck")}}
    text = report(status(buses=buses, clock_synchronised=False, abandoned_threads=2, healthy=False), UNITS)
    assert "NOT WELL: I2C bus 1 is down" in text
    assert "I2C bus 1: down for 65 s\n    bus stuck: a line is held low" in text
    assert "the clock was never set" in text
    assert "2 threads are stuck" in text


def test_interlocks_are_listed_and_a_tripped_one_says_why() -> None:
    interlocks = {"overheat": interlock("tripped", "t above 90 °C", 30.0), "stale": interlock()}
    text = report(status(interlocks=interlocks), UNITS)
    assert "NOT WELL: overheat has tripped" in text
    assert line_of(text, "stale").split() == ["stale", "armed"]
    assert "overheat                  tripped\n    t above 90 °C (30 s ago)" in text


@given(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=100),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=4),
    st.text(st.characters(exclude_categories=["C", "Z"]), max_size=300),
)
def test_nothing_is_wider_than_80_columns(name: str, values: list[float], message: str) -> None:
    channels: dict[str, float | None] = {f"channel{number}": value for number, value in enumerate(values)}
    children = {
        name: sensor(channels, last_error=trouble(message), last_error_at=NOON),
        "fan": child(state="degraded", error=trouble(message)),
    }
    text = report(status(children, outputs={"fan": output(255.0, 255.0, safe=message, frequency_hz=25000.0)}, config=f"/{message}"), UNITS)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-0.1, "0.0 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (119.9, "119 s"),
        (120, "2 min"),
        (3600, "1 h 0 m"),
        (36000, "10 h"),
        (90000, "1 d 1 h"),
        (864000, "10 d"),
    ],
)
def test_durations_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_who_was_refused_is_said_and_nothing_if_nobody_was() -> None:
    whole = status({"t": sensor({"temp": 20.0})})
    assert "refused" not in report(whole, UNITS)
    refusals = Refusals(
        total=3, last=[Refused(client="10.0.0.9", reason="ALLOW in config.py does not name its address", count=3, ago_s=2.0)]
    )
    whole["access"] = AccessStatus(allow=[], read_only=[], curve=None, refused=refusals, shared_identities=[])
    assert "refused 3 times; 2.0 s ago 10.0.0.9: ALLOW in config.py does not name its\n  address" in report(whole, UNITS)
    shared = [Shared(addresses=["10.0.0.5:4711", "10.0.0.7:4712"], times=3, last_s=4.0)]
    whole["access"] = AccessStatus(allow=[], read_only=[], curve=None, refused=refusals, shared_identities=shared)
    assert "10.0.0.5:4711 and 10.0.0.7:4712 have one ZeroMQ identity" in " ".join(report(whole, UNITS).split())
    refusals["total"] = 1
    assert "refused once; " in report(whole, UNITS)


LONG = "interlock nobody_asks holds it: no client has asked for anything since 10:00:00, and that is more than 3600 s ago"


def heater(**more: Any) -> Status:
    name = "heater_of_the_second_bath_on_the_left"
    outputs = {name: output(0.0, 0.0, frequency_hz=100.0, safe=LONG, lease=lease(), **more)}
    return status({name: child(where="GPIO23")}, outputs=outputs)


def test_in_a_pipe_nothing_is_cut_or_broken() -> None:
    document = heater()
    document["children"]["t"] = sensor({f"channel{number}": 1.5 for number in range(9)}, last_error=trouble(LONG), last_error_at=NOON)
    document["config"] = f"/{'long/' * 40}config.py"
    lines = report(document, UNITS, None).splitlines()
    assert f"config {document['config']}" in lines
    (row,) = [line for line in lines if line.startswith("heater_of")]
    assert row.split(maxsplit=1)[0] == "heater_of_the_second_bath_on_the_left"
    assert row.endswith(f"safe: {LONG}, lease held, 100 Hz")
    assert "channel0 1.5, channel1 1.5, channel2 1.5" in "\n".join(lines)
    assert any(line.startswith("    well again; last error") and line.endswith(LONG) for line in lines)
    assert "~" not in "\n".join(lines)
