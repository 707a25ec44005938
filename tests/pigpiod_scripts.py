"""The script engine of the pigpiod emulator: stored scripts run in threads of the daemon and outlive the client that stored them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.pigpiod_pins import Refused

INITIALISING, HALTED, RUNNING = 0, 1, 2
SLOTS = 32
DAEMON_WORDS = {
    "M": (0, 2), "MODES": (0, 2), "MG": (1, 1), "MODEG": (1, 1), "PUD": (2, 2), "R": (3, 1), "READ": (3, 1), "W": (4, 2), "WRITE": (4, 2),
    "P": (5, 2), "PWM": (5, 2), "PRS": (6, 2), "PFS": (7, 2), "S": (8, 2), "SERVO": (8, 2), "BR1": (10, 0), "BC1": (12, 1), "BS1": (14, 1),
    "T": (16, 0), "TICK": (16, 0), "PRG": (22, 1), "PFG": (23, 1), "PRRG": (24, 1), "GDC": (83, 1), "GPW": (84, 1), "HP": (86, 3),
}  # fmt: skip
"""Word -> number and parameters of the command it gives to the daemon."""
ENGINE_WORDS = {
    "LD": "rx", "LDA": "x", "STA": "r", "XA": "r", "X": "rr", "PUSH": "r", "POP": "r", "PUSHA": "", "POPA": "",
    "DCR": "r", "INR": "r", "DCRA": "", "INRA": "", "CMP": "x", "ADD": "x", "SUB": "x", "MLT": "x", "DIV": "x", "MOD": "x",
    "AND": "x", "OR": "x", "XOR": "x", "RL": "rx", "RR": "rx", "RLA": "x", "RRA": "x",
    "JMP": "t", "JZ": "t", "JNZ": "t", "JP": "t", "JM": "t", "CALL": "t", "RET": "", "TAG": "t", "HALT": "", "MICS": "x", "MILS": "x",
}  # fmt: skip
"""Word -> its parameters: r a register, x a register or a number, t a tag."""
MOVES = {"LD", "LDA", "STA", "XA", "X", "PUSH", "POP", "PUSHA", "POPA"}

Argument = int | str
Line = tuple[str, tuple[Argument, ...]]


def parse(text: str) -> tuple[list[Line], dict[int, int]]:
    """Return the lines and, for each tag, the line it stands before; raises `Refused` with the first error's code."""
    words = text.split()
    lines: list[Line] = []
    tags: dict[int, int] = {}
    errors: list[int] = []
    while words:
        word = words.pop(0).upper()
        kinds = "x" * DAEMON_WORDS[word][1] if word in DAEMON_WORDS else ENGINE_WORDS.get(word)
        if kinds is None:
            errors.append(-55)
            continue
        given = [_argument(words.pop(0) if words else "", kind) for kind in kinds]
        if None in given:
            errors.append(-55)
            continue
        arguments = tuple(argument for argument in given if argument is not None)
        if word == "TAG":
            tag = int(arguments[0])
            errors += [-53] if tag in tags else [-54] if len(tags) >= 50 else []
            tags[tag] = len(lines)
        else:
            lines.append((word, arguments))
    errors += [-63 for word, arguments in lines if ENGINE_WORDS.get(word) == "t" and int(arguments[0]) not in tags]
    if errors:
        raise Refused(errors[0])
    return lines, tags


def _argument(word: str, kind: str) -> Argument | None:
    word = word.lower()
    if kind in "rx" and word[:1] in {"p", "v"} and word[1:].isdecimal():
        return word if int(word[1:]) < (10 if word[0] == "p" else 150) else None
    if kind == "r":
        return None
    sign, digits = (-1, word[1:]) if word.startswith("-") else (1, word.removeprefix("+"))
    try:
        return sign * int(digits, 16 if digits.startswith("0x") else 8 if digits.startswith("0") else 10)
    except ValueError:
        return None


@dataclass
class Script:
    """One stored script; `state` and `p` are what a client sees of it."""

    lines: list[Line]
    tags: dict[int, int]
    run_command: Callable[[int, int, int, int], int]
    state: int = HALTED
    p: list[int] = field(default_factory=lambda: [0] * 10)
    v: list[int] = field(default_factory=lambda: [0] * 150)
    thread: threading.Thread | None = None
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Run from the first line; registers A, F and the stack are new, p and v are kept."""
        self.stop()
        self.stopping.clear()
        self.state = RUNNING
        self.thread = threading.Thread(target=self._main, name="pigpiod script", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End it; pins stay as they are."""
        self.stopping.set()
        if self.thread is not None and self.thread is not threading.current_thread():
            self.thread.join()
            self.thread = None

    def _main(self) -> None:
        _Machine(self).run()
        self.state = HALTED


