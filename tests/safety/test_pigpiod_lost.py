"""pigpiod hangs, dies, comes back: what the outputs do, what clients are told, and what it costs."""

import os
import time
from pathlib import Path
from typing import Any

from tests.actors.gateway.peer import Peer, pi
from tests.fakes import eventually
from tests.pigpiod_emulator import Emulator
from tests.safety.bench import BUSY, BY_LEASE, FAN, HEATER, LOW_HEATER, duty, heating, is_off, seconds_until

ABSENCE = 1.5


def cpu(process: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def served(peer: Peer, pin: int, value: float) -> bool:
    reply: dict[str, Any] = peer.ask(pi(pin, value))
    return bool(reply["state"] == "ACK" and reply["value"] == value)


def test_after_a_long_absence_the_heaters_are_low_within_3_s_the_fan_is_set_again_and_pi_is_served(
    tmp_path: Path, emulator: Emulator
) -> None:
    with heating(tmp_path, emulator) as daemon, Peer(daemon.endpoint) as peer:
        emulator.die(1)
        emulator.board.write(LOW_HEATER, 0)
        emulator.board.write(FAN, 0)
        assert duty(emulator) == 1.0
        time.sleep(ABSENCE)
        assert peer.ask(pi(HEATER, 0))["state"] == "ERROR"
        emulator.start()
        begun = time.monotonic()
        assert seconds_until(lambda: is_off(emulator), "the heaters are off") <= 3.0 + BUSY
        eventually(lambda: round(duty(emulator, FAN) * 255) == 200, "the fan is at its set-point again")
        eventually(lambda: served(peer, HEATER, 64), "the heater is served")
        assert time.monotonic() - begun <= 10.0 + BUSY
        assert len(emulator.scripts.stored) == 2
        assert daemon.end() == 0


def test_while_pigpiod_is_gone_pi_is_an_error_in_time_and_the_processor_is_idle(tmp_path: Path, emulator: Emulator) -> None:
    with heating(tmp_path, emulator) as daemon, Peer(daemon.endpoint) as peer:
        emulator.die(0)
        eventually(lambda: peer.ask(pi(HEATER, 99))["state"] == "ERROR", "the loss is noticed")
        used = cpu(daemon.process.pid)
        for _ in range(4):
            begun = time.monotonic()
            assert peer.ask(pi(HEATER, 99))["state"] == "ERROR"
            assert time.monotonic() - begun < 1.6 + BUSY
            time.sleep(0.3)
        assert cpu(daemon.process.pid) - used < 0.4, "something spins"


def test_while_pigpiod_hangs_pi_is_an_error_in_time_and_the_lease_script_switches_the_heater_off(
    tmp_path: Path, emulator: Emulator
) -> None:
    with heating(tmp_path, emulator) as daemon, Peer(daemon.endpoint) as peer:
        emulator.hang()
        begun = time.monotonic()
        peer.send(pi(HEATER, 99))
        assert seconds_until(lambda: is_off(emulator), "the lease scripts switch the heaters off") <= BY_LEASE + BUSY
        assert peer.reply()["state"] == "ERROR"
        assert time.monotonic() - begun < 4.0 + BUSY
        emulator.resume()
        eventually(lambda: served(peer, HEATER, 64), "the heater is served again")
        assert daemon.end() == 0
