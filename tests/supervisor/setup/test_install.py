"""Installing on a machine that is a folder: what is written, kept, run, said."""

import os
import sys
from pathlib import Path

import pytest

from supervisor.cli.commands.daemon import install_service
from supervisor.cli.main import main
from supervisor.setup import installation, predecessor
from supervisor.setup.host import Host
from tests.project.sources import ROOT
from tests.supervisor.setup.machines import OLD_UNIT, PREFIX, Machine

UNIT = "etc/systemd/system/pilotage.service"
PAGE = "etc/systemd/system/pilotage-web.service"
COORDINATOR = "etc/systemd/system/leco-coordinator.service"
CONFIG = "etc/pilotage/config.py"
BENCH = (ROOT / "config.py").read_text(encoding="utf-8")
OTHER = BENCH.replace('"ventilateur"', '"fan"')


@pytest.fixture(autouse=True)
def _no_pigpiod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIGPIO_PORT", "1")


def install(machine: Machine, given: Path | None = None, *, dry: bool = False, start: bool = True) -> int:
    return installation.install(machine.host(dry=dry), given, install_service.texts(), start=start)[0]


def test_a_fresh_machine_gets_everything_and_a_running_service(machine: Machine) -> None:
    assert install(machine) == 0
    assert machine.get(UNIT) == (ROOT / "systemd/pilotage.service").read_text()
    assert machine.get(CONFIG) == BENCH
    assert (machine.root / "usr/local/bin/pilotage").readlink() == PREFIX / "bin/pilotage"
    assert "systemd-sysusers /etc/sysusers.d/pilotage.conf" in machine.ran
    assert machine.get(PAGE) == (ROOT / "systemd/pilotage-web.service").read_text()
    assert machine.ran[-5:] == [
        "systemctl daemon-reload",
        *(f"systemctl {word} pilotage.service" for word in ("enable", "restart")),
        *(f"systemctl {word} pilotage-web.service" for word in ("enable", "restart")),
    ]
    assert "wrote        /etc/pilotage/config.py" in machine.said
    assert (machine.root / CONFIG).stat().st_mode & 0o777 == 0o644


def test_what_is_written_can_be_read_by_the_daemon_whatever_root_s_umask_is(machine: Machine) -> None:
    before = os.umask(0o077)
    try:
        install(machine)
    finally:
        os.umask(before)
    assert (machine.root / CONFIG).stat().st_mode & 0o777 == 0o644
    assert (machine.root / CONFIG).parent.stat().st_mode & 0o777 == 0o755


def test_a_dry_run_says_it_all_and_changes_nothing(machine: Machine) -> None:
    before = machine.files()
    assert install(machine, dry=True) == 0
    assert machine.files() == before
    assert [line for line in machine.ran if not line.startswith(("systemctl --version", "systemctl cat"))] == []
    assert "would write  /etc/pilotage/config.py" in machine.said
    assert "would run    systemctl restart pilotage.service" in machine.said


def test_a_second_time_changes_nothing(machine: Machine) -> None:
    install(machine)
    before = machine.files()
    machine.said.clear()
    assert install(machine) == 0
    assert machine.files() == before
    assert not [line for line in machine.said if line.startswith(("wrote", "linked", "removed"))]


def test_a_bench_that_is_there_is_kept_whatever_is_given(machine: Machine, tmp_path: Path) -> None:
    machine.put(CONFIG, OTHER)
    given = tmp_path / "given.py"
    given.write_text(BENCH)
    assert install(machine, given) == 0
    assert machine.get(CONFIG) == OTHER
    assert f"{given} was not used" in machine.text


def test_a_given_bench_is_taken_and_a_bad_one_changes_nothing(machine: Machine, tmp_path: Path) -> None:
    given = tmp_path / "given.py"
    given.write_text(OTHER.replace('"PWM"', '"PMW"', 1))
    before = machine.files()
    assert install(machine, given) == 78
    assert machine.files() == before
    assert "did you mean `PWM`?" in machine.text
    given.write_text(OTHER)
    assert install(machine, given) == 0
    assert machine.get(CONFIG) == OTHER


def test_a_service_that_does_not_start_is_a_failure_and_says_where_to_look(machine: Machine) -> None:
    machine.failing.add("systemctl restart pilotage.service")
    assert install(machine) == 69
    assert "journalctl -u pilotage -n 50" in machine.text
    assert "it says why" in machine.text


