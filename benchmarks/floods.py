"""A client, or several, that ask without pause: `floods.py PORT CLIENTS WINDOW BODY...`, until it is ended.

Each has WINDOW requests under way all the time, BODY after BODY. It prints READY once the first answer has come.
"""

from __future__ import annotations

import sys
import threading

import zmq


def flood(port: int, window: int, bodies: list[bytes], begun: threading.Event) -> None:
    """Ask for ever. A thread of its own."""
    dealer: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.DEALER)
    dealer.setsockopt(zmq.LINGER, 0)
    dealer.connect(f"tcp://127.0.0.1:{port}")
    for number in range(window):
        dealer.send(bodies[number % len(bodies)])
    number = window
    while True:
        dealer.recv()
        begun.set()
        dealer.send(bodies[number % len(bodies)])
        number += 1


def main() -> None:
    """Flood until this process is ended."""
    port, clients, window = (int(argument) for argument in sys.argv[1:4])
    bodies = [argument.encode() for argument in sys.argv[4:]]
    begun = threading.Event()
    for _ in range(clients):
        threading.Thread(target=flood, args=(port, window, bodies, begun), daemon=True).start()
    begun.wait()
    print("READY", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
