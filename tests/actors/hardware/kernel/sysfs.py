"""/sys/class/pwm and /proc/device-tree as folders, and the kernel's rules for what is written into them."""

import errno
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FRESH = {"period": "0", "duty_cycle": "0", "enable": "0", "polarity": "normal"}


class Tree:
    """One PWM chip called `name`, whose device is `device`, muxed to `pins` by the overlay (None: the tree does not tell)."""

    def __init__(self, folder: Path, device: str = "fe20c000.pwm", name: str = "pwmchip3", pins: tuple[int, ...] | None = None) -> None:
        self.root = folder / "class"
        self.tree = folder / "device-tree"
        self.chip = self.root / name
        self.log: list[tuple[str, str]] = []
        node = folder / "devices" / device / "of_node"
        node.mkdir(parents=True)
        self.chip.mkdir(parents=True)
        self.tree.mkdir(exist_ok=True)
        (self.chip / "device").symlink_to(folder / "devices" / device)
        os.mkfifo(self.chip / "export")
        if pins is not None:
            (node / "pinctrl-0").write_bytes(struct.pack(">I", 0x77))
            settings(self.tree / "soc" / "gpio@7e200000" / "pwm_pins", 0x77, numbers=pins)

    def channel(self, number: int, **files: str) -> Path:
        """Make a channel as it is after its export."""
        folder = self.chip / f"pwm{number}"
        folder.mkdir(exist_ok=True)
        for name, text in {**FRESH, **files}.items():
            (folder / name).write_text(text + "\n")
        return folder

    def files(self, number: int) -> dict[str, str]:
        return {name: (self.chip / f"pwm{number}" / name).read_text().strip() for name in FRESH}

    def put(self, path: Path, text: str) -> None:
        """Stand in for writing into an attribute: the checks of drivers/outputs/pwm/core.c and sysfs.c."""
        self.log.append((path.name, text))
        if path.name == "export":
            self.channel(int(text))
            return
        values = {name: (path.parent / name).read_text().strip() for name in FRESH}
        if path.name == "polarity" and values["enable"] == "1":
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        after = {**values, path.name: text}
        enabled_without_period = after["enable"] == "1" and after["period"] == "0"
        if int(after["duty_cycle"]) > int(after["period"]) or enabled_without_period:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        path.write_text(text + "\n")

    @contextmanager
    def exporting(self, late: threading.Event | None = None) -> Iterator[None]:
        """Serve writes to `export` as the kernel does; with `late`, the files come only when it is set, as udev's permissions do."""
        reader = os.open(self.chip / "export", os.O_RDWR)
        thread = threading.Thread(target=self._export, args=(reader, late), name="sysfs")
        thread.start()
        try:
            yield
        finally:
            os.write(reader, b"end\n")
            thread.join()
            os.close(reader)

    def _export(self, reader: int, late: threading.Event | None) -> None:
        while (words := os.read(reader, 64).split()) != [b"end"]:
            number = int(words[0])
            (self.chip / f"pwm{number}").mkdir()
            if late is not None:
                late.wait(10)
            self.channel(number)


def settings(node: Path, phandle: int, *, numbers: tuple[int, ...] = (), names: tuple[str, ...] = ()) -> None:
    """Write a pin settings node: numbers as `brcm,pins`, names as `pins`."""
    node.mkdir(parents=True)
    (node / "phandle").write_bytes(struct.pack(">I", phandle))
    if numbers:
        (node / "brcm,pins").write_bytes(struct.pack(f">{len(numbers)}I", *numbers))
    if names:
        (node / "pins").write_bytes(b"".join(name.encode() + b"\0" for name in names))
