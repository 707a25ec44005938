"""Can the outputs be driven: a pigpiod that answers, or the kernel's GPIO lines and its hardware PWM."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from actors.bench.devices import Bench
from actors.errors import DeviceError, RefusedError
from actors.hardware.machine import pigpiod_address
from supervisor.setup.doctor import firmware
from supervisor.setup.doctor.access import access
from supervisor.setup.doctor.findings import Finding
from supervisor.setup.host import Host

PIGPIOD_ANSWERS_WITHIN: Final = 1.0
"""Seconds for a pigpiod to answer."""
RESTART: Final = ("sudo systemctl edit --full pigpiod", "sudo systemctl restart pigpiod")
"""How the options of pigpiod are changed."""
STRICT: Final = "strict_gpiod"
GPIOD: Final = "gpiod>=2.2.2,<3"


def check(host: Host, bench: Bench) -> list[Finding]:
    """Return what there is to say of the bench's GPIO; nothing for a bench that has no output at a pin."""
    if all(output.pin is None for output in bench.outputs):
        return []
    try:
        chosen, why = backend(host, bench)
    except RefusedError as error:
        return [Finding("fix", "GPIO", error.message)]
    return _pigpio(host, bench, why) if chosen == "pigpio" else list(_kernel(host, bench, why))


def backend(host: Host, bench: Bench) -> tuple[str, str]:
    """Return which back end the daemon would choose here, and why; raises RefusedError for a setting that is none."""
    from actors.hardware.backend import choose_backend

    return choose_backend(bench.gpio_backend, os.environ, lambda: not pigpiod_trouble(), firmware.is_pi(host))


def pigpiod_trouble() -> str:
    """Return why no pigpiod answers, "" when one does."""
    from actors.hardware.pigpio.client import connect

    try:
        pi = connect(*pigpiod_address(), PIGPIOD_ANSWERS_WITHIN)
    except (OSError, ImportError, RefusedError) as error:
        return str(error)
    with suppress(Exception):
        pi.stop()
    return ""


def _pigpio(host: Host, bench: Bench, why: str) -> list[Finding]:
    trouble = pigpiod_trouble()
    if not trouble:
        return list(_fit(bench)) or [Finding("ok", "GPIO", f"pigpiod is used, because {why}; it answers, and can drive every output")]
    if firmware.model(host).startswith(("Raspberry Pi 5", "Raspberry Pi Compute Module 5")):
        return [Finding("fix", "GPIO", "pigpiod does not run on a Raspberry Pi 5", ("put GPIO_BACKEND = 'kernel' into config.py",))]
    if host.ask("systemctl", "cat", "pigpiod.service"):
        return [Finding("fix", "GPIO", trouble, ("sudo systemctl enable --now pigpiod",))]
    if host.ask("apt-cache", "show", "pigpio"):
        return [Finding("fix", "GPIO", trouble, ("sudo apt install pigpio", "sudo systemctl enable --now pigpiod"))]
    text = f"{trouble} This OS has no package pigpio: the kernel can drive the outputs"
    return [Finding("fix", "GPIO", text, ("put GPIO_BACKEND = 'kernel' into config.py",))]


def _fit(bench: Bench) -> Iterator[Finding]:
    """Ask pigpiod whether it can drive every output, started as it was; no output changes."""
    from pigpio import error as refused

    from actors.hardware.pigpio.api import LOST
    from actors.hardware.pigpio.client import connect
    from actors.hardware.pigpio.fit import trouble
    from actors.hardware.pigpio.leased import HARDWARE_MODE

    try:
        pi = connect(*pigpiod_address(), PIGPIOD_ANSWERS_WITHIN)
        for output in bench.outputs:
            frequency, pin = output.pwm_frequency if output.driver == "PWM" else None, output.pin
            if pin is not None and (text := trouble(pi, (refused,), pin, frequency, hardware=pin in HARDWARE_MODE)):
                yield Finding("fix", f"GPIO of {output.name}", text, RESTART)
        pi.stop()
    except LOST as error:
        yield Finding("fix", "GPIO", f"pigpiod answered and then did not: {error}")


def _kernel(host: Host, bench: Bench, why: str) -> Iterator[Finding]:
    chips = sorted(path.name for path in host.path("/dev").glob("gpiochip*"))
    if chips:
        yield Finding("ok", "GPIO", f"the kernel is used, because {why}; there are {', '.join(chips)}")
        yield from access(host, "GPIO", f"/dev/{chips[0]}", "gpio")
    else:
        yield Finding("fix", "GPIO", f"the kernel is to be used ({why}), but there is no /dev/gpiochip*")
    try:
        usable = hasattr(importlib.import_module("gpiod"), "request_lines")
    except ImportError:
        usable = False
    if not usable:
        yield Finding("fix", "GPIO", "the Python library gpiod, version 2, is missing", (f"sudo {host.prefix}/bin/pip install '{GPIOD}'",))
    yield from _channels(host, bench)
    yield _strict(host, any(output.heats for output in bench.outputs))


def _channels(host: Host, bench: Bench) -> Iterator[Finding]:
    """Look for the hardware PWM of each output that wants one."""
    from actors.hardware.kernel.process.sysfs_pwm import find_channel
    from supervisor.rig.gpio import hardware_pins

    fast = hardware_pins(bench)
    for output in bench.outputs:
        if output.pin is None or output.pin not in fast:
            continue
        subject = f"PWM of {output.name}"
        try:
            find_channel(output.pin, host.path("/sys/class/pwm"), host.path("/proc/device-tree"))
        except DeviceError as error:
            line = next((word for word in error.message.split() if word.startswith("dtoverlay=")), "")
            yield Finding("fix", subject, error.message, firmware.add(host, line) if line else ())
        else:
            yield Finding("ok", subject, f"GPIO{output.pin} has its hardware PWM")


def _strict(host: Host, heater: bool) -> Finding:
    from actors.hardware.kernel.released import released

    places = [host.path(name) for name in firmware.PLACES]
    found = released(host.path("/sys/module"), places, host.path(firmware.MODEL))
    if found.strict:
        return Finding("ok", STRICT, found.reason)
    if found.strict is None and not firmware.is_pi(host):
        return Finding("note", STRICT, found.reason)
    remedy = ("sudo reboot",) if firmware.has_parameter(host, STRICT) else firmware.add(host, f"dtparam={STRICT}")
    return Finding("fix" if heater else "note", STRICT, found.reason, remedy)
