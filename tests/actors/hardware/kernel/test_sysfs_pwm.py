"""Hardware PWM on a folder that obeys the kernel's rules."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import DeviceError, PermanentError, TransientError
from actors.hardware.kernel.process import sysfs_pwm
from actors.hardware.kernel.process.sysfs_pwm import PwmChannel, find_channel
from actors.hardware.kernel.wire import State
from tests.actors.hardware.kernel.sysfs import Tree


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    tree = Tree(tmp_path)
    monkeypatch.setattr(sysfs_pwm, "_put", tree.put)
    return tree


def channel(tree: Tree, pin: int = 18) -> PwmChannel:
    return find_channel(pin, tree.root, tree.tree)


@pytest.mark.parametrize(
    ("device", "pin", "number"),
    [
        ("2020c000.pwm", 18, 0),
        ("3f20c000.pwm", 12, 0),
        ("fe20c000.pwm", 13, 1),
        ("fe20c000.pwm", 19, 1),
        ("1f00098000.pwm", 12, 0),
        ("1f00098000.pwm", 13, 1),
        ("1f00098000.pwm", 14, 2),
        ("1f00098000.pwm", 15, 3),
        ("1f00098000.pwm", 18, 2),
        ("1f00098000.pwm", 19, 3),
    ],
)
def test_each_pin_of_each_model_has_its_channel(tmp_path: Path, device: str, pin: int, number: int) -> None:
    assert channel(Tree(tmp_path, device), pin).channel == number


def test_the_chip_is_found_by_its_device_among_others_with_any_number(tmp_path: Path) -> None:
    Tree(tmp_path, "fe20c800.pwm", "pwmchip0")  # the second block of a Pi 4: audio
    Tree(tmp_path, "1f0009c000.pwm", "pwmchip1")  # the second block of a Pi 5: its own fan
    right = Tree(tmp_path, "1f00098000.pwm", "pwmchip11")
    assert channel(right)._folder == right.chip / "pwm2"


def test_a_pin_without_hardware_pwm_is_refused_with_those_that_have_it(tree: Tree) -> None:
    with pytest.raises(PermanentError, match="GPIO23 has no hardware PWM; GPIO12, GPIO13, GPIO18, GPIO19 have") as caught:
        channel(tree, 23)
    assert caught.value.code == "pwm_no_channel"


def test_a_pin_the_overlay_did_not_connect_is_refused(tmp_path: Path) -> None:
    tree = Tree(tmp_path, pins=(12, 13))
    with pytest.raises(PermanentError, match=r"on GPIO12, GPIO13, not on GPIO18: put dtoverlay=pwm,pin=18,func=2") as caught:
        channel(tree, 18)
    assert caught.value.code == "pwm_other_pin"
    assert channel(tree, 13).channel == 1


def test_a_shorter_period_is_written_after_the_duty_cycle_went_to_zero(tree: Tree) -> None:
    tree.channel(0, period="10000000", duty_cycle="5000000", enable="1")
    channel(tree).set(25_000.0, 0.75)
    assert tree.log == [("duty_cycle", "0"), ("period", "40000"), ("duty_cycle", "30000")]


def test_a_longer_period_does_not_interrupt_the_fan(tree: Tree) -> None:
    tree.channel(0, period="40000", duty_cycle="20000", enable="1")
    channel(tree).set(1000.0, 0.5)
    assert tree.log == [("period", "1000000"), ("duty_cycle", "500000")]


def test_a_foreign_inverted_channel_is_stopped_turned_round_and_started(tree: Tree) -> None:
    tree.channel(0, period="40000", duty_cycle="10000", enable="1", polarity="inversed")
    assert channel(tree).state().duty == 0.75
    channel(tree).set(25_000.0, 0.25)
    assert tree.log[:2] == [("enable", "0"), ("polarity", "normal")]
    assert channel(tree).state().duty == 0.25


def test_off_on_a_fresh_channel_drives_the_pin_low_instead_of_leaving_it_alone(tree: Tree) -> None:
    channel(tree).write(0)
    assert (tree.files(0)["duty_cycle"], tree.files(0)["enable"]) == ("0", "1")
    assert channel(tree).state() == State(0.0, 0.0, 1)


@given(st.floats(1.0, 1e6), st.floats(1e-9, 1.0))
def test_every_setting_reads_back_within_one_percent_or_one_step(frequency: float, duty: float) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        tree = Tree(Path(folder))
        patch.setattr(sysfs_pwm, "_put", tree.put)
        channel(tree).set(frequency, duty)
        found = channel(tree).state()
    assert found.frequency == pytest.approx(frequency, rel=0.01)
    assert 0 < found.duty == pytest.approx(duty, abs=max(0.01, 10e-9 * frequency))


def test_a_kernel_that_keeps_another_setting_is_caught(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysfs_pwm, "_put", lambda path, text: tree.put(path, "1000" if path.name == "duty_cycle" else text))
    with pytest.raises(DeviceError, match=r"set to 25000 Hz and 50.00% but reads back 25000 Hz and 2.50%") as caught:
        channel(tree).set(25_000.0, 0.5)
    assert caught.value.code == "pwm_untrue"
    wrong = {"period": "50000", "duty_cycle": "25000"}
    monkeypatch.setattr(sysfs_pwm, "_put", lambda path, text: tree.put(path, wrong.get(path.name) or text))
    with pytest.raises(DeviceError, match=r"set to 10000 Hz and 50\.00% but reads back 20000 Hz"):
        channel(tree).set(10_000.0, 0.5)
    monkeypatch.setattr(sysfs_pwm, "_put", lambda path, text: tree.put(path, "1250" if path.name == "duty_cycle" else text))
    with pytest.raises(DeviceError, match=r"set to level 0 but reads back a duty cycle of 2\.50%"):
        channel(tree).write(0)


ERRORS = [
    (errno.ENOENT, TransientError, "pwm_not_ready"),
    (errno.EACCES, TransientError, "pwm_not_ready"),
    (errno.EPERM, TransientError, "pwm_not_ready"),
    (errno.EROFS, PermanentError, "pwm_read_only"),
    (errno.EINVAL, DeviceError, "pwm_refused"),
    (errno.EBUSY, DeviceError, "pwm_refused"),
    (errno.EIO, DeviceError, "pwm_refused"),
]


@pytest.mark.parametrize(("number", "kind", "code"), ERRORS)
@pytest.mark.parametrize("name", ["export", "period", "duty_cycle", "enable", "polarity"])
def test_every_error_of_every_file_has_its_code(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, name: str, number: int, kind: type[DeviceError], code: str
) -> None:
    def put(path: Path, text: str) -> None:
        if path.name == name:
            raise OSError(number, os.strerror(number), str(path))
        tree.put(path, text)

    if name != "export":
        tree.channel(0, polarity="inversed")
    elif number == errno.EBUSY:
        kind, code = TransientError, "pwm_not_ready"  # it is exported already; its folder is not there yet
    monkeypatch.setattr(sysfs_pwm, "_put", put)
    with pytest.raises(DeviceError) as caught:
        channel(tree).set(25_000.0, 0.5)
    assert (type(caught.value), caught.value.code) == (kind, code)
