"""The daemon's life: how it is started, what it does when it cannot, and how it ends."""

import signal
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.actors.gateway.peer import Peer, aq_pin, error, pi
from tests.e2e.daemon import MODULE, ROOT, Daemon, command
from tests.fakes import eventually

BENCH = str(ROOT / "config.py")
SIMULATED = ("--simulate", "--config", BENCH)
STARTS = {
    "python main.py": (sys.executable, str(ROOT / "main.py")),
    "python -m supervisor": MODULE,
    "pilotage": (sys.executable, "-c", "import sys; from supervisor.cli.main import main; sys.exit(main())"),
}
"""The third is what an installed console script does; tests/project checks that it is installed."""


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
        return port


def test_main_py_is_the_daemon_and_a_signal_ends_it_with_exit_code_0_and_the_outputs_off(tmp_path: Path) -> None:
    with Daemon(tmp_path, *SIMULATED, program=STARTS["python main.py"]) as daemon:
        with Peer(daemon.ready().endpoint) as peer:
            assert [entry["name"] for entry in peer.value({"type": "scan"})["actuator"]] == ["ventilateur", "resistance", "chauffe"]
            assert peer.value(pi(23, 200)) == 200
        assert daemon.end(signal.SIGINT) == 0
        events = [record["event"] for record in daemon.records()]
        assert events.index("daemon_stopping") < events.index("output_safe") < events.index("daemon_stopped")
        off = {record["actor"]: record["value"] for record in daemon.records("output_safe")}
        assert off == {"ventilateur": 0, "resistance": 0}


def test_a_port_in_use_is_refused_69_and_its_owner_and_its_outputs_are_left_alone(tmp_path: Path, daemon: Daemon, peer: Peer) -> None:
    peer.value(pi(18, 99))
    done = command(tmp_path, "run", *SIMULATED, "--bind", "127.0.0.1", "--port", str(daemon.port))
    assert done.returncode == 69
    assert f"port {daemon.port} is in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert "output_safe" not in done.stderr, "no output may be touched before the port is taken"
    assert peer.value(aq_pin(18)) == 99


@pytest.mark.parametrize(("address", "code"), [("192.0.2.77", 69), ("no such host", 64)])
def test_an_address_that_is_not_ours_is_refused(tmp_path: Path, address: str, code: int) -> None:
    with Daemon(tmp_path, *SIMULATED, "--bind", address, "--port", str(free_port())) as daemon:
        assert daemon.exit_code() == code
        assert "Traceback" not in daemon.text()
        assert address in daemon.text()


def test_after_kill_9_it_starts_again_on_the_same_port_and_what_was_pressed_meanwhile_does_not_heat(tmp_path: Path) -> None:
    with Daemon(tmp_path, *SIMULATED) as daemon, Peer(daemon.ready().endpoint, identity=b"an open window", marks=False) as window:
        port = daemon.port
        eventually(lambda: window.ask(pi(23, 50)).get("value") == 50, "it heats")
        daemon.process.kill()
        daemon.exit_code()
        window.send(pi(23, 200))
        with Daemon(tmp_path, *SIMULATED, "--bind", "127.0.0.1", "--port", str(port)) as again:
            assert again.ready().port == port
            reply = window.reply()  # the client's own socket finds the new daemon
            assert error(reply) == "expired"
            assert "ask again" in reply["value"]
            assert window.value(aq_pin(23)) == 0
            eventually(lambda: window.ask(pi(23, 60)).get("value") == 60, "pressed again, it heats")
            assert not [record for record in again.records("set_point") if record["value"] == 200]
            assert again.records("set_point_refused")


def test_every_way_to_call_it_answers_the_same(tmp_path: Path) -> None:
    main, module, script = (command(tmp_path, "nonsense", program=program) for program in STARTS.values())
    assert (main.returncode, main.stdout, main.stderr) == (module.returncode, module.stdout, module.stderr)
    assert (module.returncode, module.stdout, module.stderr) == (script.returncode, script.stdout, script.stderr)
    assert module.returncode == 64


def test_a_client_that_was_there_before_the_daemon_is_served_as_soon_as_it_is_ready_and_reads_soon_after(tmp_path: Path) -> None:
    port = free_port()
    with Peer(f"tcp://127.0.0.1:{port}") as peer:
        peer.send({"type": "scan"})
        with Daemon(tmp_path, *SIMULATED, "--bind", "127.0.0.1", "--port", str(port)) as daemon:
            daemon.ready()
            assert peer.reply(2.0)["state"] == "ACK"
            eventually(lambda: peer.ask({"type": "AQ", "register": "add", "add": "0x48"})["state"] == "ACK", "the first good reading", 5.0)
