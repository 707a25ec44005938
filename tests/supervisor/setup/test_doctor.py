"""What the doctor finds on machines in all sorts of states, and what it tells people to type."""

import json
import socket
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import smbus2.smbus2
from structlog.testing import capture_logs

from actors.bench.buses import BusPath
from actors.bench.devices import Bench
from supervisor.cli.commands.daemon import doctor
from supervisor.configuration import load
from supervisor.setup import data, installation
from supervisor.setup.doctor import bus_checks, examination, gpio_checks, sensor_checks, service_checks, verdicts
from supervisor.setup.doctor.findings import Finding, to_fix
from tests.actors.gateway.whole import Whole
from tests.actors.hardware.i2c.i2c_dev import Kernel
from tests.pigpiod_emulator import Emulator
from tests.pigpiod_pins import Board
from tests.project.sources import ROOT
from tests.supervisor.setup.machines import OLD_UNIT, PREFIX, Machine

BENCH = load(ROOT / "config.py")
FIVE = "Raspberry Pi 5 Model B Rev 1.0"
UNIT = "etc/systemd/system/pilotage.service"


@pytest.fixture(autouse=True)
def _no_pigpiod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIGPIO_ADDR", raising=False)
    monkeypatch.setenv("PIGPIO_PORT", "1")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel drives the outputs, with a library that is new enough."""
    monkeypatch.setattr(gpio_checks, "backend", lambda _host, _bench: ("kernel", "it was said"))
    library: Any = ModuleType("gpiod")
    library.request_lines = lambda: None
    monkeypatch.setitem(sys.modules, "gpiod", library)


def one(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


class TestBus:
    def test_one_that_is_there_is_well(self, machine: Machine) -> None:
        machine.put("/dev/i2c-1")
        assert one(bus_checks.check(machine.host(), BENCH)).level == "ok"

    def test_a_raspberry_pi_without_i2c_gets_the_exact_line(self, machine: Machine) -> None:
        machine.pi(config="#dtparam=i2c_arm=on\ndtparam=audio=on\n")
        found = one(bus_checks.check(machine.host(), BENCH))
        assert found.level == "fix"
        assert found.remedy == ("echo dtparam=i2c_arm=on | sudo tee -a /boot/firmware/config.txt", "sudo reboot")

    @pytest.mark.parametrize("line", ["dtparam=i2c_arm=on", "dtparam=audio=on,i2c_arm=on", "dtparam=i2c_arm"])
    def test_with_the_line_it_is_the_module_and_then_the_reboot_that_is_missing(self, machine: Machine, line: str) -> None:
        machine.pi(config=f"{line}\n")
        assert "sudo modprobe i2c-dev" in one(bus_checks.check(machine.host(), BENCH)).remedy
        (machine.root / "sys/bus/i2c/devices").mkdir(parents=True)
        (machine.root / "sys/class/i2c-dev").mkdir(parents=True)
        assert one(bus_checks.check(machine.host(), BENCH)).remedy == ("sudo reboot",)

    @pytest.mark.parametrize(
        ("owner", "groups", "remedy"),
        [
            ("i2c 660", "pilotage i2c gpio", ""),
            ("i2c 660", "pilotage", "usermod -aG i2c"),
            ("root 600", "pilotage i2c", "udev"),
            ("root 666", "pilotage", ""),
        ],
    )
    def test_the_daemon_s_user_must_be_able_to_open_it(self, machine: Machine, owner: str, groups: str, remedy: str) -> None:
        machine.put("/dev/i2c-1")
        machine.answers |= {"id -nG pilotage": groups, "stat -c %G %a /dev/i2c-1": owner}
        findings = bus_checks.check(machine.host(), BENCH)
        assert [remedy in " ".join(finding.remedy) for finding in findings[1:]] == ([True] if remedy else [])


class TestPigpiod:
    @pytest.mark.parametrize(
        ("board", "clock", "said"),
        [
            (Board(mask=1 << 18), False, {"GPIO of resistance": "start it without `-x`"}),
            (Board(), True, {"GPIO of ventilateur": "start it without `-t 0`"}),
            (Board(sample_us=10), False, {"GPIO of resistance": "would make 4000 Hz of 8000 Hz: pigpiod was started with `-s 10`"}),
        ],
        ids=["-x", "-t 0", "-s 10"],
    )
    def test_one_that_was_started_otherwise_is_found_and_no_pin_changes(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch, board: Board, clock: bool, said: dict[str, str]
    ) -> None:
        board.main_clock_is_pwm = clock
        fast = tuple(replace(output, pwm_frequency=8000.0) if output.id == "resistance" else output for output in BENCH.outputs)
        with Emulator(board=board) as emulator:
            monkeypatch.setenv("PIGPIO_PORT", str(emulator.port))
            before = [emulator.pin(pin) for pin in range(28)]
            findings = gpio_checks.check(machine.host(), replace(BENCH, outputs=fast))
            assert [emulator.pin(pin) for pin in range(28)] == before
        assert {finding.subject for finding in findings if finding.level == "fix"} == said.keys()
        assert all(text in one(findings).sentence for text in said.values())
        assert one(findings).remedy[-1] == "sudo systemctl restart pigpiod"

    def test_a_fan_that_turns_goes_on_while_pigpiod_is_asked(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        with Emulator() as emulator:
            monkeypatch.setenv("PIGPIO_PORT", str(emulator.port))
            emulator.board.hp(18, 25_000, 500_000)
            emulator.board.pwm(23, 100)
            before = emulator.pin(18)["width"], emulator.pin(18)["frequency"], emulator.pin(23)["duty"]
            assert one(gpio_checks.check(machine.host(), BENCH)).level == "ok"
            assert (emulator.pin(18)["width"], emulator.pin(18)["frequency"], emulator.pin(23)["duty"]) == before

    def test_a_raspberry_pi_5_is_told_that_there_will_never_be_one(self, machine: Machine) -> None:
        machine.pi(FIVE)
        assert "GPIO_BACKEND = 'kernel'" in one(gpio_checks.check(machine.host(), BENCH)).remedy[0]

    @pytest.mark.parametrize(
        ("question", "remedy"),
        [
            ("systemctl cat pigpiod.service", "sudo systemctl enable --now pigpiod"),
            ("apt-cache show pigpio", "sudo apt install pigpio"),
            ("nothing", "GPIO_BACKEND"),
        ],
        ids=["installed", "in the distribution", "gone from it"],
    )
    def test_the_remedy_is_what_this_os_has(self, machine: Machine, question: str, remedy: str) -> None:
        machine.pi()
        machine.answers[question] = "yes"
        found = one(gpio_checks.check(machine.host(), BENCH))
        assert found.level == "fix"
        assert remedy in found.remedy[0]


@pytest.mark.usefixtures("kernel")
class TestKernel:
    def pwm(self, machine: Machine, device: str = "fe20c000.pwm") -> None:
        chip = machine.root / "sys/class/pwm/pwmchip0"
        (machine.root / "sys/devices/platform" / device).mkdir(parents=True)
        chip.mkdir(parents=True)
        (chip / "device").symlink_to(machine.root / "sys/devices/platform" / device)

    def test_all_that_is_missing_is_named_with_its_line(self, machine: Machine) -> None:
        machine.pi()
        machine.put("/sys/module/pinctrl_bcm2835/parameters/persist_gpio_outputs", "Y\n")
        findings = gpio_checks.check(machine.host(), BENCH)
        remedies = [line for finding in findings for line in finding.remedy]
        assert "echo dtoverlay=pwm,pin=18,func=2 | sudo tee -a /boot/firmware/config.txt" in remedies
        assert "echo dtparam=strict_gpiod | sudo tee -a /boot/firmware/config.txt" in remedies
        assert any("no /dev/gpiochip" in finding.sentence for finding in findings)

    def test_a_machine_with_everything_is_well(self, machine: Machine) -> None:
        machine.pi(config="dtparam=strict_gpiod\n")
        machine.put("/dev/gpiochip0")
        machine.put("/sys/module/pinctrl_bcm2835/parameters/persist_gpio_outputs", "N\n")
        self.pwm(machine)
        findings = gpio_checks.check(machine.host(), BENCH)
        assert {finding.level for finding in findings} == {"ok"}, findings


class TestService:
    def states(self, machine: Machine, enabled: str = "enabled", active: str = "active") -> None:
        machine.answers |= {"systemctl is-enabled pilotage.service": enabled, "systemctl is-active pilotage.service": active}

    def first(self, machine: Machine) -> Finding:
        return service_checks.check(machine.host(), BENCH)[0]

    def test_from_nothing_to_running(self, machine: Machine) -> None:
        self.states(machine)
        assert "install-service" in self.first(machine).remedy[0]
        machine.put(UNIT, OLD_UNIT)
        assert "predecessor" in self.first(machine).sentence
        machine.put(UNIT, data.text("pilotage.service", PREFIX) + "# edited\n")
        assert self.first(machine).level == "note"
        machine.put(UNIT, data.text("pilotage.service", PREFIX))
        assert self.first(machine).level == "ok"

    def test_pigpiod_s_drop_in_must_know_the_heaters(self, machine: Machine) -> None:
        machine.answers["systemctl cat pigpiod.service"] = "[Service]\n"
        installation.install(machine.host(), None, {}, start=True)
        self.states(machine)
        assert to_fix(service_checks.check(machine.host(), BENCH)) == 0
        moved = replace(BENCH, outputs=(BENCH.outputs[0], replace(BENCH.outputs[1], pin=24)))
        assert any("drop-in" in finding.sentence for finding in service_checks.check(machine.host(), moved))

    def test_a_drop_in_of_an_earlier_version_or_none_is_to_be_fixed(self, machine: Machine) -> None:
        machine.answers["systemctl cat pigpiod.service"] = "[Service]\n"
        installation.install(machine.host(), None, {}, start=True)
        self.states(machine)
        place = "etc/systemd/system/pigpiod.service.d/pilotage.conf"
        asks_elsewhere = machine.get(place).replace("safe --heaters", "set GPIO23 0 --endpoint tcp://localhost:5555 #")
        machine.put(f"/{place}", asks_elsewhere)
        assert [finding.level for finding in service_checks.check(machine.host(), BENCH) if "drop-in" in finding.sentence] == ["fix"]
        (machine.root / place).unlink()
        assert [finding.level for finding in service_checks.check(machine.host(), BENCH) if "drop-in" in finding.sentence] == ["fix"]

    def test_a_service_that_runs_and_cannot_be_reached_is_to_be_fixed(self, machine: Machine) -> None:
        self.states(machine)
        with socket.create_server(("127.0.0.1", 0)) as server:
            nobody = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        assert verdicts.check(machine.host(), BENCH, nobody)[0].level == "fix"


class TestVerdicts:
    def test_a_running_daemon_is_asked(self, machine: Machine) -> None:
        with capture_logs(), Whole() as whole:
            whole.running()
            findings = verdicts.check(machine.host(), BENCH, whole.endpoint)
        levels = {finding.subject: finding.level for finding in findings}
        assert {levels[child] for child in ("rh_sortie", "t_resistance", "ventilateur", "resistance")} == {"ok"}
        assert any("SIMULATED" in finding.sentence for finding in findings)
        assert examination.summary([], findings, BENCH) == "verdict: 6 of 6 sensors and 2 of 2 outputs are well; nothing to fix"

    def test_the_daemon_keeps_no_record_of_having_been_looked_at(self, machine: Machine) -> None:
        with capture_logs() as log, Whole() as whole:
            whole.running()
            verdicts.check(machine.host(), BENCH, whole.endpoint)
            refused = whole.peer().value({"type": "status"})["access"]["refused"]
        assert (refused["total"], [entry for entry in log if entry["event"] == "client_refused"]) == (0, [])

    def test_a_broken_channel_is_to_be_fixed_and_said_with_its_reason(self, machine: Machine) -> None:
        with capture_logs(), Whole() as whole:
            whole.running()
            whole.rig.inject("T_emc", "open", {})
            whole.peer().ask({"type": "AQ", "register": "add", "add": "0x4C", "max_age": 0})
            findings = verdicts.check(machine.host(), BENCH, whole.endpoint)
        (found,) = [finding for finding in findings if finding.subject == "T_emc"]
        assert found.level == "fix"
        assert found.sentence.startswith("0x4C: external: the external diode of the EMC2101 is not connected")
        assert "5 of 6 sensors" in examination.summary([], findings, BENCH)

    def test_without_a_daemon_the_hardware_is_asked_and_no_output_driven(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        with Emulator() as emulator:
            monkeypatch.setenv("PIGPIO_PORT", str(emulator.port))
            before = [emulator.pin(pin) for pin in range(28)]
            findings = verdicts.check(machine.host(), BENCH, "tcp://127.0.0.1:1")
            assert [emulator.pin(pin) for pin in range(28)] == before
        levels = {finding.subject: finding.level for finding in findings}
        assert levels["daemon"] == "note"
        assert levels["t_resistance"] == "fix"
        assert (levels["ventilateur"], levels["resistance"]) == ("ok", "ok")


def behind(*muxes: tuple[int, int]) -> Bench:
    """Return the bench with its first sensor behind channel 3 of each of these multiplexers, (root adapter, address)."""
    sensors = [replace(BENCH.sensors[0], id=f"{root}{mux}", bus=BusPath(root, mux, 3)) for root, mux in muxes]
    return replace(BENCH, sensors=tuple(sensors))


class TestMultiplexers:
    def put(self, machine: Machine, root: int, mux: int) -> Path:
        folder = machine.root / f"sys/bus/i2c/devices/{root}-{mux:04x}"
        folder.mkdir(parents=True)
        (folder / "channel-3").symlink_to("../i2c-11")
        return folder

    def found(self, machine: Machine, bench: Bench) -> list[Finding]:
        return [finding for finding in bus_checks.check(machine.host(), bench) if "multiplexer" in finding.subject]

    @pytest.mark.parametrize(
        ("muxes", "line"),
        [
            ([(1, 0x70)], "dtoverlay=i2c-mux,pca9548,addr=0x70"),
            ([(3, 0x71)], "dtoverlay=i2c-mux,pca9548,addr=0x71,i2c3"),
            ([(1, 0x70), (1, 0x72)], "dtoverlay=i2c-mux,pca9548,addr=0x70,disconnect_when_idle"),
        ],
    )
    def test_one_without_a_kernel_driver_gets_the_exact_line(self, machine: Machine, muxes: list[tuple[int, int]], line: str) -> None:
        machine.pi()
        first = self.found(machine, behind(*muxes))[0]
        assert first.remedy == (f"echo {line} | sudo tee -a /boot/firmware/config.txt", "sudo reboot")

        machine.pi(config=f"{line}\n")
        assert self.found(machine, behind(*muxes))[0].remedy == ("sudo reboot",)

    def test_one_that_the_kernel_has_is_well(self, machine: Machine) -> None:
        self.put(machine, 1, 0x70)
        assert [finding.level for finding in self.found(machine, behind((1, 0x70)))] == ["ok"]

    def test_two_on_one_bus_must_let_go_of_their_channels(self, machine: Machine) -> None:
        folders = [self.put(machine, 1, mux) for mux in (0x70, 0x71)]
        (folders[0] / "idle_state").write_text("-1\n")
        (folders[1] / "idle_state").write_text("-2\n")
        found = self.found(machine, behind((1, 0x70), (1, 0x71)))
        assert [finding.level for finding in found] == ["ok", "fix", "ok"]
        assert found[1].remedy[0] == "echo -2 | sudo tee /sys/bus/i2c/devices/1-0070/idle_state"

    def test_every_bus_in_use_is_looked_at_and_a_pi_5_has_other_overlays(self, machine: Machine) -> None:
        machine.pi("Raspberry Pi 5 Model B Rev 1.0")
        machine.put("/dev/i2c-1")
        bench = replace(BENCH, sensors=(BENCH.sensors[0], replace(BENCH.sensors[1], bus=BusPath(3))))
        found = {finding.subject: finding for finding in bus_checks.check(machine.host(), bench)}
        assert found["I2C bus 1"].level != "fix" or "group" in found["I2C bus 1"].sentence
        assert "dtoverlay=i2c3-pi5" in found["I2C bus 3"].remedy[0]


class TestSensorsOnTheBus:
    @pytest.fixture
    def buses(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> dict[str, Kernel]:
        """Two buses of the machine, each with its chips."""
        found = {"i2c-1": Kernel(), "i2c-3": Kernel()}
        for name in found:
            machine.put(f"/dev/{name}")

        def ioctl(fd: Any, request: int, argument: Any = 0) -> int:
            return found[Path(f"/proc/self/fd/{fd}").readlink().name].ioctl(fd, request, argument)

        monkeypatch.setattr(smbus2.smbus2, "ioctl", ioctl)
        monkeypatch.setattr("fcntl.ioctl", ioctl)
        return found

    def found(self, machine: Machine, bench: Bench = BENCH) -> dict[str, Finding]:
        return {finding.subject: finding for finding in sensor_checks.check(machine.host(), bench)}

    def test_a_chip_on_another_bus_is_found_there(self, machine: Machine, buses: dict[str, Kernel]) -> None:
        buses["i2c-1"].chips[0x49] = buses["i2c-3"].chips[0x48] = {1: b"\x60\xa0"}
        found = self.found(machine)
        assert {found[name].level for name in ("t_resistance", "t_sortie", "rh_sortie")} == {"fix"}
        moved = next(finding for finding in found.values() if "0x48" in finding.sentence)
        assert moved.sentence == "0x48 (TMP102) absent: no acknowledge; but it answers on /dev/i2c-3"
        assert "I2C_BUS_ID = 3" in moved.remedy[0]
        assert [finding.level for finding in found.values() if "0x49" in finding.sentence] == ["ok"]
        assert "rdwr" not in {kind for kind, argument in buses["i2c-3"].calls if kind == "rdwr" and argument[0][0] != 0x48}


def test_the_command_prints_every_finding_and_ends_with_the_verdict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supervisor.setup.doctor.verdicts.DEFAULT_TIMEOUT", 0.1)
    monkeypatch.setattr("supervisor.setup.host.Host.ask", lambda _host, *_command: "")  # apt-cache takes seconds
    arguments: Any = SimpleNamespace(config=str(ROOT / "config.py"), endpoint="tcp://127.0.0.1:1", json=False)
    assert doctor.main(arguments) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("config.py")
    assert lines[-1].startswith("verdict: ")
    arguments.json = True
    doctor.main(arguments)
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] == lines[-1]
    assert {finding["level"] for finding in document["findings"]} <= {"ok", "note", "fix"}