class _Machine:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.a = self.f = self.pc = 0
        self.stack: list[int] = []

    def run(self) -> None:
        while self.pc < len(self.script.lines) and not self.script.stopping.is_set():
            word, arguments = self.script.lines[self.pc]
            self.pc += 1
            if word == "HALT":
                return
            if word in DAEMON_WORDS:
                number, count = DAEMON_WORDS[word]
                values = [*(self._value(argument) for argument in arguments), 0, 0, 0][: max(count, 3)]
                self.a = self.f = self.script.run_command(number, *values[:3])
            else:
                self._step(word, arguments)

    def _step(self, word: str, arguments: tuple[Argument, ...]) -> None:
        if word in {"MILS", "MICS"}:
            self.script.stopping.wait(self._value(arguments[0]) / (1e3 if word == "MILS" else 1e6))
        elif word == "RET" or ENGINE_WORDS[word] == "t":
            self._jump(word, arguments)
        elif word in MOVES:
            self._move(word, arguments)
        else:
            self._calculate(word, arguments)

    def _move(self, word: str, arguments: tuple[Argument, ...]) -> None:
        match word, arguments:
            case "LD", (register, x):
                self._store(register, self._value(x))
            case "LDA", (x,):
                self.a = self._value(x)
            case "STA", (register,):
                self._store(register, self.a)
            case "XA", (register,):
                self.a, old = self._value(register), self.a
                self._store(register, old)
            case "X", (one, other):
                first, second = self._value(one), self._value(other)
                self._store(one, second)
                self._store(other, first)
            case "PUSH", (register,):
                self.stack.append(self._value(register))
            case "PUSHA", _:
                self.stack.append(self.a)
            case "POP", (register,):
                self._store(register, self.stack.pop())
            case "POPA", _:
                self.a = self.stack.pop()

    def _jump(self, word: str, arguments: tuple[Argument, ...]) -> None:
        if word == "RET":
            self.pc = self.stack.pop()
            return
        if word == "CALL":
            self.stack.append(self.pc)
        f = self.f
        if {"JMP": True, "CALL": True, "JZ": f == 0, "JNZ": f != 0, "JP": f >= 0, "JM": f < 0}[word]:
            self.pc = self.script.tags[int(arguments[0])]

    def _calculate(self, word: str, arguments: tuple[Argument, ...]) -> None:
        match word, arguments:
            case "DCR" | "INR", (register,):
                self.f = self._value(register) + (1 if word == "INR" else -1)
                self._store(register, self.f)
            case "DCRA" | "INRA", _:
                self.a = self.f = self.a + (1 if word == "INRA" else -1)
            case "RL" | "RR", (register, x):
                self.f = self._value(register) << self._value(x) if word == "RL" else self._value(register) >> self._value(x)
                self._store(register, self.f)
            case "CMP", (x,):
                self.f = self.a - self._value(x)
            case _, (x,):
                self.a = self.f = _calculated(word, self.a, self._value(x))

    def _value(self, argument: Argument) -> int:
        if isinstance(argument, int):
            return argument
        return (self.script.p if argument[0] == "p" else self.script.v)[int(argument[1:])]

    def _store(self, register: Argument, value: int) -> None:
        name = str(register)
        (self.script.p if name[0] == "p" else self.script.v)[int(name[1:])] = value


def _calculated(word: str, a: int, x: int) -> int:
    results = {"ADD": a + x, "SUB": a - x, "MLT": a * x, "AND": a & x, "OR": a | x, "XOR": a ^ x}
    if word in results:
        return results[word]
    if word in {"DIV", "MOD"}:
        quotient = int(a / x) if x else 0
        return quotient if word == "DIV" else a - quotient * x
    return a << x if word == "RLA" else a >> x


class Scripts:
    """The 32 slots of the daemon."""

    def __init__(self, run_command: Callable[[int, int, int, int], int]) -> None:
        self._run_command = run_command
        self.stored: dict[int, Script] = {}
        self.initialising = 0
        """How many of the next starts are answered -62: the thread is not up yet."""

    def store(self, text: str) -> int:
        script = Script(*parse(text), run_command=self._run_command)
        free = [number for number in range(SLOTS) if number not in self.stored]
        if not free:
            raise Refused(-57)
        self.stored[free[0]] = script
        return free[0]

    def start(self, number: int, parameters: list[int]) -> int:
        script = self._script(number)
        if self.initialising > 0:
            self.initialising -= 1
            raise Refused(-62)
        self.update(number, parameters)
        script.start()
        return 0

    def update(self, number: int, parameters: list[int]) -> int:
        script = self._script(number)
        if len(parameters) > 10:
            raise Refused(-61)
        script.p[: len(parameters)] = parameters
        return 0

    def stop(self, number: int) -> int:
        self._script(number).stop()
        return 0

    def delete(self, number: int) -> int:
        self.stop(number)
        del self.stored[number]
        return 0

    def status(self, number: int) -> list[int]:
        script = self._script(number)
        return [script.state, *script.p]

    def clear(self) -> None:
        """Lose every script, as the daemon does when it ends."""
        while self.stored:
            self.stored.popitem()[1].stop()

    def _script(self, number: int) -> Script:
        if number not in self.stored:
            raise Refused(-48)
        return self.stored[number]
