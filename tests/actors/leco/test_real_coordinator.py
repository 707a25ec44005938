"""With pyleco's own coordinator and director: what the other tests assume of the network is what there really is."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import zmq
from pyleco.directors.director import Director
from pyleco.json_utils.errors import JSONRPCError
from pyleco.utils.communicator import Communicator

from actors.bench.leco import Leco
from pilotage.wire import leco
from supervisor.configuration import load
from tests.actors.gateway.peer import Peer
from tests.actors.gateway.whole import DEFAULT, Whole
from tests.actors.leco.real import RealCoordinator
from tests.fakes import PATIENCE, eventually


@pytest.fixture
def coordinator() -> Iterator[RealCoordinator]:
    with RealCoordinator() as one:
        yield one


class Program:
    """A program of the laboratory, written with pyleco."""

    def __init__(self, port: int) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.communicator = Communicator("program", host="127.0.0.1", port=port, timeout=PATIENCE, auto_open=False, context=self.context)
        self.communicator.open(context=self.context)
        self.communicator.sign_in()

    def bench(self, name: str = "bench1") -> Director:
        return Director(actor=name, communicator=self.communicator)

    def close(self) -> None:
        self.communicator.close()
        self.context.destroy(linger=0)


def strange(port: int) -> None:
    """Send a bench, through the coordinator, what nobody would send."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger = 1000
        socket.connect(f"tcp://127.0.0.1:{port}")
        signing = leco.Message(leco.COORDINATOR, "stranger", bytes(16), payload=(leco.call("sign_in", number=1),))
        socket.send_multipart(signing.frames())
        assert socket.poll(int(PATIENCE * 1000))
        for kind in (0, leco.JSON, 234):
            for bodies in ([], [b""], [b"{"], [b"[]"], [b"null"], [b"\xff" * 50], [b'{"method":"move_abs","id":1}', b"x" * 5000]):
                for receiver in ("bench1", "N1.bench1_resistance"):
                    socket.send_multipart(leco.Message(receiver, "N1.stranger", bytes(16), kind, tuple(bodies)).frames())


def driven(bench: Director, value: float) -> bool:
    """Try to set an output; return False if that came too early after the bench has joined, when it might have waited."""
    try:
        bench.set_parameters({"value": value})
    except JSONRPCError as error:
        if "waited on its way" not in str(error):
            raise
        time.sleep(0.1)  # nobody presses a button faster
        return False
    return True


def off(bench: Director) -> bool:
    """Switch a bench off; return False if the coordinator does not know it yet."""
    try:
        bench.call_action("off")
    except JSONRPCError as error:
        if error.rpc_error.code != leco.RECEIVER_UNKNOWN:
            raise
        return False
    return True


def test_a_program_reads_and_drives_and_the_bench_is_back_after_the_coordinator_was_killed(coordinator: RealCoordinator) -> None:
    network = Leco("127.0.0.1", "bench1", coordinator.port, drive=True)
    with Whole(replace(load(DEFAULT), leco=network)) as whole, Peer(whole.endpoint) as peer:

        def joined() -> bool:
            return bool(peer.value({"type": "status"})["leco"]["joined"])

        eventually(joined, "the bench has joined")
        program = Program(coordinator.port)
        try:
            assert {"bench1", "bench1_resistance", "bench1_t_resistance"} <= set(
                program.communicator.ask_rpc("COORDINATOR", "send_local_components")
            )
            assert 10 < program.bench().get_parameters(["t_resistance"])["t_resistance"] < 90
            with pytest.raises(JSONRPCError, match="there is no parameter '__dict__'"):
                program.bench().get_parameters(["__dict__"])
            strange(coordinator.port)
            eventually(lambda: driven(program.bench("bench1_ventilateur"), 100.0), "the coordinator counts as steady, which takes 2 s")
            assert program.bench().get_parameters(["ventilateur"]) == {"ventilateur": 100.0}
        finally:
            program.close()
        coordinator.kill()
        coordinator.start()
        program = Program(coordinator.port)
        try:
            eventually(lambda: off(program.bench()), "the bench is back")
            assert peer.value({"type": "AQ", "register": "pin", "pin": 18}) == 0
        finally:
            program.close()
