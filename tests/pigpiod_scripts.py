"""The script engine of the pigpiod emulator: stored scripts run in threads of the daemon and outlive the client that stored them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.pigpiod_pins import Refused

INITIALISING, HALTED, RUNNING = 0, 1, 2
SLOTS = 32
WRITE = 4
WORDS = {"W": "xx", "LD": "rx", "DCR": "r", "INR": "r", "JMP": "t", "JP": "t", "TAG": "t", "MILS": "x"}
"""Those that a lease script is made of, with their parameters: r a register, x a register or a number, t a tag."""

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
        kinds = WORDS.get(word)
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
    errors += [-63 for word, arguments in lines if WORDS[word] == "t" and int(arguments[0]) not in tags]
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
        self.f = self.pc = 0

    def run(self) -> None:
        while self.pc < len(self.script.lines) and not self.script.stopping.is_set():
            word, arguments = self.script.lines[self.pc]
            self.pc += 1
            self._step(word, arguments)

    def _step(self, word: str, arguments: tuple[Argument, ...]) -> None:
        match word, arguments:
            case "W", (gpio, level):
                self.f = self.script.run_command(WRITE, self._value(gpio), self._value(level), 0)
            case "MILS", (x,):
                self.script.stopping.wait(self._value(x) / 1e3)
            case "LD", (register, x):
                self._store(register, self._value(x))
            case "DCR" | "INR", (register,):
                self.f = self._value(register) + (1 if word == "INR" else -1)
                self._store(register, self.f)
            case "JMP" | "JP", (tag,):
                if word == "JMP" or self.f >= 0:
                    self.pc = self.script.tags[int(tag)]

    def _value(self, argument: Argument) -> int:
        if isinstance(argument, int):
            return argument
        return (self.script.p if argument[0] == "p" else self.script.v)[int(argument[1:])]

    def _store(self, register: Argument, value: int) -> None:
        name = str(register)
        (self.script.p if name[0] == "p" else self.script.v)[int(name[1:])] = value


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
