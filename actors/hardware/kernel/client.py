"""`actors.drivers.base.LeasedGpio` on the output process: what the daemon sees of the back end `kernel`. Linux only."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from actors.drivers.base import PwmState
from actors.errors import DeviceError, TransientError
from actors.hardware.kernel.link import LIMIT, Link
from actors.hardware.kernel.wire import as_error
from actors.hardware.memory import Memory

AGAIN: Final = 0.02
"""Seconds between attempts on a PWM channel that udev has not made writable yet."""
_NOTHING: Final[Mapping[int, int]] = MappingProxyType({})


class KernelGpio:
    """Outputs through the Linux kernel alone. Thread-safe; every call returns or raises within a few seconds, as a rule at once.

    `hardware_pins` make their PWM by hardware (sysfs); every other pin is a line of the GPIO chip, with PWM of 100 Hz and below.
    `safe_pins`, pin -> level, are driven first by every output process, and last. The process is started by the first call, and
    started again at once when it ends; a pin that was driven before it ended says so once (`gpio_unavailable`), then obeys again.
    `chip` (a path such as `/dev/gpiochip1`) replaces the search for the header's chip, `pwm` and `tree` the kernel's folders.

    Errors, all `DeviceError`: `gpio_unavailable`, `gpio_no_library`, `gpio_no_chip`, `gpio_no_permission`, `gpio_busy`, `gpio_refused`,
    `gpio_untrue`, `gpio_not_output`, `gpio_io`, `lease_tripped`, `no_lease`, and for PWM `pwm_untrue`, `pwm_unknown`,
    `pwm_unsupported`, `pwm_no_chip`, `pwm_no_channel`, `pwm_other_pin`, `pwm_channel_taken`, `pwm_not_ready`, `pwm_read_only`,
    `pwm_refused`.
    """

    def __init__(
        self,
        *,
        hardware_pins: Collection[int] = (),
        safe_pins: Mapping[int, int] = _NOTHING,
        chip: str | None = None,
        pwm: str = "/sys/class/pwm",
        tree: str = "/proc/device-tree",
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._places = {"chip": chip, "pwm": pwm, "tree": tree}
        self._safe = dict(safe_pins)
        self._hardware = frozenset(hardware_pins)
        self._state = threading.Lock()
        self._leases: dict[int, tuple[float, int]] = {}
        self._tripped: frozenset[int] = frozenset()
        self._memory = Memory()
        self._generation = 0
        self._link = Link(self._next_settings, self._on_start, environ)

    @property
    def generation(self) -> int:
        """How many output processes there have been: a new number means that every line went to its safe level."""
        return self._generation

    @property
    def settings(self) -> dict[str, Any]:
        """What any process needs to know to reach the same pins (`actors.hardware.kernel.process.main`)."""
        return {"hardware": sorted(self._hardware), **self._places}

    def set_pins(self, hardware_pins: Collection[int], safe_pins: Mapping[int, int]) -> None:
        """Serve another bench. Where other pins are to have hardware PWM, the process is replaced: lines go to their safe level."""
        with self._state:
            self._safe = dict(safe_pins)
            same = self._hardware == frozenset(hardware_pins)
            self._hardware = frozenset(hardware_pins)
        if not same:
            self._link.close()

    def write(self, pin: int, level: int) -> int:
        """Drive a plain level, 0 or 1, ending any PWM on the pin; return it as read back, or raise `gpio_untrue`."""
        with self._state:
            if level == self._safe_level(pin):  # where it is already, after whatever became of the process
                self._memory.forgotten.discard(pin)
        return int(self._drive(pin, {"do": "write", "level": level}))

    def read(self, pin: int) -> int:
        """Return the level at an output pin."""
        return int(self._ask(pin, {"do": "read"}))

    def set_pwm(self, pin: int, frequency: float, duty: float, scale: int) -> PwmState:
        """Make PWM of `frequency` Hz and `duty` 0..1, by hardware on the pins that have it; return what comes out.

        `scale` is no matter: no step is coarser.
        """
        del scale
        if not 0.0 <= duty <= 1.0:
            raise ValueError(f"a duty cycle is 0 to 1, not {duty}")
        if duty == 0.0:
            return PwmState(float(self.write(pin, 0)), 0.0, 1)
        return _state(self._drive(pin, {"do": "set_pwm", "frequency": frequency, "duty": duty}))

    def pwm(self, pin: int) -> PwmState:
        """Return what the pin does; a plain level has frequency 0 and one step. Raises `pwm_untrue` when it is not what was asked for."""
        return _state(self._ask(pin, {"do": "pwm"}))

    def require(self, pin: int, frequency: float | None) -> None:
        """Do nothing: a line or channel that is not there is found when the output is made safe at its start."""

    def lease(self, pin: int, seconds: float, safe_level: int) -> None:
        """Put `pin` under a lease, kept by the output process: `seconds` without `renew` and it goes to `safe_level`, latched."""
        if seconds <= 0:
            raise ValueError(f"a lease lasts longer than {seconds} s")
        with self._state:
            self._leases[pin] = (seconds, safe_level)
        self._call(pin, {"do": "lease", "seconds": seconds, "level": safe_level})

    def renew(self, pin: int) -> None:
        """Begin the lease of `pin` anew, unless it has tripped; raises `no_lease` for a pin that has none."""
        self._call(pin, {"do": "renew"})

    def tripped(self, pin: int) -> bool:
        """Return whether the lease of `pin` ran out since it was last reset, asked from the output process."""
        return bool(self._call(pin, {"do": "tripped"}))

    def reset_lease(self, pin: int) -> None:
        """Allow a tripped `pin` to be driven again; it stays at its safe level."""
        self._call(pin, {"do": "reset_lease"})

    def close(self) -> None:
        """End the output process: lines and leased pins go to their safe level, a fan on hardware PWM goes on. The next use begins anew."""
        self._link.close()
        with self._state:
            self._memory.clear()
            self._leases.clear()
            self._tripped = frozenset()

    def _drive(self, pin: int, command: Mapping[str, Any]) -> Any:
        self._require_known(pin)
        found = self._patiently(pin, command)
        with self._state:
            self._memory.driven.add(pin)
        return found

    def _ask(self, pin: int, command: Mapping[str, Any]) -> Any:
        self._require_known(pin)
        return self._patiently(pin, command)

    def _safe_level(self, pin: int) -> int:
        lease = self._leases.get(pin)
        return lease[1] if lease is not None else self._safe.get(pin, 0)

    def _require_known(self, pin: int) -> None:
        with self._state:
            self._memory.require(pin, "the output process ended and was started again")

    def _patiently(self, pin: int, command: Mapping[str, Any]) -> Any:
        """Call, again and again for a second while the channel just exported is not writable yet."""
        until = time.monotonic() + LIMIT
        while True:
            try:
                return self._call(pin, command)
            except TransientError as error:
                if error.code != "pwm_not_ready" or time.monotonic() > until:
                    raise
            time.sleep(AGAIN)

    def _call(self, pin: int, command: Mapping[str, Any]) -> Any:
        try:
            answer = self._link.call({**command, "pin": pin})
        except OSError as error:
            raise DeviceError("gpio_unavailable", f"the output process does not answer: {error}") from error
        with self._state:
            self._tripped = frozenset(answer["tripped"])
        if "error" in answer:
            raise as_error(answer["error"])
        return answer["value"]

    def _next_settings(self) -> Mapping[str, Any]:
        """Return what the next output process is told: the lines and the leases of the one before, tripped ones tripped."""
        with self._state:
            leases = {str(pin): [seconds, level, pin in self._tripped] for pin, (seconds, level) in self._leases.items()}
            safe = {str(pin): level for pin, level in self._safe.items()}
            driven = {str(pin): self._safe_level(pin) for pin in (self._memory.driven | self._memory.forgotten) - self._hardware}
        return {**self.settings, "safe": driven | safe, "leases": leases}

    def _on_start(self) -> None:
        with self._state:
            self._generation += 1
            self._memory.replaced(but=self._hardware)


def _state(found: Sequence[float]) -> PwmState:
    duty, frequency, steps = found
    return PwmState(float(duty), float(frequency), int(steps))
