"""How the real process ends: heaters off at once, verified, in bounded time, whatever hangs."""

import signal
from pathlib import Path

from tests.actors.gateway.peer import Peer, pi
from tests.e2e.daemon import ROOT, Daemon
from tests.fakes import eventually
from tests.pigpiod_emulator import Emulator
from tests.safety.bench import BUSY, BY_LEASE, heating, is_off, seconds_until

AT_ONCE = 0.2


def test_a_signal_switches_the_heaters_off_at_once_and_ends_with_exit_code_0_and_no_script_left(tmp_path: Path, emulator: Emulator) -> None:
    with heating(tmp_path, emulator) as daemon:
        daemon.process.send_signal(signal.SIGTERM)
        assert seconds_until(lambda: is_off(emulator), "the heaters are off") <= AT_ONCE + BUSY
        assert daemon.exit_code(15.0) == 0
    assert emulator.scripts.stored == {}
    off = [record for record in daemon.records("output_safe") if record["reason"] == "stop"]
    assert {record["actor"]: record["value"] for record in off} == {"ventilateur": 0, "resistance": 0, "chauffage": 0}


def test_off_switches_the_heaters_off_at_once(tmp_path: Path, emulator: Emulator) -> None:
    with heating(tmp_path, emulator) as daemon, Peer(daemon.endpoint) as peer:
        peer.send({"type": "off"})
        assert seconds_until(lambda: is_off(emulator), "the heaters are off") <= AT_ONCE + BUSY
        assert peer.reply()["value"] == {"ventilateur": 0, "resistance": 0, "chauffage": 0}


def test_a_sensor_that_hangs_and_a_stuck_bus_delay_neither_off_nor_the_end(tmp_path: Path) -> None:
    with Daemon(tmp_path, "--simulate", "--config", str(ROOT / "config.py")) as daemon:
        with Peer(daemon.ready().running().endpoint) as peer:
            for target, kind in (("t_resistance", "hang"), ("bus", "stuck")):
                peer.value({"type": "fault", "target": target, "kind": kind})
                eventually(lambda: not peer.value({"type": "status"})["healthy"], "the fault is noticed")
                assert peer.value(pi(18, 200)) == 200
                assert seconds_until(lambda: peer.value({"type": "off"})["ventilateur"] == 0, "off is answered") <= AT_ONCE + BUSY
            said = len(daemon.records("output_safe"))
        daemon.process.send_signal(signal.SIGTERM)
        assert seconds_until(lambda: len(daemon.records("output_safe")) >= said + 2, "the outputs are safe") <= AT_ONCE + BUSY
        assert daemon.exit_code(15.0) == 0


def test_pigpiod_that_hangs_does_not_keep_the_daemon_from_ending_and_it_says_what_it_does_not_know(
    tmp_path: Path, emulator: Emulator
) -> None:
    with heating(tmp_path, emulator) as daemon:
        emulator.hang()
        assert daemon.end() == 0
        said = [record["reason"] for record in daemon.records("output_fault") if record["level"] == "critical"]
        assert any("not known to be at its safe value" in reason for reason in said)
    emulator.resume()
    assert seconds_until(lambda: is_off(emulator), "the lease scripts switch them off") <= BY_LEASE + BUSY


def test_a_second_signal_ends_at_once_with_the_heaters_off(tmp_path: Path, emulator: Emulator) -> None:
    with heating(tmp_path, emulator) as daemon:
        emulator.fault("mute", "WRITE", times=3)
        daemon.process.send_signal(signal.SIGTERM)
        eventually(lambda: daemon.records("daemon_stopping"), "the end has begun")
        daemon.process.send_signal(signal.SIGINT)
        assert daemon.exit_code(3.0) in {0, 70}
    assert seconds_until(lambda: is_off(emulator), "the heaters are off") <= BY_LEASE + BUSY
