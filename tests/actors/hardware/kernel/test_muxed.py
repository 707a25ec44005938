"""What the device tree tells of the overlay's pins, and when it tells nothing."""

import struct
from pathlib import Path

import pytest

from actors.hardware.kernel.muxed import muxed_pins
from tests.actors.hardware.kernel.sysfs import settings


@pytest.fixture
def node(tmp_path: Path) -> Path:
    node = tmp_path / "tree" / "soc" / "pwm@7e20c000"
    node.mkdir(parents=True)
    return node


def point(node: Path, *phandles: int) -> None:
    (node / "pinctrl-0").write_bytes(struct.pack(f">{len(phandles)}I", *phandles))


def test_numbers_up_to_a_pi_4(node: Path) -> None:
    point(node, 0x30)
    settings(node.parents[1] / "soc/gpio@7e200000/pwm_pins", 0x30, numbers=(18, 19))
    settings(node.parents[1] / "soc/gpio@7e200000/i2c1_pins", 0x31, numbers=(2, 3))
    assert muxed_pins(node, node.parents[1]) == {18, 19}


def test_names_deep_in_the_tree_of_a_pi_5(node: Path) -> None:
    point(node, 0x30, 0x32)
    gpio = node.parents[1] / "axi/pcie@120000/rp1/gpio@d0000"
    settings(gpio / "pwm_pins", 0x30, names=("gpio12", "gpio13"))
    settings(gpio / "more_pins", 0x32)
    settings(gpio / "more_pins" / "pin_a", 0x33, names=("gpio18",))
    assert muxed_pins(node, node.parents[1]) == {12, 13, 18}


def test_without_settings_nothing_is_known(node: Path) -> None:
    assert muxed_pins(node, node.parents[1]) is None
    point(node, 0x30)
    assert muxed_pins(node, node.parents[1]) is None
    settings(node.parents[1] / "soc/gpio@7e200000/pwm_pins", 0x31, numbers=(18,))
    assert muxed_pins(node, node.parents[1]) is None
