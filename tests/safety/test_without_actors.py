"""Outputs made safe without their actors: whatever one of them does, the others are tried, and what is said of each is true."""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors.bench.devices import Bench, OutputSpec
from actors.core.clock import SystemClock
from actors.drivers import ACTUATOR_DRIVER_REGISTRY
from supervisor.daemon import root
from supervisor.rig import safe_now
from supervisor.rig.rig import SimulatedRig
from tests.actors.gateway.peer import Peer, pi
from tests.e2e.daemon import Daemon
from tests.fakes import eventually
from tests.pigpiod_emulator import Emulator
from tests.safety.bench import BENCH, FAN, HEATER, LOW_HEATER, duty, hardware
from tests.safety.test_safe import safe


class BugError(Exception):
    """What nobody has thought of."""


def raising(error: BaseException) -> Callable[[], float]:
    def apply() -> float:
        raise error

    return apply


@pytest.fixture
def hang() -> Iterator[threading.Event]:
    over = threading.Event()
    yield over
    over.set()


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], float]], None]:
    """Have a driver BROKEN that does what the test says."""

    def breaks(act: Callable[[], float]) -> None:
        class Broken:
            def __init__(self, *_arguments: Any) -> None:
                pass

            def apply(self, _value: float) -> float:
                return act()

        monkeypatch.setitem(ACTUATOR_DRIVER_REGISTRY, "BROKEN", Broken)

    return breaks


def spec(name: str, pin: int, driver: str, kind: str = "heater") -> OutputSpec:
    return OutputSpec(name, name, name, driver, pin, None, "%", 0.0, 255.0, 100.0 if driver == "PWM" else None, 0.0, kind)


def entry(name: str, pin: int, driver: str, **more: Any) -> dict[str, Any]:
    whole = {"id": name, "driver": driver, "heater": True, "pin": pin, "address": None, "frequency": 100.0, "min": 0, "max": 255}
    return whole | {"active_low": False, "safe": 0} | more


TROUBLES = {
    "a bug": (BugError("what?"), "a fault of this program: BugError: what?"),
    "sys.exit": (SystemExit(3), "a fault of this program: SystemExit: 3"),
    "Ctrl-C": (KeyboardInterrupt("x"), "a fault of this program: KeyboardInterrupt: x"),
    "the system": (OSError(5, "Input/output error"), "Input/output error"),
}


@pytest.mark.parametrize(("error", "said_of_it"), TROUBLES.values(), ids=TROUBLES)
def test_pilotage_safe_goes_on_after_an_output_that_raises(
    emulator: Emulator, breaks: Callable[[Callable[[], float]], None], error: BaseException, said_of_it: str
) -> None:
    breaks(raising(error))
    emulator.board.write(HEATER, 1)
    document = {"locks": [], "backend": "pigpio", "pigpiod": ["127.0.0.1", emulator.port]}
    said: list[str] = []
    outputs = [entry("first", 17, "BROKEN"), entry("resistance", HEATER, "PWM")]
    code, ended = safe_now.make_safe(document | {"outputs": outputs}, said.append)
    assert said == [f"first (GPIO17): NOT KNOWN TO BE SAFE: {said_of_it}", "resistance (GPIO23): safe, reads back 0"]
    assert (code, ended, duty(emulator)) == (69 if isinstance(error, OSError) else 74, True, 0.0)


def test_pilotage_safe_goes_on_after_an_output_that_hangs(
    emulator: Emulator, breaks: Callable[[Callable[[], float]], None], hang: threading.Event
) -> None:
    breaks(lambda: float(hang.wait(20)))
    emulator.board.write(HEATER, 1)
    document = {"locks": [], "backend": "pigpio", "pigpiod": ["127.0.0.1", emulator.port]}
    said: list[str] = []
    begun = time.monotonic()
    outputs = [entry("first", 17, "BROKEN"), entry("resistance", HEATER, "PWM")]
    code, ended = safe_now.make_safe(document | {"outputs": outputs}, said.append)
    assert time.monotonic() - begun < 15.0
    assert said[0] == "resistance (GPIO23): safe, reads back 0"
    assert said[1].startswith("first (GPIO17): NOT KNOWN TO BE SAFE, no answer within 2 s")
    assert (code, ended, duty(emulator)) == (69, False, 0.0)


def test_what_was_written_down_of_an_output_may_be_incomplete_or_unknown_here(emulator: Emulator) -> None:
    emulator.board.write(HEATER, 1)
    document = {"locks": [], "backend": "pigpio", "pigpiod": ["127.0.0.1", emulator.port]}
    broken = [{"id": "odd", "pin": 17, "heater": True}, entry("strange", 27, "GONE")]
    said: list[str] = []
    code, _ = safe_now.make_safe(document | {"outputs": [*broken, entry("resistance", HEATER, "PWM")]}, said.append)
    assert said[0] == "odd (GPIO17): NOT KNOWN TO BE SAFE: it was not written down with its address"
    assert said[1].startswith("strange (GPIO27): NOT KNOWN TO BE SAFE")
    assert said[2] == "resistance (GPIO23): safe, reads back 0"
    assert (code, duty(emulator)) == (74, 0.0)


