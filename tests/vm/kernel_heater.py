"""A daemon in miniature, in the guest: holds a line of a real GPIO chip on, under a lease, and renews it.

kernel_heater.py CHIP PIN FREQUENCY DUTY STATE      STATE: a file that always tells the worker and the lease's state
"""

import sys
import time
from contextlib import suppress
from pathlib import Path

from actors.errors import DeviceError
from actors.hardware.kernel.client import KernelGpio

LEASE = 2.0


def main() -> None:
    """Drive until killed; an error is noted and the line is left at its safe level."""
    chip, pin, frequency, duty, state = sys.argv[1:]
    line = int(pin)
    gpio = KernelGpio(chip=chip, safe_pins={line: 0})
    words = "driving"
    try:
        gpio.lease(line, LEASE, 0)
        gpio.set_pwm(line, float(frequency), float(duty), 255)
    except DeviceError as error:
        words = error.code
    while True:
        tripped = "unknown"
        with suppress(DeviceError):
            gpio.renew(line)
            tripped = str(gpio.tripped(line))
        life = gpio._link._life
        after = Path(state).with_suffix(".new")
        after.write_text(f"{life.worker if life else 0} {words} tripped={tripped} generation={gpio.generation}\n")
        after.replace(state)
        time.sleep(LEASE / 5)


if __name__ == "__main__":
    main()
