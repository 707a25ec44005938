"""docs/start/: the commands of these pages exist, and what they say is printed is what is printed."""

import re
import shlex
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from supervisor.cli.commands.daemon.install_service import texts
from supervisor.cli.main import build_parser
from supervisor.configuration import load
from supervisor.setup import data, installation
from supervisor.setup.doctor import examination, firmware, gpio_checks, verdicts
from supervisor.setup.doctor.findings import show
from tests.actors.gateway.whole import Whole
from tests.pigpiod_emulator import Emulator
from tests.project.sources import ROOT
from tests.supervisor.setup.machines import OLD_UNIT, Machine

PAGE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs/start").glob("*.md")))
BENCH = load(ROOT / "config.py")
PYTHON = re.compile(r"Python 3\.\d+\.\d+")


def boxes(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def box(kind: str, first: str) -> str:
    """Return the box that begins with `first`."""
    (found,) = [text for text in boxes(kind) if text.startswith(first)]
    return str(found)


def commands() -> list[list[str]]:
    """Return the arguments of every `pilotage` that the pages have people type."""
    typed = [line for text in boxes("sh") for line in text.splitlines()]
    typed += [code for row in PAGE.splitlines() if row.startswith("|") for code in re.findall(r"`([^`]+)`", row)]
    found = []
    for line in typed:
        words = shlex.split(line.partition(" > ")[0])
        programs = [index for index, word in enumerate(words) if word in {"pilotage", "/opt/pilotage/bin/pilotage"} and words[0] != "git"]
        if programs and not {"clone", "install", "journalctl", "systemctl"} & set(words[: programs[0]]):
            found.append(words[programs[0] + 1 :])
    return found


@pytest.fixture
def pi4(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A Raspberry Pi 4 after step 3."""
    monkeypatch.setattr(gpio_checks, "backend", lambda _host, _bench: ("pigpio", "a pigpiod answers"))
    machine.pi(config="dtparam=i2c_arm=on\n")
    machine.put("/dev/i2c-1")
    machine.put("/etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
    machine.answers |= {
        "systemctl cat pigpiod.service": "[Service]\n",
        "systemctl is-enabled pilotage.service": "enabled",
        "systemctl is-active pilotage.service": "active",
        "systemctl is-active pilotage-web.service": "active",
        "systemctl show --property=RuntimeWatchdogUSec --value": "0",
    }
    with Emulator() as emulator:
        monkeypatch.setenv("PIGPIO_PORT", str(emulator.port))
        yield machine


def test_every_command_of_ours_is_one() -> None:
    assert len(commands()) > 8
    for arguments in commands():
        if arguments:
            build_parser().parse_args(arguments)


def test_installing_prints_what_the_page_says(pi4: Machine) -> None:
    code, bench = installation.install(pi4.host(), None, texts(), start=True)
    assert code == 0
    assert bench is not None
    pi4.said.append("")
    show(examination.examine(pi4.host(), bench), pi4.said.append)
    found = pi4.text.replace(str(data.folder()), "/opt/pilotage/lib/python3.11/site-packages/supervisor/setup/data")
    expected = box("text", "bench        the default one").partition("\n\nthe sensors and outputs")[0]
    assert PYTHON.sub("", found) == PYTHON.sub("", expected)


@pytest.mark.parametrize(("status", "missing"), [("69", True), ("1", False)])
def test_the_doctor_says_why_no_history_is_kept(pi4: Machine, status: str, missing: bool) -> None:
    _code, bench = installation.install(pi4.host(), None, texts(), start=True)
    assert bench is not None
    pi4.answers |= {
        "systemctl is-active pilotage-web.service": "failed",
        "systemctl show --property=ExecMainStatus --value pilotage-web.service": status,
    }
    (finding,) = [each for each in examination.examine(pi4.host(), bench) if each.subject == "history"]
    assert ("a library is missing" in finding.sentence) is missing
    assert ("pip install 'pilotage[web]'" in finding.remedy[0]) is missing
    assert finding.remedy[0].endswith("systemctl enable --now pilotage-web")


def test_taking_over_a_predecessor_prints_what_the_page_says(pi4: Machine) -> None:
    pi4.put("etc/systemd/system/pilotage.service", OLD_UNIT)
    pi4.put("home/admin/bench/config.py", (ROOT / "config.py").read_text(encoding="utf-8"))
    installation.install(pi4.host(), None, texts(), start=True)
    lines = box("text", "bench        /home/admin").splitlines()
    assert [line for line in lines if line not in {"...", *pi4.text.replace(str(pi4.root), "").splitlines()}] == []


def test_the_doctor_says_what_the_page_says(machine: Machine) -> None:
    with capture_logs(), Whole() as whole:
        findings = verdicts.check(machine.host(), BENCH, whole.running().endpoint)
    lines = [line for finding in findings for line in finding.lines() if "SIMULATED" not in line]
    numbers = re.compile(r"tcp://\S+|-?\d+\.\d\d")
    expected = box("text", "ok    daemon").partition("\n\n")[0].splitlines()
    assert [numbers.sub("N", line) for line in lines] == [numbers.sub("N", line) for line in expected]
    assert box("text", "ok    daemon").splitlines()[-1] == examination.summary([], findings, BENCH)


def test_the_lines_for_config_txt_are_those_that_the_doctor_asks_for(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.pi("Raspberry Pi 5 Model B Rev 1.0")
    machine.put("/sys/module/pinctrl_rp1/parameters/persist_gpio_outputs", "Y\n")
    monkeypatch.setattr(gpio_checks, "backend", lambda _host, _bench: ("kernel", "it was said"))
    asked = {line for finding in gpio_checks.check(machine.host(), BENCH) for line in finding.remedy if line.startswith("echo ")}
    typed = {line for text in boxes("sh") for line in text.splitlines() if line.startswith("echo ")}
    assert typed == asked
    assert firmware.PLACES[0] in next(iter(typed))


def test_symptoms_are_the_words_that_people_see() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for folder in ("actors", "supervisor") for path in (ROOT / folder).rglob("*.py"))
    for words in (
        "no acknowledge",
        "wrong_chip",
        "kernel_owned",
        "no pigpiod answers",
        "there is no hardware PWM",
        "one daemon per bench",
        "SIMULATED",
    ):
        assert words in PAGE
        assert words in sources
