"""What becomes of a killed process's line, as far as the machine tells."""

from pathlib import Path

import pytest

from actors.hardware.kernel.released import ADVICE, released

PI_4, PI_5 = b"Raspberry Pi 4 Model B Rev 1.5\0", b"Raspberry Pi 5 Model B Rev 1.0\0"


def look(folder: Path, model: bytes, config: str | None = None, **parameters: str) -> tuple[bool | None, str]:
    (folder / "model").write_bytes(model)
    for module, text in parameters.items():
        (folder / module / "parameters").mkdir(parents=True)
        (folder / module / "parameters" / "persist_gpio_outputs").write_text(text + "\n")
    if config is not None:
        (folder / "config.txt").write_text(config)
    found = released(folder, [folder / "absent", folder / "config.txt"], folder / "model")
    return found.strict, found.reason


def test_a_default_raspberry_pi_os_keeps_the_level_and_the_remedy_is_named(tmp_path: Path) -> None:
    strict, reason = look(tmp_path, PI_4, "dtparam=i2c_arm=on\n", pinctrl_bcm2835="Y")
    assert strict is False
    assert ADVICE in reason
    assert "high as well as low" in reason


def test_the_running_kernel_decides_not_the_file(tmp_path: Path) -> None:
    strict, reason = look(tmp_path, PI_4, "dtparam=strict_gpiod\n", pinctrl_bcm2835="Y")
    assert strict is False
    assert "until a reboot" in reason
    (tmp_path / "other").mkdir()
    assert look(tmp_path / "other", PI_4, "", pinctrl_bcm2835="N") == (
        True,
        "a GPIO line whose process is killed becomes an input, and its pull resistor decides (persist_gpio_outputs=n)",
    )


@pytest.mark.parametrize(
    ("config", "asked"),
    [
        ("dtparam=strict_gpiod\n", True),
        ("dtparam=audio=on, strict_gpiod=on\n", True),
        ("  dtparam=strict_gpiod  \n[pi4]\n", True),
        ("dtparam=strict_gpiod=off\n", False),
        ("dtparam=strict_gpiod\ndtparam=strict_gpiod=0\n", False),
        ("#dtparam=strict_gpiod\n", False),
        ("dtparam=strict_gpiod_not\n", False),
        (None, False),
    ],
)
def test_without_the_kernel_s_word_the_file_is_a_hint(tmp_path: Path, config: str | None, asked: bool) -> None:
    strict, reason = look(tmp_path, PI_4, config)
    assert strict is None
    assert reason.startswith("config.txt asks for strict_gpiod") is asked
