"""A daemon that is killed, stopped or deadlocked: the lease script in pigpiod switches the heaters off. Measured on real processes."""

import signal
from pathlib import Path

from tests.actors.gateway.peer import Peer, error, pi
from tests.fakes import eventually
from tests.pigpiod_emulator import Emulator
from tests.safety.bench import BUSY, BY_LEASE, FAN, HEATER, LOW_HEATER, duty, hardware, heating, is_off, seconds_until, state_of


def test_a_daemon_killed_with_9_leaves_no_heater_on_and_the_next_one_no_script(tmp_path: Path, emulator: Emulator) -> None:
    with heating(tmp_path, emulator) as daemon:
        daemon.process.kill()
        took = seconds_until(lambda: is_off(emulator), "both heaters are off")
        daemon.exit_code()
    assert 1.5 < took <= BY_LEASE + BUSY
    assert round(duty(emulator, FAN) * 255) == 200
    assert len(emulator.scripts.stored) == 2
    with hardware(tmp_path, emulator) as again:
        again.ready()
        assert is_off(emulator)
        assert len(emulator.scripts.stored) == 2
        assert len(again.records("lease_removed")) == 2
        assert again.end() == 0
    assert emulator.scripts.stored == {}


def test_a_stopped_daemon_leaves_no_heater_on_and_a_continued_one_says_so_and_does_not_heat_again(
    tmp_path: Path, emulator: Emulator
) -> None:
    with heating(tmp_path, emulator) as daemon:
        daemon.process.send_signal(signal.SIGSTOP)
        eventually(lambda: state_of(daemon.process.pid) == "T", "it is stopped")
        assert seconds_until(lambda: is_off(emulator), "both heaters are off") <= BY_LEASE + BUSY
        daemon.process.send_signal(signal.SIGCONT)
        eventually(lambda: len(daemon.records("lease_expired")) == 2, "both leases are said to have run out")
        assert is_off(emulator)
        with Peer(daemon.endpoint) as peer:
            leases = {name: output["lease"] for name, output in peer.value({"type": "status"})["outputs"].items()}
            assert {name: lease and (lease["state"], lease["trips"]) for name, lease in leases.items()} == {
                "ventilateur": None,
                "resistance": ("expired", 1),
                "chauffage": ("expired", 1),
            }
            eventually(lambda: peer.code(pi(HEATER, 99)) == "lease_expired", "the gateway has drained what was asked before the stop")
            reply = peer.ask(pi(HEATER, 99))
            assert error(reply) == "lease_expired"
            assert "pilotage reset resistance" in reply["value"]
            assert peer.value(pi(FAN, 10)) == 10
            assert peer.value({"type": "reset", "interlock": "resistance"})["lease"] == "held"
            assert peer.value(pi(HEATER, 99)) == 99
            assert peer.value(pi(LOW_HEATER, 0)) == 0
            assert peer.value(pi(LOW_HEATER, 1)) == 1
        assert daemon.end() == 0