def test_pigpiod_gets_its_drop_in_where_there_is_one(machine: Machine) -> None:
    install(machine)
    assert not (machine.root / "etc/systemd/system/pigpiod.service.d").exists()
    machine.answers["systemctl cat pigpiod.service"] = "[Service]\n"
    install(machine)
    assert "set 23 op dl" in machine.get("etc/systemd/system/pigpiod.service.d/pilotage.conf")


def test_a_predecessor_is_stopped_with_the_heater_off_and_its_bench_taken_over(machine: Machine) -> None:
    machine.put(UNIT, OLD_UNIT)
    machine.put("home/admin/bench/config.py", OTHER)
    assert install(machine) == 0
    assert machine.get(f"{UNIT}.bak") == OLD_UNIT
    assert machine.get(CONFIG) == OTHER
    stopped = machine.ran.index("systemctl stop pilotage.service")
    safe = next(index for index, line in enumerate(machine.ran) if line.startswith("/opt/pilotage/bin/pilotage safe "))
    assert stopped < safe < machine.ran.index("systemctl restart pilotage.service")
    assert "pilotage run" in machine.get(UNIT)


def test_a_predecessor_whose_bench_is_wrong_goes_on_untouched(machine: Machine) -> None:
    machine.put(UNIT, OLD_UNIT)
    machine.put("home/admin/bench/config.py", "ACTUATORS_CONFIG = 3\nSENSORS_CONFIG = {}\n")
    before = machine.files()
    assert install(machine) == 78
    assert machine.files() == before
    assert "systemctl stop pilotage.service" not in machine.ran
    assert "nothing was changed" in machine.text


def test_a_heater_that_cannot_be_switched_off_is_said_loudly(machine: Machine) -> None:
    machine.put(UNIT, OLD_UNIT)
    machine.put("home/admin/bench/config.py", OTHER)
    machine.failing.add("/opt/pilotage/bin/pilotage safe --config /etc/pilotage/config.py --reason install-service")
    install(machine)
    assert "look at the heater NOW" in machine.text


@pytest.mark.parametrize(
    ("unit", "main", "config"),
    [
        (OLD_UNIT, "/home/admin/bench/main.py", "/home/admin/bench/config.py"),
        ("[Service]\nWorkingDirectory=/srv/b\nExecStart=/usr/bin/python3 -u main.py\n", "/srv/b/main.py", "/srv/b/config.py"),
        ("[Service]\nWorkingDirectory=/srv\nExecStart=-/usr/bin/python3 src/main.py\n", "/srv/src/main.py", "/srv/config.py"),
        ("[Service]\nExecStart=/bin/true\nExecStart=\nExecStart=/usr/bin/python3 /srv/main.py\n", "/srv/main.py", "/srv/config.py"),
        ("[Service]\nExecStart=/usr/bin/python3 \\\n  '/srv/a b/main.py'\n", "/srv/a b/main.py", "/srv/a b/config.py"),
    ],
    ids=["as its documentation has it", "relative", "in a sub-folder", "replaced", "continued and quoted"],
)
def test_a_predecessor_is_known_by_its_main_py(machine: Machine, unit: str, main: str, config: str) -> None:
    machine.put(UNIT, unit)
    machine.put(config)
    assert predecessor.find(machine.host()) == predecessor.Predecessor("/" + UNIT, main, config)


def test_uninstalling_leaves_the_bench_and_the_predecessor_s_unit_and_nothing_else(machine: Machine) -> None:
    machine.answers["systemctl cat pigpiod.service"] = "[Service]\n"
    machine.put(UNIT, OLD_UNIT)
    machine.put("home/admin/bench/config.py", OTHER)
    install(machine)
    assert installation.uninstall(machine.host()) == 0
    assert set(machine.files()) == {CONFIG, f"{UNIT}.bak", "home/admin/bench/config.py"}
    assert not (machine.root / "usr/local/bin/pilotage").is_symlink()
    assert "systemctl disable --now pilotage.service" in machine.ran
    assert f"sudo mv /{UNIT}.bak /{UNIT}" in machine.text


