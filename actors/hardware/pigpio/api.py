"""What is used of the `pigpio` library: the shape that the real client and the simulated one share."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final, Protocol


class Pi(Protocol):
    """What is used of `pigpio.pi`. Each call answers a number; a refusal is an exception, or a number below 0."""

    def stop(self) -> object: ...  # noqa: D102 - pigpio documents these
    def write(self, gpio: int, level: int, /) -> int: ...  # noqa: D102
    def read(self, gpio: int, /) -> int: ...  # noqa: D102
    def get_mode(self, gpio: int, /) -> int: ...  # noqa: D102
    def set_mode(self, gpio: int, mode: int, /) -> int: ...  # noqa: D102
    def set_PWM_frequency(self, gpio: int, frequency: float, /) -> int: ...  # noqa: D102, N802
    def set_PWM_range(self, gpio: int, range_: int, /) -> int: ...  # noqa: D102, N802
    def set_PWM_dutycycle(self, gpio: int, width: int, /) -> int: ...  # noqa: D102, N802
    def get_PWM_frequency(self, gpio: int, /) -> int: ...  # noqa: D102, N802
    def get_PWM_range(self, gpio: int, /) -> int: ...  # noqa: D102, N802
    def get_PWM_real_range(self, gpio: int, /) -> int: ...  # noqa: D102, N802
    def get_PWM_dutycycle(self, gpio: int, /) -> int: ...  # noqa: D102, N802
    def hardware_PWM(self, gpio: int, frequency: int, width: int, /) -> int: ...  # noqa: D102, N802
    def store_script(self, text: bytes, /) -> int: ...  # noqa: D102
    def run_script(self, script: int, parameters: Sequence[int], /) -> int: ...  # noqa: D102
    def update_script(self, script: int, parameters: Sequence[int], /) -> int: ...  # noqa: D102
    def script_status(self, script: int, /) -> tuple[int, Sequence[int]]: ...  # noqa: D102
    def stop_script(self, script: int, /) -> int: ...  # noqa: D102
    def delete_script(self, script: int, /) -> int: ...  # noqa: D102


LOST: Final = (OSError, EOFError, struct.error, AttributeError)
"""What the `pigpio` client raises, in all its shapes, when its connection is not to be trusted any more."""
