"""Run the coordinator of a LECO network, reachable from this computer alone unless --bind says otherwise; Ctrl-C ends it in good order.

It is pyleco's, which listens on every interface when it is started by its own command. Nobody who reaches it is asked for a password.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import signal
from typing import Any, Final

from supervisor.cli.options import complain
from supervisor.daemon.program import installing
from supervisor.exits import EX_OK, EX_UNAVAILABLE

HELP = "run the coordinator of a LECO network"
EXAMPLES = """examples:
  pilotage leco-coordinator                          for this computer
  pilotage leco-coordinator --bind 192.168.1.10      for whoever reaches that address
"""
LOOPBACK: Final = "127.0.0.1"
PORT: Final = 12300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is to be chosen once."""
    parser.add_argument("--namespace", metavar="NAME", default="lab", help="the first part of every name in the network (default: lab)")
    text = f"the address of this computer at which it is reached, '*' for all of IPv4 (default: {LOOPBACK})"
    parser.add_argument("--bind", metavar="ADDRESS", default=LOOPBACK, help=text)
    parser.add_argument("--port", type=int, metavar="PORT", default=PORT, help=f"its port (default: {PORT})")


def main(arguments: argparse.Namespace) -> int:
    """Route until a signal ends it; return 0, or 69 when it cannot begin."""
    if importlib.util.find_spec("pyleco") is None:
        return complain("leco-coordinator", f"it needs pyleco, which is not installed here: {installing('pyleco>=0.6')}", EX_UNAVAILABLE)
    import zmq

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        with _coordinator(arguments) as coordinator:
            coordinator.routing()
    except zmq.ZMQError as error:
        text = f"it cannot listen at {arguments.bind}:{arguments.port}: {error}; does a coordinator run already?"
        return complain("leco-coordinator", text, EX_UNAVAILABLE)
    except KeyboardInterrupt:
        pass
    return EX_OK


def _coordinator(arguments: argparse.Namespace) -> Any:
    """Return pyleco's coordinator, made to listen at one address: its own options have none."""
    from pyleco.coordinators.coordinator import Coordinator
    from pyleco.utils.coordinator_utils import ZmqMultiSocket

    class Bound(ZmqMultiSocket):  # type: ignore[misc]
        """A socket at the address that was asked for."""

        def bind(self, host: str = "*", port: int = PORT) -> None:
            """Listen there, whatever `host` is."""
            del host
            super().bind(arguments.bind, port)

    return Coordinator(namespace=arguments.namespace, port=arguments.port, multi_socket=Bound())