@pytest.mark.parametrize("trouble", ["raises", "hangs"])
def test_the_daemons_last_resort_goes_on_whatever_one_output_does(
    breaks: Callable[[Callable[[], float]], None], hang: threading.Event, trouble: str
) -> None:
    breaks(raising(SystemExit(1)) if trouble == "raises" else lambda: float(hang.wait(20)))
    outputs = (spec("first", 17, "BROKEN"), spec("second", HEATER, "PWM"), spec("fan", FAN, "PWM", "fan"))
    rig: Any = SimulatedRig(Bench("x", 1, (), outputs[1:]), SystemClock())
    rig.gpio.write(HEATER, 1)
    with capture_logs() as records:
        assert not root.make_safe(outputs, rig, "a test", limit=0.5)
    assert rig.bench.pigpio.duty_at(HEATER) == 0.0
    safe_ones = [record["actor"] for record in records if record["event"] == "output_safe"]
    (fault,) = [record for record in records if record["event"] == "output_fault"]
    assert (safe_ones, fault["actor"]) == (["second", "fan"], "first")
    assert ("SystemExit" in fault["reason"]) == (trouble == "raises")
    rig.close()


def removed(tmp_path: Path, name: str, daemon: Daemon) -> None:
    """Take the output `name` out of the bench while the daemon serves."""
    path = tmp_path / "config.py"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if name not in line]
    path.write_text("\n".join(lines), encoding="utf-8")
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: daemon.records("config_reloaded") or daemon.records("daemon_stopping"), "it has been read")


def listed(tmp_path: Path) -> list[int]:
    return [output["pin"] for output in json.loads((tmp_path / "safe.json").read_text(encoding="utf-8"))["outputs"]]


@contextmanager
def left_on(tmp_path: Path, emulator: Emulator) -> Iterator[Daemon]:
    """A daemon whose pump is on, and was removed while pigpiod hangs."""
    text = BENCH.replace('"name": "chauffage"', '"name": "pompe", "kind": "output"')
    with hardware(tmp_path, emulator, text) as daemon:
        with Peer(daemon.ready().endpoint) as peer:
            assert [peer.value(pi(pin, value)) for pin, value in ((HEATER, 128), (LOW_HEATER, 1))] == [128, 1]
        emulator.hang()
        removed(tmp_path, "pompe", daemon)
        with Peer(daemon.endpoint) as peer:
            eventually(lambda: peer.value({"type": "status"})["left_on"] == ["pompe (GPIO24)"], "it is told")
            assert not peer.value({"type": "status"})["healthy"]
        assert LOW_HEATER in listed(tmp_path), "it may be on, for all that is known"
        yield daemon


def test_an_output_that_a_reload_removes_is_known_until_it_is_known_to_be_off(tmp_path: Path, emulator: Emulator) -> None:
    with left_on(tmp_path, emulator) as daemon:
        daemon.process.kill()
        daemon.exit_code()
    emulator.resume()
    done = safe(tmp_path)
    assert (done.returncode, duty(emulator, LOW_HEATER)) == (0, 1.0), done.stdout
    assert "pompe (GPIO24): safe" in done.stdout


def test_an_output_that_a_reload_removed_is_off_and_known_to_be_when_its_hardware_is_back(tmp_path: Path, emulator: Emulator) -> None:
    with left_on(tmp_path, emulator) as daemon:
        emulator.resume()
        with Peer(daemon.endpoint) as peer:
            eventually(lambda: peer.value({"type": "status"})["left_on"] == [], "it is known to be off")
        assert duty(emulator, LOW_HEATER) == 1.0
        assert [record for record in daemon.records("output_safe") if record["actor"] == "pompe"], "there is a record of it"
        eventually(lambda: LOW_HEATER not in listed(tmp_path), "it is forgotten")
        assert daemon.end() == 0


def test_an_output_that_comes_back_while_it_may_still_be_on_has_one_owner(tmp_path: Path, emulator: Emulator) -> None:
    with left_on(tmp_path, emulator) as daemon:
        (tmp_path / "config.py").write_text(BENCH.replace('"name": "chauffage"', '"name": "pompe", "kind": "output"'), encoding="utf-8")
        daemon.process.send_signal(signal.SIGHUP)
        with Peer(daemon.endpoint) as peer:
            eventually(lambda: peer.value({"type": "status"})["left_on"] == [], "the bench has it again")
            emulator.resume()
            eventually(lambda: peer.ask(pi(LOW_HEATER, 1)).get("value") == 1, "it is driven again")
            assert duty(emulator, LOW_HEATER) == 0.0
        assert daemon.end() == 0


def test_a_later_daemon_switches_off_what_an_earlier_one_left_on_and_its_config_no_longer_has(tmp_path: Path, emulator: Emulator) -> None:
    with left_on(tmp_path, emulator) as daemon:
        daemon.process.kill()
        daemon.exit_code()
    emulator.resume()
    assert duty(emulator, LOW_HEATER) == 0.0, "a pump has no lease"
    with (
        hardware(tmp_path, emulator, (tmp_path / "config.py").read_text(encoding="utf-8")) as daemon,
        Peer(daemon.ready().endpoint) as peer,
    ):
        eventually(lambda: duty(emulator, LOW_HEATER) == 1.0, "it is off")
        eventually(lambda: peer.value({"type": "status"})["left_on"] == [], "it is known to be off")
        eventually(lambda: LOW_HEATER not in listed(tmp_path), "it is forgotten")
