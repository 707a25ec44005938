"""The unit and its drop-ins, as systemd's own tools judge them."""

import configparser
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from supervisor.configuration import load
from supervisor.rig.gpio import heater_levels
from supervisor.setup import data
from tests.project.sources import ROOT

FOLDER = ROOT / "systemd"
UNIT = FOLDER / "pilotage.service"
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
EXPOSURE = "20"
"""Of 100: the limit is 2.0."""


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


def runnable(source: Path, folder: Path) -> Path:
    """A copy that needs no installed program, which `verify` would miss."""
    copy = folder / source.name
    copy.write_text(source.read_text().replace("/opt/pilotage/bin/pilotage", "/bin/true"))
    return copy


def settings(path: Path, section: str = "Service") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    inside = ""
    for line in path.read_text().splitlines():
        if line.startswith("["):
            inside = line.strip("[]")
        elif inside == section and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@needs_systemd
@pytest.mark.parametrize("drop_ins", [[], ["kernel.conf", "ip-filter.conf"]], ids=["alone", "with drop-ins"])
def test_systemd_has_nothing_to_say_of_the_unit(tmp_path: Path, drop_ins: list[str]) -> None:
    unit = runnable(UNIT, tmp_path)
    for name in drop_ins:
        place = tmp_path / "pilotage.service.d"
        place.mkdir(exist_ok=True)
        shutil.copy(FOLDER / "pilotage.service.d" / name, place)
    done = analyze("verify", "--man=no", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_systemd_has_nothing_to_say_of_a_pigpiod_with_our_drop_in(tmp_path: Path) -> None:
    unit = tmp_path / "pigpiod.service"
    unit.write_text("[Service]\nType=forking\nExecStart=/bin/true\nExecStop=/bin/true\n")
    place = tmp_path / "pigpiod.service.d"
    place.mkdir()
    drop_in = data.pigpiod_drop_in(Path("/x"), {23: 0}).replace("/x/bin/pilotage", "/bin/true").replace("/usr/bin/pinctrl", "/bin/true")
    (place / "pilotage.conf").write_text(drop_in)
    done = analyze("verify", "--man=no", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_the_service_exposes_no_more_than_it_must(tmp_path: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", str(runnable(UNIT, tmp_path)))
    assert done.returncode == 0, done.stdout


def test_it_never_gives_up_and_waits_for_nobody() -> None:
    unit, service = settings(UNIT, "Unit"), settings(UNIT)
    assert unit["StartLimitIntervalSec"] == ["0"]
    assert service["Restart"] == ["always"]
    assert service["Type"] == ["notify"]
    assert int(service["WatchdogSec"][0]) > 0
    for name in ("pigpiod.service", "modprobe@i2c_dev.service"):
        assert name in unit["Wants"]
        assert name in " ".join(unit["After"]).split()
    assert not {"Requires", "BindsTo", "Requisite", "PartOf"} & unit.keys()


def test_what_was_measured_to_break_it_is_not_in_it() -> None:
    service = settings(UNIT)
    assert "~@resources" not in " ".join(service["SystemCallFilter"]).replace(" ", "").replace("~@privileged", "")
    assert service.get("ProcSubset", ["all"]) == ["all"]
    assert "ConfigurationDirectory" not in service
    assert not {"IPAddressDeny", "IPAddressAllow"} & service.keys()
    assert service["LimitDATA"] == ["256M"]
    assert service["LimitSTACK"] == ["1M"]


def test_it_runs_as_nobody_special_and_sees_little() -> None:
    service = settings(UNIT)
    wanted = {"User": "pilotage", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "NoNewPrivileges": "yes"}
    wanted |= {"CapabilityBoundingSet": "", "DevicePolicy": "closed", "SystemCallErrorNumber": "EPERM", "KillMode": "control-group"}
    assert {key: service[key][0] for key in wanted} == wanted
    assert service["DeviceAllow"] == ["char-i2c rw", "char-gpiochip rw"]


def test_the_outputs_are_made_safe_after_every_end() -> None:
    (command,) = settings(UNIT)["ExecStopPost"]
    assert command.startswith("/opt/pilotage/bin/pilotage safe ")
    assert not settings(UNIT)["ExecStart"][0].startswith("-")


def test_no_drop_in_filters_addresses_before_somebody_wants_it() -> None:
    assert settings(FOLDER / "pilotage.service.d/ip-filter.conf") == {}
    assert "#IPAddressDeny=any" in (FOLDER / "pilotage.service.d/ip-filter.conf").read_text()


def test_what_only_a_newer_systemd_knows_is_in_a_drop_in_of_its_own() -> None:
    assert set(settings(FOLDER / "pilotage.service.d/restart-steps.conf")) == {"RestartSteps", "RestartMaxDelaySec"}
    assert not {"RestartSteps", "RestartMaxDelaySec"} & settings(UNIT).keys()


def test_the_timer_of_a_raspberry_pi_accepts_the_hardware_watchdog() -> None:
    parser = configparser.ConfigParser()
    parser.read(FOLDER / "system.conf.d/pilotage-watchdog.conf")
    assert int(parser["Manager"]["RuntimeWatchdogSec"].removesuffix("s")) < 15


def test_every_program_path_becomes_that_of_the_environment_it_is_installed_from() -> None:
    for name in ("pilotage.service", "pigpiod.service.d/pilotage.conf"):
        text = data.text(name, Path("/srv/venv"))
        assert "/srv/venv/bin/pilotage safe " in text
        assert "/opt/" not in text


@pytest.mark.parametrize(
    ("heaters", "lines"),
    [({}, []), ({23: 0}, ["set 23 op dl"]), ({24: 1, 5: 0}, ["set 5 op dl", "set 24 op dh"])],
    ids=["no heater", "the default bench", "two, one active low"],
)
def test_pigpiod_s_drop_in_names_the_heaters_of_the_bench(heaters: dict[int, int], lines: list[str]) -> None:
    text = data.pigpiod_drop_in(Path("/opt/pilotage"), heaters)
    found = [line.partition("pinctrl ")[2] for line in text.splitlines() if line.startswith("ExecStopPost=")]
    assert found == lines
    assert "ExecStop=\nExecStop=-/usr/bin/timeout 30 /opt/pilotage/bin/pilotage safe --heaters " in text
    assert not any(word in text for word in ("localhost", "5555", "--endpoint")), "where the daemon is, it says itself"
    assert "Restart=on-failure" in text


def test_the_shipped_drop_in_is_that_of_the_default_bench() -> None:
    bench = load(ROOT / "config.py")
    shipped = (FOLDER / "pigpiod.service.d/pilotage.conf").read_text()
    assert data.pigpiod_drop_in(Path("/opt/pilotage"), heater_levels(bench)) == shipped


@pytest.mark.parametrize(
    ("bind", "endpoint"),
    [
        ("*", "tcp://127.0.0.1:5555"),
        ("eth0", "tcp://127.0.0.1:5555"),
        ("10.0.0.7", "tcp://10.0.0.7:5555"),
        ("::1", "tcp://[::1]:5555"),
    ],
)
def test_without_a_daemon_s_own_word_it_is_looked_for_where_it_would_listen(bind: str, endpoint: str) -> None:
    assert data.endpoint(replace(load(ROOT / "config.py"), bind=bind)) == endpoint


@needs_systemd
def test_the_unit_of_the_page_is_as_closed_as_the_daemons(tmp_path: Path) -> None:
    unit = runnable(FOLDER / "pilotage-web.service", tmp_path)
    judged = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", str(unit))
    assert judged.returncode == 0, judged.stdout
    found = settings(unit)
    assert found["User"] == ["pilotage-web"]
    assert int(found["Nice"][0]) > 0 > int(settings(UNIT)["Nice"][0])


@needs_systemd
def test_the_unit_of_the_coordinator_is_closed_and_reached_from_this_machine_alone(tmp_path: Path) -> None:
    unit = runnable(FOLDER / "leco-coordinator.service", tmp_path)
    judged = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", str(unit))
    assert judged.returncode == 0, judged.stdout
    done = analyze("verify", "--man=no", str(unit))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    found = settings(unit)
    assert (found["KillSignal"], found["DynamicUser"]) == (["SIGINT"], ["yes"])
    assert "BIND=127.0.0.1" in found["Environment"][0]
