"""Finding the header's chip and requesting lines, on a stand-in for libgpiod."""

import errno
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from actors.errors import DeviceError, PermanentError
from actors.hardware.kernel.process.lines import Chip
from tests.actors.hardware.kernel.fake import gpiod


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", gpiod)


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    (tmp_path / "gpiochip0").write_text("brcmvirt-gpio")
    (tmp_path / "gpiochip1").write_text("none")
    return tmp_path


def release(line: Any) -> None:
    line._request.release()


@pytest.mark.parametrize("label", ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"])
def test_the_header_s_chip_is_found_by_its_label_whatever_its_number(devices: Path, label: str) -> None:
    (devices / "gpiochip7").write_text(label)
    line = Chip(devices=str(devices)).open(23, 1)
    assert (line.get(), (devices / "23").read_text()) == (1, "1")
    line.set(0)
    assert (line.get(), (devices / "23").read_text()) == (0, "0")
    release(line)


def test_a_path_replaces_the_search(devices: Path) -> None:
    line = Chip(str(devices / "gpiochip0")).open(3, 0)
    assert (devices / "3").read_text() == "0"
    release(line)


def refusal(chip: Chip, pin: int = 23) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        chip.open(pin, 0)
    return caught.value


def test_no_chip_of_a_header_is_named_as_such(devices: Path) -> None:
    error = refusal(Chip(devices=str(devices)))
    assert error.code == "gpio_no_chip"
    assert "pinctrl-rp1" in error.message


def test_a_chip_that_may_not_be_opened_is_a_matter_of_permission(devices: Path) -> None:
    (devices / "gpiochip2").write_text("barred")
    assert (refusal(Chip(devices=str(devices))).code, refusal(Chip(devices=str(devices))).errno) == ("gpio_no_permission", errno.EACCES)
    assert refusal(Chip(str(devices / "gpiochip2"))).code == "gpio_no_permission"


def test_a_line_in_use_names_its_user(devices: Path) -> None:
    settings = gpiod.LineSettings(gpiod.line.Direction.OUTPUT)
    other = gpiod.request_lines(str(devices / "gpiochip0"), {23: settings}, "somebody else")
    error = refusal(Chip(str(devices / "gpiochip0")))
    assert (error.code, error.errno) == ("gpio_busy", errno.EBUSY)
    assert "'somebody else'" in error.message
    other.release()


def test_without_the_library_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    error = refusal(Chip())
    assert error.code == "gpio_no_library"
    assert "'gpiod>=2.2.2'" in error.message


def test_a_line_that_fails_later_says_what_the_kernel_said(devices: Path) -> None:
    line = Chip(str(devices / "gpiochip0")).open(23, 0)
    (devices / "23.fault").write_text(json.dumps({"errno": errno.EIO}))
    for act in (lambda: line.set(1), line.get):
        with pytest.raises(DeviceError, match="GPIO23: Input/output error") as caught:
            act()
        assert (caught.value.code, caught.value.errno) == ("gpio_io", errno.EIO)
    release(line)
