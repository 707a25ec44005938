"""A real process whose bus is stuck, and is not any more."""

import time
from pathlib import Path

from tests.actors.gateway.peer import Peer, aq, multi, pi
from tests.e2e.daemon import ROOT, Daemon
from tests.fakes import eventually


def test_a_stuck_bus_is_said_once_costs_nobody_time_and_all_its_sensors_come_back_by_themselves(tmp_path: Path) -> None:
    with Daemon(tmp_path, "--simulate", "--config", str(ROOT / "config.py")) as daemon, Peer(daemon.ready().running().endpoint) as peer:
        peer.value({"type": "fault", "target": "bus", "kind": "stuck"})
        addresses = ("0x38", "0x48", "0x49", "0x4A", "0x4B", "0x4C")
        eventually(lambda: peer.ask(aq("0x48")).get("code") == "bus_stuck", "the bus is known to be stuck")
        eventually(lambda: all(peer.ask(aq(address))["state"] == "ERROR" for address in addresses), "no sensor has a value")
        begun = time.monotonic()
        for value in range(4):  # an AQ-MULTI that would only repeat itself is held back for 0.1 s
            assert [isinstance(part, dict) for part in peer.value(multi("AQ-MULTI", *map(aq, addresses)))] == [True] * 6
            assert peer.value(pi(18, value)) == value
        assert time.monotonic() - begun < 1.0
        assert peer.value({"type": "status"})["buses"].popitem()[1]["state"] == "down"
        peer.value({"type": "fault", "target": "bus", "kind": "clear"})
        daemon.running()
        assert (len(daemon.records("bus_stuck")), len(daemon.records("bus_recovered"))) == (1, 1)
        assert all(peer.ask(aq(address))["state"] == "ACK" for address in addresses)
