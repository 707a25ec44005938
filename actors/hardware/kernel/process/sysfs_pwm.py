"""Hardware PWM through /sys/class/pwm: the chip is found by its device, not by its number, which differs between kernels."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import MappingProxyType
from typing import Final

from actors.errors import DeviceError, PermanentError, TransientError
from actors.hardware.kernel.limits import FIVE, SECOND, UP_TO_4, Block
from actors.hardware.kernel.muxed import TREE, muxed_pins
from actors.hardware.kernel.wire import State
from pilotage.words import number

ROOT: Final = Path("/sys/class/pwm")
PLAIN_PERIOD: Final = 40_000
"""Nanoseconds: the period with which a plain level is made on a channel that never had one (25 kHz)."""
TOLERANCE: Final = 0.01
"""Largest deviation that is still true: of the nominal frequency, and of full duty."""


BLOCKS: Final = MappingProxyType({"20c000.pwm": UP_TO_4, "1f00098000.pwm": FIVE})
"""How the device of a PWM block ends: up to a Pi 4 it is 2020c000, 3f20c000 or fe20c000."""
ALTERNATE: Final = MappingProxyType({12: 4, 13: 4, 18: 2, 19: 2})
"""GPIO -> `func` of the overlay that shows PWM on it (overlays/README, `pwm`)."""


class PwmChannel:
    """One channel. Every method raises DeviceError within the time that a few file accesses take.

    `pwm_not_ready` is a TransientError: a channel just exported becomes writable a moment later, when udev has seen it.
    """

    def __init__(self, pin: int, chip: Path, channel: int, step: int) -> None:
        self.pin = pin
        self.channel = channel
        self._chip = chip
        self._folder = chip / f"pwm{channel}"
        self._step = step

    def set(self, frequency: float, duty: float) -> State:
        """Make PWM of `frequency` Hz and `duty` above 0 up to 1, at least one step; return what is read back, or raise `pwm_untrue`."""
        period = round(SECOND / frequency)
        self._make(period, min(max(round(duty * period), self._step), period))
        found = self.state()
        if abs(found.duty - duty) > max(TOLERANCE, self._step / period) or abs(found.frequency - frequency) > TOLERANCE * frequency:
            raise self._untrue(f"{number(frequency)} Hz and {duty:.2%}", f"{number(found.frequency)} Hz and {found.duty:.2%}")
        return found

    def write(self, level: int) -> int:
        """Make a plain level: a duty cycle of 0 or 1 on an enabled channel, because a disabled one need not drive its pin."""
        self._export()
        period = self._read("period") or PLAIN_PERIOD
        self._make(period, period if level else 0)
        if (found := self.state().duty) != level:
            raise self._untrue(f"level {level}", f"a duty cycle of {found:.2%}")
        return int(found)

    def state(self) -> State:
        """Return what the files say; a plain low has frequency 0 and one step. Raises `pwm_unknown` for a channel that is not exported."""
        if not self._folder.is_dir():
            raise DeviceError(
                "pwm_unknown", f"the PWM channel of GPIO{self.pin} is not exported: nobody has set it, or somebody let go of it"
            )
        period, duty = self._read("period"), self._read("duty_cycle")
        if not period or not self._read("enable"):
            return State(0.0, 0.0, 1)
        share = duty / period if self._text("polarity") == "normal" else 1.0 - duty / period
        if share == 0.0:
            return State(0.0, 0.0, 1)
        return State(share, SECOND / period, max(period // self._step, 1))

    def _make(self, period: int, duty: int) -> None:
        self._export()
        if self._text("polarity") != "normal":
            self._write("enable", "0")  # the polarity of a running channel is fixed (Documentation/driver-api/pwm.rst)
            self._write("polarity", "normal")
        if self._read("period") != period:
            if self._read("duty_cycle") > period:
                self._write("duty_cycle", "0")  # the duty cycle must never be longer than the period
            self._write("period", str(period))
        self._write("duty_cycle", str(duty))
        if not self._read("enable"):
            self._write("enable", "1")

    def _export(self) -> None:
        if self._folder.is_dir():
            return
        try:
            _put(self._chip / "export", str(self.channel))
        except OSError as error:
            if error.errno != errno.EBUSY:  # which says that it is exported
                raise self._failed("export", error) from error
        if not self._folder.is_dir():
            raise TransientError("pwm_not_ready", f"the PWM channel of GPIO{self.pin} is not there yet ({self._folder})")

    def _read(self, name: str) -> int:
        text = self._text(name)
        try:
            return int(text)
        except ValueError:
            raise DeviceError("pwm_untrue", f"{self._folder / name} holds {text[:40]!r}, which is no number") from None

    def _text(self, name: str) -> str:
        try:
            return (self._folder / name).read_text(encoding="ascii", errors="replace").strip()
        except OSError as error:
            raise self._failed(name, error) from error

    def _write(self, name: str, text: str) -> None:
        try:
            _put(self._folder / name, text)
        except OSError as error:
            raise self._failed(name, error) from error

    def _failed(self, name: str, error: OSError) -> DeviceError:
        path = (self._chip if name == "export" else self._folder) / name
        if error.errno in {errno.ENOENT, errno.EACCES, errno.EPERM}:
            text = f"{path} cannot be opened ({error.strerror}): is the user in group gpio, and may the service write to /sys?"
            return TransientError("pwm_not_ready", text, error.errno)
        if error.errno == errno.EROFS:
            text = f"{path} is read-only here: the unit needs ReadWritePaths=-/sys/devices/platform"
            return PermanentError("pwm_read_only", text, error.errno)
        return DeviceError("pwm_refused", f"the kernel refuses what GPIO{self.pin} is to do: {path}: {error.strerror}", error.errno)

    def _untrue(self, asked: str, found: str) -> DeviceError:
        return DeviceError("pwm_untrue", f"GPIO{self.pin} was set to {asked} but reads back {found}")


def _put(path: Path, text: str) -> None:
    """Write into an attribute that must exist: Python's own `open` would ask to create it."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, f"{text}\n".encode("ascii"))
    finally:
        os.close(descriptor)


def find_channel(pin: int, root: str | Path = ROOT, tree: str | Path = TREE) -> PwmChannel:
    """Return the PWM channel of `pin`; raises PermanentError `pwm_no_chip`, `pwm_no_channel` or `pwm_other_pin`, with the line to add."""
    for chip in sorted(Path(root).glob("pwmchip*")):
        device = (chip / "device").resolve()
        for ending, block in BLOCKS.items():
            if device.name.endswith(ending):
                return _channel(pin, chip, block, muxed_pins(device / "of_node", Path(tree)))
    raise PermanentError("pwm_no_chip", f"there is no hardware PWM: {_advice(pin)}")


def _channel(pin: int, chip: Path, block: Block, muxed: set[int] | None) -> PwmChannel:
    if pin not in block.channels:
        choice = ", ".join(f"GPIO{name}" for name in sorted(block.channels))
        raise PermanentError("pwm_no_channel", f"GPIO{pin} has no hardware PWM; {choice} have")
    if muxed is not None and pin not in muxed:
        others = ", ".join(f"GPIO{name}" for name in sorted(muxed))
        raise PermanentError("pwm_other_pin", f"hardware PWM is on {others}, not on GPIO{pin}: {_advice(pin)}")
    return PwmChannel(pin, chip, block.channels[pin], block.step)


def _advice(pin: int) -> str:
    line = f"dtoverlay=pwm,pin={pin},func={ALTERNATE[pin]}" if pin in ALTERNATE else "an overlay for the pin"
    return f"put {line} into /boot/firmware/config.txt and reboot"
