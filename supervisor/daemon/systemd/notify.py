"""sd_notify: a few words to systemd, where it asked for them. It is one datagram: sd_notify(3), sd_watchdog_enabled(3)."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping


def send(address: str, *assignments: str) -> bool:
    """Send `assignments` to the socket at `address` (`@` begins an abstract one); return whether it was taken. Never waits."""
    if not address.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.settimeout(0)
            end.sendto("\n".join(assignments).encode(), f"\0{address[1:]}" if address.startswith("@") else address)
    except OSError:
        return False
    return True


def watchdog_interval(environment: Mapping[str, str], pid: int) -> float | None:
    """Return the seconds within which systemd wants to hear from the process `pid`; None if it does not, or means another process."""
    text, owner = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not (text.isascii() and text.isdecimal() and int(text)) or (owner and owner != str(pid)):
        return None
    return int(text) / 1e6


class Notifier:
    """What this service tells systemd. `asked`: whether it wants to know; `watchdog` in seconds.

    Without an address every method does nothing and returns False.
    """

    def __init__(self, address: str = "", watchdog: float | None = None) -> None:
        self.asked = bool(address)
        self.watchdog = watchdog if address else None
        self._address = address
        self._status = ""
        self._owed = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], pid: int) -> Notifier:
        """Return the notifier that NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID ask for."""
        return cls(environment.get("NOTIFY_SOCKET", ""), watchdog_interval(environment, pid))

    def ready(self) -> bool:
        """Say that clients are served: after the start, and after a reload. What is not taken is said again by `again`."""
        self._owed = self.asked and not send(self._address, "READY=1")
        return not self._owed

    def again(self) -> bool:
        """Say that once more if it was not taken; return whether it is still not."""
        if self._owed:
            self.ready()
        return self._owed

    def status(self, text: str) -> bool:
        """Set the line that `systemctl status` shows; sent only when it changes."""
        if text == self._status or not send(self._address, f"STATUS={text}"):
            return False
        self._status = text
        return True

    def alive(self) -> bool:
        """Feed the watchdog."""
        return send(self._address, "WATCHDOG=1")

    def reloading(self) -> bool:
        """Say that the configuration is being read again; `ready` ends this."""
        return send(self._address, "RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> bool:
        """Say that the end has begun."""
        return send(self._address, "STOPPING=1")
