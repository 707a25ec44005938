from pathlib import Path

import pytest

from actors.errors import RefusedError
from actors.hardware.machine import Mode, choose_mode, is_raspberry_pi, other_buses, pigpiod_address, pigpiod_hosts


@pytest.fixture(autouse=True)
def no_pigpiod_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIGPIO_ADDR", raising=False)
    monkeypatch.delenv("PIGPIO_PORT", raising=False)


def machine(folder: Path, *, node: bool, pi: bool) -> tuple[Path, Path]:
    (folder / "dev").mkdir()
    if node:
        (folder / "dev" / "i2c-1").touch()
    if pi:
        (folder / "model").write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    return folder / "dev", folder / "model"


@pytest.mark.parametrize("node", [False, True])
@pytest.mark.parametrize("pi", [False, True])
def test_an_order_from_the_command_line_is_obeyed_on_any_machine(tmp_path: Path, node: bool, pi: bool) -> None:
    devices, model = machine(tmp_path, node=node, pi=pi)
    assert choose_mode(True, (1,), devices=devices, model=model) == "simulated"
    assert choose_mode(False, (1,), devices=devices, model=model) == "hardware"


@pytest.mark.parametrize(
    ("node", "pi", "mode"),
    [(False, False, "simulated"), (True, False, "hardware"), (False, True, "hardware"), (True, True, "hardware")],
)
def test_without_an_order_only_a_machine_with_neither_bus_nor_pi_simulates(tmp_path: Path, node: bool, pi: bool, mode: Mode) -> None:
    devices, model = machine(tmp_path, node=node, pi=pi)
    assert choose_mode(None, (1,), devices=devices, model=model) == mode


@pytest.mark.parametrize(("pi", "mode"), [(False, "simulated"), (True, "hardware")])
def test_a_bench_of_outputs_alone_is_not_made_real_by_some_bus_of_a_pc(tmp_path: Path, pi: bool, mode: Mode) -> None:
    devices, model = machine(tmp_path, node=True, pi=pi)
    assert choose_mode(None, (), devices=devices, model=model) == mode


@pytest.mark.parametrize(("name", "value"), [("PIGPIO_ADDR", "raspberrypi"), ("PIGPIO_PORT", "8889")])
def test_a_named_pigpiod_makes_a_bench_of_outputs_alone_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    devices, model = machine(tmp_path, node=False, pi=False)
    monkeypatch.setenv(name, value)
    assert choose_mode(None, (), devices=devices, model=model) == "hardware"
    assert choose_mode(None, (1,), devices=devices, model=model) == "simulated"


@pytest.mark.parametrize(
    ("text", "answer"), [(b"Raspberry Pi 5 Model B Rev 1.0\0", True), (b"Raspberry Pi Zero 2 W\0", True), (b"Radxa ROCK 4\0", False)]
)
def test_a_raspberry_pi_is_known_by_its_device_tree(tmp_path: Path, text: bytes, answer: bool) -> None:
    (tmp_path / "model").write_bytes(text)
    assert is_raspberry_pi(tmp_path / "model") is answer


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, ("localhost", 8888)),
        ({"PIGPIO_ADDR": "", "PIGPIO_PORT": ""}, ("localhost", 8888)),
        ({"PIGPIO_ADDR": "bench.lab", "PIGPIO_PORT": "9999"}, ("bench.lab", 9999)),
    ],
)
def test_pigpiod_is_where_its_users_say(environ: dict[str, str], address: tuple[str, int]) -> None:
    assert pigpiod_address(environ) == address


@pytest.mark.parametrize("port", ["eight", "-1", "0", "65536", "88 88", "8888.0", "٨٨٨٨"])
def test_a_port_that_is_none_is_refused_in_words(port: str) -> None:
    with pytest.raises(RefusedError) as caught:
        pigpiod_address({"PIGPIO_PORT": port})
    assert caught.value.code == "bad_setting"
    assert "PIGPIO_PORT" in caught.value.message


def test_a_local_pigpiod_is_tried_on_both_families_and_a_named_one_where_it_was_named() -> None:
    assert pigpiod_hosts("localhost") == ("localhost", "::1", "127.0.0.1")
    assert pigpiod_hosts("bench.lab") == ("bench.lab",)
    assert pigpiod_hosts("127.0.0.1") == ("127.0.0.1",)


def test_the_other_buses_of_a_machine_are_those_beside_its_own(tmp_path: Path) -> None:
    for name in ("i2c-1", "i2c-10", "i2c-3", "i2c-x", "spi-0"):
        (tmp_path / name).touch()
    assert other_buses(str(tmp_path / "i2c-1")) == [str(tmp_path / "i2c-3"), str(tmp_path / "i2c-10")]
    assert other_buses("simulated") == []
