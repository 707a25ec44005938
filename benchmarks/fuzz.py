"""Feed the real daemon with what nobody would send: `python -m benchmarks.fuzz [SECONDS] --seed N`, five minutes by default.

Three kinds of input, in turn: requests mutated byte by byte, frame lists of any number and content, and raw bytes on a TCP connection.
It ends with exit code 0 when every frame list was answered exactly once, with strict JSON and without a word of Python in it, and the
daemon is the same process, has recorded no bug, and has not grown.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import zmq

from benchmarks import hostile
from benchmarks.fuzz_inputs import PYTHON, Inputs
from benchmarks.peers import Server

ROOT = Path(__file__).resolve().parent.parent
WITHIN: Final = 5000
"""ms after which a frame list counts as not answered."""
GROWN: Final = 16 * 1024
"""KiB that the daemon may have grown after the first tenth."""


class Fuzz:
    """One run: `counts` is what was sent and answered, `violations` what must not be."""

    def __init__(self, port: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.inputs = Inputs(self.random)
        self.port = port
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []
        self.context: zmq.Context[Any] = zmq.Context()
        self.peer = hostile.dealer(self.context, port)
        self.number = 0

    def asked(self, frames: list[bytes]) -> None:
        """Send one frame list and a question behind it: there must be one answer to each, in this order."""
        self.number += 1
        self.counts["frame lists"] += 1
        self.peer.send_multipart(frames)
        self.peer.send(json.dumps({"type": "retry", "child": "?", "id": self.number}).encode())
        delimited = len(frames) > 1 and not frames[0]
        first, second = self._answer(frames, delimited=delimited), self._answer(frames, delimited=False)
        if first is not None and second is not None and second.get("id") != self.number:
            self._wrong("an answer too many or out of order", frames, second)
            self._begin_anew()

    def _answer(self, frames: list[bytes], *, delimited: bool) -> dict[str, Any] | None:
        if not self.peer.poll(WITHIN):
            self._wrong("no answer", frames)
            self._begin_anew()
            return None
        parts = self.peer.recv_multipart()
        if parts[:-1] != [b""] * delimited:
            self._wrong("an answer in another framing", frames, parts)
        try:
            reply = json.loads(parts[-1].decode("utf-8"), parse_constant=_no_constant)
            state = reply["state"]
        except (ValueError, KeyError, TypeError) as error:
            self._wrong(f"an answer that is none ({error})", frames, parts)
            return None
        self.counts[f"answers {state} {reply.get('code', '')}".strip()] += 1
        if state == "ERROR" and PYTHON.search(reply["value"]) and not _echoed(reply["value"], frames):
            self._wrong("words of Python in an answer", frames, reply["value"])
        return reply if isinstance(reply, dict) else None

    def raw(self) -> None:
        """Send bytes on a TCP connection, some of them behind a good handshake."""
        rng = self.random
        self.counts["raw connections"] += 1
        with contextlib.suppress(OSError):
            connection = (
                hostile.zmtp(self.port, rng.choice((b"DEALER", b"REQ", b"PUB", b"X" * 200)))
                if rng.random() < 0.7
                else hostile.tcp(self.port, 1.0)
            )
            for _ in range(rng.randrange(1, 6)):
                size = rng.choice((0, 1, 100, 255, 256, 1000, 2**31, 2**63))
                pieces: tuple[bytes, ...] = (
                    hostile.frame(self.inputs.mutated(), more=rng.random() < 0.3),
                    hostile.PING,
                    hostile.GREETING,
                    bytes([rng.randrange(256)]) + size.to_bytes(8, "big") + rng.randbytes(20),
                    b"\x04"
                    + bytes([rng.randrange(40)])
                    + rng.choice((b"\x05READY", b"\x05ERROR", b"\x04PONG", b"\x09SUBSCRIBE"))
                    + rng.randbytes(20),
                    rng.randbytes(rng.randrange(300)),
                )
                connection.sendall(rng.choice(pieces))
            if rng.random() < 0.5:
                hostile.break_off(connection)
            else:
                connection.close()

    def _begin_anew(self) -> None:
        self.peer.close(0)
        self.peer = hostile.dealer(self.context, self.port)

    def _wrong(self, what: str, frames: list[bytes], answer: object = "") -> None:
        self.violations.append(f"{what}: {[frame[:200] for frame in frames[:6]]} -> {answer!r}"[:2000])

    def close(self) -> None:
        """Close the connection."""
        self.context.destroy(linger=0)


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _echoed(text: str, frames: list[bytes]) -> bool:
    """Return whether the suspicious word came from the request, which an answer may quote."""
    found = PYTHON.search(text)
    return found is not None and any(found.group().encode() in frame for frame in frames)


def run(seconds: float, seed: int, server: Server) -> Fuzz:
    """Feed the daemon for so long."""
    fuzz, begun = Fuzz(server.port, seed), time.monotonic()
    settled: int | None = None
    while time.monotonic() < begun + seconds and server.process.poll() is None and len(fuzz.violations) < 20:
        if fuzz.random.random() < 0.9:
            fuzz.asked(fuzz.inputs.any())
        else:
            fuzz.raw()
        if settled is None and time.monotonic() > begun + seconds / 10:
            settled = server.resident()
    if server.process.poll() is not None:
        fuzz.violations.append(f"the daemon ended with {server.process.returncode}")
        return fuzz
    time.sleep(2.0)  # what was cut is let go of
    grown = server.resident() - (settled or server.resident())
    print(f"memory: {server.resident()} KiB, grown by {grown} KiB since the first tenth")
    if grown > GROWN:
        fuzz.violations.append(f"the daemon has grown by {grown} KiB")
    gateway = server.ask(b'{"type": "status"}')["children"]["gateway"]
    if gateway["restarts"]:
        fuzz.violations.append(f"the gateway was restarted {gateway['restarts']} times: {gateway['error']}")
    return fuzz


def main() -> int:
    """Fuzz, print what there was, and return 1 if anything was violated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float, nargs="?", default=300.0)
    parser.add_argument("--seed", type=int, default=None, help="repeats a run; any by default")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2**32)
    print(f"seed {seed}, {arguments.seconds:g} s", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.py"
        config.write_text((ROOT / "config.py").read_text(encoding="utf-8") + "\nFRAME_INTERVAL = 0\n", encoding="utf-8")
        os.environ["PYTHONPATH"] = str(ROOT)
        log = Path(folder) / "log"
        with log.open("wb") as sink, Server.simulated("--config", str(config), level="warning", log=sink) as server:
            server.ask(b'{"type": "scan"}')
            fuzz = run(arguments.seconds, seed, server)
            fuzz.close()
        text = log.read_text(encoding="utf-8", errors="replace")
    fuzz.violations += [
        line for line in text.splitlines() if '"internal_error"' in line or "Traceback" in line or "Assertion failed" in line
    ][:10]
    print(f"sent: { {name: count for name, count in sorted(fuzz.counts.items()) if not name.startswith('answers')} }")
    print(f"answers: { {name[8:]: count for name, count in fuzz.counts.most_common() if name.startswith('answers')} }")
    for violation in fuzz.violations[:20]:
        print(f"VIOLATION: {violation}")
    print(f"{len(fuzz.violations)} violations")
    return 1 if fuzz.violations else 0


if __name__ == "__main__":
    sys.exit(main())
