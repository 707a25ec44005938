"""What a bench owner says of a sensor of the kernel: which device, by what never changes, and which of its quantities."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from actors.drivers.channels import LOWEST, Key, named
from actors.drivers.kernel.address import ALLOWED, is_place

LEAST, MOST = 0.5, 30.0


@dataclass(frozen=True, kw_only=True)
class DeviceOptions:
    """The device and its channels. ValueError for bad values."""

    device: Any
    """`i2c:1-0040` (bus and address in four digits), `spi:spi0.0`, or `name:NAME` where one device alone has that name.

    Behind a multiplexer, whose buses the kernel numbers anew: a dict of `parent`, `mux`, `channel` and `address`.
    """
    channels: dict[str, Any]
    """By name: the kernel's name of the quantity, or a dict with `read` and optional `min` and `max`."""
    patience: float = 0.5
    """Seconds that the kernel may take for one quantity: beyond that the device hangs; 6 for a SCD4x through IIO."""
    quantities: ClassVar[Mapping[str, tuple[str, float]]] = {}
    """Beginning of the kernel's name -> unit here, and what the kernel's number is multiplied with."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not is_place(self.device):
            raise ValueError(f"device is {self.device!r}, allowed: {ALLOWED}")
        if not LEAST <= self.patience <= MOST:
            raise ValueError(f"patience is {self.patience!r}, allowed: {LEAST} to {MOST} s")
        self.lines  # noqa: B018 - raises

    @property
    def lines(self) -> dict[str, dict[str, Any]]:
        """The channels with every key, `units` and `factor` among them."""
        allowed = f"a name of the kernel that begins with one of {', '.join(self.quantities)}"
        keys = {"read": Key(lambda value: self._quantity(value) is not None, allowed), "min": LOWEST, "max": LOWEST}
        whole = {name: {"read": each} if isinstance(each, str) else each for name, each in self.channels.items()}
        lines = named(whole, keys)
        for line in lines.values():
            line["units"], line["factor"] = self._quantity(line["read"]) or ("", 1.0)
        return lines

    def _quantity(self, value: Any) -> tuple[str, float] | None:
        if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9_-]+", value):
            return None
        return next((each for start, each in self.quantities.items() if re.fullmatch(rf"{start}[0-9a-z_-]*", value)), None)
