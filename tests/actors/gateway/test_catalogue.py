"""scan and describe: what a client needs to know before its first reading."""

import re

from actors.core.requests import REQUESTS
from actors.errors import Fault
from tests.actors.gateway.peer import Peer, aq, is_number
from tests.actors.gateway.stage import Stage


def test_scan_names_every_configured_output_and_sensor(peer: Peer) -> None:
    lists = peer.value({"type": "scan"})
    assert set(lists) == {"actuator", "detector", "boot"}
    assert [entry["name"] for entry in lists["actuator"]] == ["ventilateur", "resistance", "souffleur"]
    assert [entry["name"] for entry in lists["detector"]] == ["rh_sortie", "t_resistance", "t_dissipateur"]


def test_an_actuator_entry_has_the_predecessors_keys(peer: Peer) -> None:
    fan, _heater, blower = peer.value({"type": "scan"})["actuator"]
    keys = ("title", "name", "pin", "driver", "frequency", "units", "minVal", "maxVal", "address")
    assert {key: fan[key] for key in keys} == {
        "title": "Fan",
        "name": "ventilateur",
        "pin": 18,
        "driver": "PWM",
        "frequency": 25000,
        "units": "%",
        "minVal": 0,
        "maxVal": 255,
        "address": None,
    }
    assert (blower["pin"], blower["address"]) == (None, "0x4c")
    assert all(is_number(fan[key]) for key in ("pin", "frequency", "minVal", "maxVal"))


def test_a_detector_entry_has_the_predecessors_keys_and_a_lower_case_address(peer: Peer) -> None:
    detectors = peer.value({"type": "scan"})["detector"]
    keys = ("name", "units", "address", "pin")
    assert {key: detectors[0][key] for key in keys} == {"name": "rh_sortie", "units": "RH", "address": "0x38", "pin": None}
    assert all(re.fullmatch(r"0x[0-9a-f]{2}", entry["address"]) for entry in detectors)


def test_a_sensor_that_is_absent_is_listed_with_its_state(stage: Stage, peer: Peer) -> None:
    stage.route("t1", "absent", Fault("no_ack", "no acknowledge"))
    states = {entry["name"]: entry["state"] for entry in peer.value({"type": "scan"})["detector"]}
    assert states == {"rh_sortie": "running", "t_resistance": "absent", "t_dissipateur": "running"}


def test_the_channels_of_a_scan_can_be_read(stage: Stage, peer: Peer) -> None:
    stage.sensors["rh"].publish(hum=45.5, temp=21.0)
    for entry in peer.value({"type": "scan"})["detector"]:
        if entry["name"] == "rh_sortie":
            assert entry["channels"] == ["hum", "temp"]
            for channel in entry["channels"]:
                assert is_number(peer.value(aq(entry["address"], channel)))


def test_describe_names_every_channel_with_units_resolution_accuracy_and_rate(peer: Peer) -> None:
    document = peer.value({"type": "describe"})
    sensors = {entry["child"]: entry for entry in document["sensors"]}
    assert set(sensors) == {"rh", "t1", "t2"}
    hum, temp = sensors["rh"]["channels"]
    assert (hum["name"], hum["units"], hum["default"]) == ("hum", "RH", True)
    assert (temp["name"], temp["units"], temp["default"]) == ("temp", "°C", False)
    assert all(is_number(channel["resolution"]) and is_number(channel["accuracy"]) for channel in (hum, temp))
    assert sensors["t1"]["rate_hz"] == 4
    assert sensors["t1"]["max_age_s"] == 0.25
    assert sensors["t2"]["channels"][0]["calibration"] == {"offset": 1.0, "scale": 1.0}


def test_describe_names_every_output_with_its_limits(peer: Peer) -> None:
    outputs = {entry["child"]: entry for entry in peer.value({"type": "describe"})["outputs"]}
    assert set(outputs) == {"fan", "heater", "blower"}
    fan = outputs["fan"]
    assert (fan["min"], fan["max"], fan["safe"], fan["units"], fan["kind"]) == (0, 255, 0, "%", "fan")
    assert is_number(fan["resolution"])


def test_describe_names_every_request_with_its_fields(peer: Peer) -> None:
    requests = peer.value({"type": "describe"})["requests"]
    assert set(requests) == set(REQUESTS)
    assert {"register", "add", "pin", "channel", "detail", "max_age"} <= set(requests["AQ"])
    assert {"register", "pin", "value"} <= set(requests["PI"])
    assert "child" in requests["retry"]
