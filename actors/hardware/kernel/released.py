"""What the kernel does with an output line whose process was killed: keep its level, or let go of it (`strict_gpiod`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from actors.hardware.machine import MODEL

PARAMETERS: Final = Path("/sys/module")
CONFIG_FILES: Final = (Path("/boot/firmware/config.txt"), Path("/boot/config.txt"))
"""Where the firmware's settings are: bookworm and later, and before."""
ADVICE: Final = "put dtparam=strict_gpiod into /boot/firmware/config.txt and reboot"
_REASONS: Final = {
    (True, True): "a GPIO line whose process is killed becomes an input, and its pull resistor decides (strict_gpiod is set)",
    (True, False): "a GPIO line whose process is killed becomes an input, and its pull resistor decides (persist_gpio_outputs=n)",
    (False, True): "a GPIO line whose process is killed keeps its level, until a reboot makes dtparam=strict_gpiod in config.txt effective",
    (False, False): f"a GPIO line whose process is killed keeps its level, high as well as low: {ADVICE}",
    (None, True): "config.txt asks for strict_gpiod, but this kernel does not tell whether it lets go of a killed process's lines",
    (None, False): f"this kernel does not tell whether a GPIO line whose process is killed keeps its level; on a Raspberry Pi {ADVICE}",
}
_FIVE: Final = (b"Raspberry Pi 5", b"Raspberry Pi Compute Module 5")
_OFF: Final = {"=off", "=0", "=no", "=false", "=n"}


@dataclass(frozen=True, slots=True)
class Released:
    """`strict`: True when a line goes back to input with its process, None when nobody can tell; `reason` says it in one sentence."""

    strict: bool | None
    reason: str


def released(parameters: Path = PARAMETERS, config_files: Iterable[Path] = CONFIG_FILES, model: Path = MODEL) -> Released:
    """Return what becomes of a line whose output process is killed with -9 while the daemon is dead too: the one case no lease covers.

    The running kernel's parameter `persist_gpio_outputs` decides; where it cannot be read, the firmware's settings are a hint.
    """
    persists = _parameter(parameters, model)
    asked = any(_asks_for_it(path) for path in config_files)
    strict = None if persists is None else not persists
    return Released(strict, _REASONS[strict, asked])


def _parameter(parameters: Path, model: Path) -> bool | None:
    """Return the parameter of this machine's pin controller: that of the RP1 on a Pi 5, else the BCM2835's."""
    module = "pinctrl_rp1" if _is_five(model) else "pinctrl_bcm2835"
    try:
        text = (parameters / module / "parameters" / "persist_gpio_outputs").read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
    return {"Y": True, "N": False}.get(text)


def _is_five(model: Path) -> bool:
    try:
        return model.read_bytes().startswith(_FIVE)
    except OSError:
        return False


def _asks_for_it(path: Path) -> bool:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    settings = [line.strip().removeprefix("dtparam=") for line in lines if line.strip().startswith("dtparam=")]
    wishes = [wish.strip() for setting in settings for wish in setting.split(",")]
    found = [wish.removeprefix("strict_gpiod") for wish in wishes if wish.partition("=")[0] == "strict_gpiod"]
    return bool(found) and found[-1].lower() not in _OFF
