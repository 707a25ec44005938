"""A client, or several, that ask without pause: `floods.py PORT CLIENTS WINDOW BODY...`, until it is ended.

Each has WINDOW requests under way all the time, BODY after BODY. It prints READY once the first answer has come.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zmq


@contextmanager
def flood(port: int, clients: int, window: int, *bodies: dict[str, Any]) -> Iterator[None]:
    """Let `clients` in a process of their own ask without pause meanwhile, each with `window` requests under way."""
    command = (sys.executable, str(Path(__file__).resolve()), str(port), str(clients), str(window))
    process = subprocess.Popen([*command, *map(json.dumps, bodies)], stdout=subprocess.PIPE)
    try:
        if process.stdout is None or not process.stdout.readline():
            raise SystemExit("the flood did not begin")
        yield
    finally:
        process.kill()
        process.communicate()


def ask_for_ever(port: int, window: int, bodies: list[bytes], begun: threading.Event) -> None:
    """Ask without pause. A thread of its own."""
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
        threading.Thread(target=ask_for_ever, args=(port, window, bodies, begun), daemon=True).start()
    begun.wait()
    print("READY", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
