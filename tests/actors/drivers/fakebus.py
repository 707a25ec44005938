"""Fake buses for driver tests: chips as registers, or as a script of answers. Both record every transfer."""

import errno
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

NO_ACK = getattr(errno, "EREMOTEIO", 121)


@dataclass(frozen=True)
class Transfer:
    """One call of `Bus.transfer`."""

    address: int
    data: bytes | None
    length: int


def no_ack(number: int = NO_ACK) -> OSError:
    """Return what the kernel raises when nobody acknowledges."""
    return OSError(number, "Remote I/O error")


@dataclass
class FakeBus:
    """A bus with one chip at `address`; others do not acknowledge. `answer` returns the bytes read, or raises."""

    address: int
    answer: Callable[[bytes | None, int], bytes]
    transfers: list[Transfer] = field(default_factory=list)

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        self.transfers.append(Transfer(address, data, length))
        if address != self.address:
            raise no_ack()
        return self.answer(data, length)

    @property
    def writes(self) -> list[bytes]:
        """What was written into registers, or as commands; a register pointer before a read is not a write."""
        return [sent.data for sent in self.transfers if sent.data and not sent.length]

    @property
    def pointers(self) -> list[int]:
        """The registers read, in order, a confirming read of the same one counted once."""
        read = [sent.data[0] for sent in self.transfers if sent.data and sent.length]
        return [register for index, register in enumerate(read) if index == 0 or read[index - 1] != register]


class Registers:
    """A chip of numbered registers `width` bytes wide; a longer read goes on with the next. A callable as a value is asked at each read."""

    def __init__(self, width: int, values: Mapping[int, int | Callable[[], int]]) -> None:
        self.width = width
        self.values = dict(values)

    def __call__(self, data: bytes | None, length: int) -> bytes:
        if not data:
            return bytes(length)
        register, payload = data[0], data[1:]
        if payload:
            self.values[register] = int.from_bytes(payload, "big")
            return b""
        return b"".join(map(self._bytes, range(register, register + -(-length // self.width))))[:length]

    def _bytes(self, register: int) -> bytes:
        value = self.values.get(register, 0)
        return (value() if callable(value) else value).to_bytes(self.width, "big")


class Script:
    """A chip that gives prepared answers to reads, the last one for ever; a write takes none. An OSError is raised."""

    def __init__(self, answers: Iterable[bytes | OSError], on_write: Callable[[bytes], None] | None = None) -> None:
        self.answers = list(answers)
        self.on_write = on_write

    def __call__(self, data: bytes | None, length: int) -> bytes:
        if not length:
            if self.on_write:
                self.on_write(data or b"")
            return b""
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer


def each_twice(*answers: bytes) -> Sequence[bytes]:
    """Return every answer twice: drivers confirm each read by a second one."""
    return [answer for answer in answers for _ in range(2)]
