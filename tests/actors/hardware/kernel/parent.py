"""A daemon in miniature: holds a heater on under a lease and renews it; its standard input says when to end, or to stop renewing."""

import select
import sys
from pathlib import Path

from actors.hardware.kernel.client import KernelGpio
from tests.actors.hardware.kernel.rig import HEATER, client_settings, pid_of

LEASE = 2.0


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> None:
    gpio = KernelGpio(**client_settings(Path(sys.argv[1])))
    gpio.lease(HEATER, LEASE, 0)
    gpio.set_pwm(HEATER, 100.0, 1.0, 255)
    gpio.write(5, 1)
    say(f"{pid_of(gpio)}")
    words = ""
    while words != "end":
        if select.select([sys.stdin], [], [], LEASE / 5)[0]:
            words = sys.stdin.readline().strip()
            say(f"tripped {gpio.tripped(HEATER)}")
        elif words != "starve":
            gpio.renew(HEATER)
    gpio.close()


if __name__ == "__main__":
    main()
