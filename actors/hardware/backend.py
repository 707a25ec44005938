"""Which GPIO back end drives the outputs: one decision, with its reason in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from actors.errors import RefusedError

Backend = Literal["pigpio", "kernel"]

SETTINGS: Final = ("auto", "pigpio", "kernel")
"""What `GPIO_BACKEND` in `config.py` may be."""


def choose_backend(setting: str, environ: Mapping[str, str], probe_pigpiod: Callable[[], bool], is_pi: bool) -> tuple[Backend, str]:
    """Return the name of the back end and the sentence that says why.

    `auto` is pigpio where PIGPIO_ADDR or PIGPIO_PORT is set, or where a pigpiod answers (`probe_pigpiod`, asked only if it matters).
    Otherwise it is the kernel on a Raspberry Pi; elsewhere pigpio, which connects as soon as there is one.
    Raises RefusedError `bad_setting`.
    """
    if setting not in SETTINGS:
        raise RefusedError("bad_setting", f"GPIO_BACKEND is {setting!r}; it can be {', '.join(map(repr, SETTINGS))}")
    if setting == "pigpio":
        return "pigpio", "GPIO_BACKEND says 'pigpio'"
    if setting == "kernel":
        return "kernel", "GPIO_BACKEND says 'kernel'"
    for name in ("PIGPIO_ADDR", "PIGPIO_PORT"):
        if environ.get(name):
            return "pigpio", f"{name} is set"
    if probe_pigpiod():
        return "pigpio", "a pigpiod answers"
    if is_pi:
        return "kernel", "no pigpiod answers on this Raspberry Pi, so the kernel drives the outputs"
    return "pigpio", "no pigpiod answers and this is no Raspberry Pi; the connection is tried again until one answers"
