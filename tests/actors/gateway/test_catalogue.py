"""scan and describe: what a client needs to know before its first reading."""

import re
from dataclasses import replace

from actors.bench.buses import BusPath
from actors.bench.devices import Bench, SensorSpec
from actors.core.requests import REQUESTS
from actors.drivers.base import NoOptions
from actors.errors import Fault
from pilotage.names import to_read
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


AIR = replace(
    SensorSpec("air", "air", "Air", "AHT10", 0x38, "%RH", 2.0, 2.0, 0.0, NoOptions()),
    bus=BusPath(1, 0x70, 3),
    wires={"hum": 0x138, "temp": 0x139},
)


def test_a_channel_with_a_number_of_its_own_is_a_sensor_to_a_client_that_knows_no_channels() -> None:
    with Stage(Bench("test", 1, (AIR, replace(AIR, id="own", name="own", bus=None, wires={"temp": 0x140})), ())) as stage:
        peer = stage.peer()
        stage.sensors["air"].publish(hum=41.5, temp=21.0)
        stage.sensors["own"].publish(hum=42.5, temp=22.0)

        lists, (air, own) = peer.value({"type": "scan"}), peer.value({"type": "describe"})["sensors"]

        assert [(entry["child"], entry["address"], entry["channels"], entry["units"]) for entry in lists["detector"]] == [
            ("air", "0x138", ["hum", "temp"], "%RH"),
            ("air.temp", "0x139", ["temp"], "°C"),
            ("own", "0x38", ["hum", "temp"], "%RH"),
            ("own.temp", "0x140", ["temp"], "°C"),
        ]
        assert {entry["where"] for entry in lists["detector"]} == {"i2c-1/0x70/3:0x38", "0x38"}
        assert (air["address"], [channel["wire"] for channel in air["channels"]]) == ("0x138", ["0x138", "0x139"])
        assert (own["address"], [channel["wire"] for channel in own["channels"]]) == ("0x38", [None, "0x140"])
        wanted = [to_read(name, lists) for name in ("air", "air.temp", "own.temp", "own.hum")]
        assert [component["add"] for component in wanted] == ["0x138", "0x139", "0x140", "0x38"]
        assert peer.value({"type": "AQ-MULTI", "components": wanted}) == [41.5, 21.0, 22.0, 42.5]


def test_a_number_that_nobody_has_is_answered_with_those_that_somebody_has() -> None:
    with Stage(Bench("test", 1, (AIR,), ())) as stage:
        reply = stage.peer().ask({"type": "AQ", "register": "add", "add": "0x38"})

        assert (reply["state"], reply["code"]) == ("ERROR", "unknown_address")
        assert reply["value"].endswith("there are: 0x138 (air), 0x139 (air.temp)")
