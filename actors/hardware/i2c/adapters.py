"""The I2C buses of this machine, as the kernel lists them: root adapters, and the channels of its multiplexers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from actors.bench.buses import BusPath

SYSFS: Final = Path("/sys/bus/i2c/devices")
_MUX: Final = re.compile(r"(\d+)-00(7[0-7])")
_OWN: Final = re.compile(r"smbus|ddc|dp aux|gmbus|amdgpu|nvidia|hdmi|i915|dpdc", re.IGNORECASE)
"""Names of adapters that lead to the parts of a computer and its screens, and not to a bench."""


def buses(sysfs: Path = SYSFS) -> list[BusPath]:
    """Return every bus on which a bench may be: each adapter before the channels of its multiplexers."""
    roots = [number for number in _numbers(sysfs) if not (sysfs / f"i2c-{number}" / "mux_device").exists() and not _is_own(sysfs, number)]
    return [path for root in roots for path in (BusPath(root), *_channels(sysfs, root))]


def _numbers(sysfs: Path) -> list[int]:
    names = [path.name.removeprefix("i2c-") for path in sysfs.glob("i2c-*")]
    return sorted(int(name) for name in names if name.isdecimal())


def _is_own(sysfs: Path, number: int) -> bool:
    try:
        return bool(_OWN.search((sysfs / f"i2c-{number}" / "name").read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return False


def _channels(sysfs: Path, root: int) -> list[BusPath]:
    found = []
    for folder in sysfs.glob(f"{root}-00*"):
        mux = _MUX.fullmatch(folder.name)
        channels = [link.name.removeprefix("channel-") for link in folder.glob("channel-*")] if mux else []
        found += [BusPath(root, int(mux[2], 16), int(channel)) for channel in channels if mux and channel.isdecimal()]
    return sorted(found, key=str)