def test_a_coordinator_is_installed_for_who_wants_one_and_uninstalled_with_the_rest(machine: Machine) -> None:
    install(machine)
    assert COORDINATOR not in machine.files()
    assert installation.coordinate(machine.host(), start=True) == 0
    assert machine.get(COORDINATOR) == (ROOT / "systemd/leco-coordinator.service").read_text()
    assert machine.ran[-2:] == ["systemctl enable leco-coordinator.service", "systemctl restart leco-coordinator.service"]
    machine.failing.add("systemctl restart leco-coordinator.service")
    assert installation.coordinate(machine.host(), start=True) == 69
    assert "journalctl -u leco-coordinator" in machine.text
    assert installation.uninstall(machine.host()) == 0
    assert "systemctl disable --now leco-coordinator.service" in machine.ran
    assert COORDINATOR not in machine.files()


def test_without_pyleco_no_coordinator_is_installed_and_nothing_else_either(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyleco", None)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(installation, "install", lambda *_arguments, **_options: pytest.fail("something is installed"))
    monkeypatch.setattr(installation, "refusal", lambda _host: None)
    monkeypatch.setattr(installation, "misplaced", lambda _host: None)
    assert main(["install-service", "--leco"]) == 69
    assert '-m pip install "pyleco>=0.6"' in capsys.readouterr().err


def test_who_may_not_install_is_told_what_to_do(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Host, "is_root", lambda _self: False)
    code, text = installation.refusal(machine.host()) or (0, "")
    assert code == 77
    assert "sudo /opt/pilotage/bin/pilotage install-service" in text
    assert installation.refusal(machine.host(dry=True)) is None
    (machine.root / "run/systemd/system").rmdir()
    assert (installation.refusal(machine.host()) or (0, ""))[0] == 69


@pytest.mark.parametrize("prefix", ["/home/pi/venv", "/root/venv", "/run/venv"])
def test_a_program_that_the_service_could_not_see_is_not_installed(machine: Machine, prefix: str) -> None:
    code, text = installation.misplaced(Host(prefix=Path(prefix), root=machine.root)) or (0, "")
    assert code == 69
    assert "/opt/pilotage" in text


def test_somebody_else_s_unit_of_our_name_is_not_replaced(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.put(UNIT, "[Service]\nExecStart=/usr/bin/other\n")
    monkeypatch.setattr(Path, "exists", lambda _self: True)
    code, text = installation.misplaced(machine.host()) or (0, "")
    assert code == 69
    assert "neither pilotage's nor its predecessor's" in text


@pytest.fixture
def packaged(machine: Machine) -> Machine:
    """A machine whose program came as a package for Debian."""
    machine.put("/var/lib/dpkg/info/pilotage.list")
    machine.put("/usr/lib/systemd/system/pilotage.service", (ROOT / "systemd/pilotage.service").read_text())
    return machine


def test_what_a_package_has_brought_is_left_to_it(packaged: Machine) -> None:
    assert install(packaged) == 0
    assert packaged.get(CONFIG) == BENCH
    assert not (packaged.root / UNIT).exists()
    assert not (packaged.root / "usr/local").exists()
    assert "systemd-sysusers pilotage.conf" in packaged.ran
    assert packaged.ran[-1] == "systemctl restart pilotage-web.service"


def test_a_page_that_does_not_start_leaves_the_bench_in_service(machine: Machine) -> None:
    machine.failing.add("systemctl restart pilotage-web.service")
    assert install(machine) == 0
    assert "the bench runs without history and page" in machine.text


def test_what_an_installation_by_hand_put_before_a_package_is_removed(machine: Machine) -> None:
    install(machine)
    machine.put("/var/lib/dpkg/info/pilotage.list")
    install(machine)
    assert not (machine.root / UNIT).exists()
    assert not [name for name in machine.files() if name.startswith("usr/local")]
    assert machine.get(CONFIG) == BENCH


def test_a_package_takes_the_predecessor_over_too(packaged: Machine) -> None:
    packaged.put("/" + UNIT, OLD_UNIT)
    packaged.put("/home/admin/bench/config.py", OTHER)
    assert install(packaged) == 0
    assert packaged.get(CONFIG) == OTHER
    assert not (packaged.root / UNIT).exists()
    assert packaged.get(UNIT + ".bak") == OLD_UNIT
    stopped = packaged.ran.index("systemctl stop pilotage.service")
    assert "pilotage safe" in packaged.ran[stopped + 1]
