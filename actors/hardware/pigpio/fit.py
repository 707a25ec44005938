"""Whether a pigpiod, started as it was, can drive what `config.py` wants of a pin: asked at the start, not found at the first set-point.

Nothing here changes what a pin does. pigpiod tells its options to nobody, but they show: `-s` in the frequencies of software PWM,
`-t 0` in a refusal of hardware PWM, also of "stop" on a pin that makes none, and `-x` in a refusal to set a pin's mode, also to what it is
(pigpio v79: `gpioGetPWMfrequency`, `gpioHardwarePWM`, `myDoCommand`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from actors.errors import DeviceError, PermanentError
from actors.hardware.pigpio.api import Pi

CYCLES: Final = (1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 80, 100, 160, 200, 400, 800)
STEPS: Final = 25
"""Software PWM makes 1e6 / (25 * sample in us * cycles) Hz (pigpio v79, `pwmCycles`)."""
DEFAULT_SAMPLE: Final = 5
HARDWARE_RANGE: Final = 1_000_000
"""The range that pigpiod tells of a pin while that makes hardware PWM."""
TOLERANCE: Final = 0.01
"""Largest deviation that is still true: of the nominal frequency, and of full duty."""
REMEDIES: Final = {
    "permission": "pigpiod was started with `-x`, and that pin is not in its mask: start it without `-x`",
    "main clock": "pigpiod was started with `-t 0`, which takes the PWM clock for itself: start it without `-t 0`",
}
"""What to do, by words of a refusal."""


def remedy(refusal: str) -> str:
    """Return a refusal with what to do about it, where that is known."""
    return next((f"{refusal}: {what}" for words, what in REMEDIES.items() if words in refusal), refusal)


def require(ask: Callable[..., Any], pi: Pi, pin: int, frequency: float | None, *, hardware: bool) -> None:
    """Raise DeviceError unless `pin` can be driven, and make PWM of `frequency` (Hz; None: no PWM), by hardware or by software."""
    ask(pi.set_mode, pin, ask(pi.get_mode, pin))
    if frequency is None:
        return
    if not hardware:
        _require_frequency(pin, frequency, ask(pi.get_PWM_frequency, pin) * ask(pi.get_PWM_real_range, pin))
    elif ask(pi.get_PWM_range, pin) != HARDWARE_RANGE:
        ask(pi.hardware_PWM, pin, 0, 0)


def trouble(pi: Pi, refusals: tuple[type[Exception], ...], pin: int, frequency: float | None, *, hardware: bool) -> str:
    """Return in a sentence what `require` finds, "" for nothing; lets through what a lost connection raises."""
    try:
        require(lambda command, *arguments: _answer(refusals, command, arguments), pi, pin, frequency, hardware=hardware)
    except DeviceError as error:
        return error.message
    return ""


def _answer(refusals: tuple[type[Exception], ...], command: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    try:
        return command(*arguments)
    except refusals as error:
        text = str(error).strip("'")
        raise PermanentError("gpio_refused", f"pigpiod refuses GPIO{arguments[0]}: {remedy(text)}") from error


def _require_frequency(pin: int, frequency: float, samples: float) -> None:
    """Look whether `frequency` is among those that `samples` a second allow."""
    if samples <= 0:
        return
    sample = max(round(1e6 / samples), 1)
    made = min((1e6 / (STEPS * sample * cycles) for cycles in CYCLES), key=lambda hertz: abs(hertz - frequency))
    if abs(made - frequency) <= TOLERANCE * frequency + 0.5:  # pigpiod rounds to whole Hz
        return
    text = f"GPIO{pin} would make {made:.0f} Hz of {frequency:g} Hz"
    if sample != DEFAULT_SAMPLE:
        text += f": pigpiod was started with `-s {sample}`; start it without `-s`"
    raise DeviceError("pwm_untrue", text)


def require_frequency(pin: int, asked: float, found: float) -> None:
    """Raise DeviceError `pwm_untrue` unless a pin makes the frequency (Hz) that was asked for."""
    if abs(found - asked) > TOLERANCE * asked:
        raise DeviceError("pwm_untrue", f"GPIO{pin} was set to {asked:.0f} Hz but makes {found:.0f} Hz")
