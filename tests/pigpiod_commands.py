"""The commands of the pigpiod emulator: from numbers and bytes to the pins and the scripts, and back."""

import struct
import threading
import time

from tests.pigpiod_pins import Board, Refused
from tests.pigpiod_scripts import Scripts

BOARD_COMMANDS = {
    0: ("MODES", 2), 1: ("MODEG", 1), 3: ("READ", 1), 4: ("WRITE", 2), 5: ("PWM", 2), 6: ("PRS", 2), 7: ("PFS", 2), 10: ("BR1", 0),
    22: ("PRG", 1), 23: ("PFG", 1), 24: ("PRRG", 1), 83: ("GDC", 1), 86: ("HP", 3),
}  # fmt: skip
"""Number -> name, which in lower case is a method of the board, and how many of p1, p2 and the extension it takes."""
OTHER_COMMANDS = {
    16: "TICK", 17: "HWVER", 19: "NB", 20: "NP", 21: "NC", 26: "PIGPV", 38: "PROC", 39: "PROCD", 40: "PROCR", 41: "PROCS", 45: "PROCP",
    99: "NOIB", 117: "PROCU",
}  # fmt: skip
SCRIPT_COMMANDS = {39, 40, 41, 117}
"""They wait for a script's thread, which needs the lock for its own commands."""
VERSION, BOARD_REVISION = 79, 0xA02082
HANDLES = 32


def name_of(command: int) -> str:
    """Return the name of a command, or its number."""
    return BOARD_COMMANDS[command][0] if command in BOARD_COMMANDS else OTHER_COMMANDS.get(command, str(command))


class Commands:
    """Executes what comes in; `lock` guards the pins."""

    def __init__(self, board: Board, lock: threading.RLock) -> None:
        self.board = board
        self.scripts = Scripts(self._from_script)
        self._lock = lock
        self._handles: dict[int, object] = {}

    def forget(self, owner: object) -> None:
        """Free the notification handles of a connection that ended."""
        self._handles = {handle: holder for handle, holder in self._handles.items() if holder is not owner}

    def execute(self, command: int, p1: int, p2: int, extension: bytes, owner: object) -> tuple[int, bytes]:
        try:
            if command in SCRIPT_COMMANDS:
                return self._script_command(command, p1, _integers(extension)), b""
            with self._lock:
                if command == 45:
                    data = struct.pack("<11i", *self.scripts.status(p1))
                    return len(data), data
                if command == 99:
                    return self._open_handle(owner), b""
                if command == 38:
                    return self.scripts.store(extension.decode("latin-1")), b""
                return self._command(command, p1, p2, int.from_bytes(extension[:4].ljust(4, b"\0"), "little")), b""
        except Refused as refused:
            return refused.code, b""

    def _script_command(self, command: int, number: int, parameters: list[int]) -> int:
        match command:
            case 39:
                return self.scripts.delete(number)
            case 40:
                return self.scripts.start(number, parameters)
            case 41:
                return self.scripts.stop(number)
            case _:
                return self.scripts.update(number, parameters)

    def _command(self, command: int, p1: int, p2: int, p3: int) -> int:
        if command in BOARD_COMMANDS:
            name, count = BOARD_COMMANDS[command]
            result: int = getattr(self.board, name.lower())(*(p1, p2, p3)[:count])
            return result
        match command:
            case 19 | 20 | 21:
                return self._handle(p1, close=command == 21)
            case _:
                known = {16: int(time.monotonic() * 1e6) & 0xFFFFFFFF, 17: BOARD_REVISION, 26: VERSION}
                return known.get(command, -88)

    def _open_handle(self, owner: object) -> int:
        free = [handle for handle in range(HANDLES) if handle not in self._handles]
        if not free:
            return -24
        self._handles[free[0]] = owner
        return free[0]

    def _handle(self, handle: int, *, close: bool) -> int:
        if handle not in self._handles:
            return -25
        if close:
            del self._handles[handle]
        return 0

    def _from_script(self, command: int, p1: int, p2: int, p3: int) -> int:
        with self._lock:
            try:
                return self._command(command, p1, p2, p3)
            except Refused as refused:
                return refused.code


def _integers(extension: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(extension) // 4}i", extension[: len(extension) // 4 * 4]))
