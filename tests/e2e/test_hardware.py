"""Real hardware asked for: what is not there is an ERROR and never an invented value, and one bench has one daemon."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actors.gateway.peer import Peer, aq, aq_pin, error, multi, pi
from tests.e2e.daemon import Daemon
from tests.e2e.test_life import free_port
from tests.fakes import eventually
from tests.pigpiod_emulator import Emulator

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="real hardware needs Linux")

BENCH = """
I2C_BUS_ID = %d
COMMON = {"driver": "PWM", "units": "%%", "min": 0, "max": 255, "address": None}
ACTUATORS_CONFIG = [
    {"pin": 18, "title": "Fan", "name": "fan", "pwm_frequency": 25000, **COMMON},
    {"pin": 23, "title": "Heater", "name": "heater", "pwm_frequency": 100, **COMMON},
]
SENSORS_CONFIG = {
    0x38: {"driver": "AHT10", "title": "RH", "name": "rh", "units": "RH"},
    0x48: {"driver": "TMP102", "title": "T", "name": "t", "units": "C"},
    0x4C: {"driver": "EMC2101", "title": "E", "name": "emc", "units": "C"},
}
"""
OUTPUTS_ONLY = BENCH[: BENCH.index("SENSORS_CONFIG")] + "SENSORS_CONFIG = {}\n"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


def bench(folder: Path, text: str, bus: int) -> str:
    path = folder / f"bench{bus}.py"
    path.write_text(text % bus, encoding="utf-8")
    return str(path)


def hardware(folder: Path, text: str, bus: int, pigpiod: int) -> Daemon:
    """Start a daemon on an I2C bus that does not exist, and on the pigpiod at that port."""
    return Daemon(folder, "--hardware", "--config", bench(folder, text, bus), PIGPIO_ADDR="127.0.0.1", PIGPIO_PORT=str(pigpiod))


def test_without_a_bus_and_a_pigpiod_every_request_is_answered_and_nothing_is_invented(tmp_path: Path) -> None:
    with hardware(tmp_path, BENCH, 241, free_port()) as daemon, Peer(daemon.ready().endpoint) as peer:
        lists = peer.value({"type": "scan"})
        assert [entry["name"] for entry in lists["detector"]] == ["rh", "t", "emc"]
        assert not any(entry["simulated"] for entry in lists["detector"] + lists["actuator"])
        eventually(lambda: peer.code(aq("0x48")) != "deadline", "the sensors know that there is no bus")
        for address in ("0x38", "0x48", "0x4C"):
            assert error(peer.ask(aq(address))) != "deadline"
            assert error(peer.ask(aq(address, max_age=1e6)))
        for part in peer.value(multi("AQ-MULTI", aq("0x38", "temp"), aq("0x48"), aq("4c"), aq_pin(18), aq_pin(23))):
            assert error(part)
        assert peer.ask(pi(23, 100))["state"] == "ERROR"
        assert peer.ask({"type": "off"})["state"] == "ERROR"
        status = peer.value({"type": "status"})
        assert status["simulated"] is False
        assert status["healthy"] is False
        assert "i2c-241" in status["children"]["t"]["error"]["message"] or "0x48" in status["children"]["t"]["error"]["message"]
        assert peer.code({"type": "fault", "target": "t", "kind": "clear"}) == "not_simulated"
        assert daemon.end() == 0


def test_outputs_are_driven_through_pigpiod_and_off_at_the_end(tmp_path: Path, emulator: Emulator) -> None:
    with hardware(tmp_path, OUTPUTS_ONLY, 242, emulator.port) as daemon:
        with Peer(daemon.ready().endpoint) as peer:
            assert peer.value(pi(23, 128)) == 128
            assert peer.value(pi("18", 25.5)) == pytest.approx(25.5, abs=0.01)
            assert peer.value(aq_pin(23)) == 128
            assert ("HP", 18, 25000) in emulator.called("HP")
        assert daemon.end(signal.SIGINT) == 0
    for pin in (18, 23):
        assert emulator.called("WRITE")[-10:].count(("WRITE", pin, 0)) >= 1
        assert emulator.pin(pin)["level"] == 0


def test_a_second_daemon_on_the_same_pigpiod_is_refused_69_and_the_first_ones_outputs_are_left_alone(
    tmp_path: Path, emulator: Emulator
) -> None:
    with hardware(tmp_path, OUTPUTS_ONLY, 243, emulator.port) as first, Peer(first.ready().endpoint) as peer:
        assert peer.value(pi(18, 99)) == 99
        before = len(emulator.called("WRITE", "PWM", "HP", "MODES"))
        with hardware(tmp_path, OUTPUTS_ONLY, 244, emulator.port) as second:
            assert second.exit_code() == 69
            assert "one daemon per bench" in second.text()
            assert str(first.process.pid) in second.text()
        assert len(emulator.called("WRITE", "PWM", "HP", "MODES")) == before
        assert peer.value(aq_pin(18)) == 99
