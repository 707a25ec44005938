"""The process stopped and continued, as by a debugger or a machine that slept: no old order is executed."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.actors.gateway.peer import Peer, aq, aq_pin, error, is_number, multi, pi
from tests.e2e.daemon import ROOT, Daemon
from tests.fakes import eventually

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only Unix stops a process by a signal")


def stopped(daemon: Daemon) -> bool:
    """Return whether the kernel has stopped the process."""
    return Path(f"/proc/{daemon.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="whether it is stopped is seen in /proc")
def test_orders_sent_while_the_process_was_stopped_are_answered_expired_and_not_applied(tmp_path: Path) -> None:
    path = tmp_path / "config.py"
    path.write_text((ROOT / "config.py").read_text(encoding="utf-8") + "\nDEADLINE = 0.4\n", encoding="utf-8")
    with (
        Daemon(tmp_path, "--simulate", "--config", str(path)) as daemon,
        Peer(daemon.ready().running().endpoint) as peer,
        Peer(daemon.endpoint) as other,
    ):
        assert peer.value(pi(18, 40)) == 40
        other.value({"type": "scan"})
        with Peer(daemon.endpoint) as leaving:
            leaving.value({"type": "scan"})
            daemon.process.send_signal(signal.SIGSTOP)
            eventually(lambda: stopped(daemon), "the process is stopped")
            peer.send(pi(23, 255, id=1), multi("PI-MULTI", pi(18, 1), pi(23, 2)), aq("0x48"))
            other.send(*[pi(23, 200)] * 20)
            leaving.send(pi(23, 100))
            time.sleep(0.8)  # twice the deadline, in which nothing can happen
        daemon.process.send_signal(signal.SIGCONT)
        reply = peer.reply()
        assert error(reply) == "expired"
        assert reply["id"] == 1
        assert [error(part) for part in peer.reply()["value"]] == ["expired", "expired"]
        assert is_number(peer.reply()["value"])
        assert [error(other.reply()) for _ in range(20)] == ["expired"] * 20
        assert peer.value(multi("AQ-MULTI", aq_pin(18), aq_pin(23))) == [40, 0]
        eventually(lambda: peer.ask(pi(23, 60)).get("value") == 60, "orders are executed again")
        assert daemon.records("gateway_stalled")
        assert not [record for record in daemon.records("set_point") if record["value"] in {255, 200, 100}]
