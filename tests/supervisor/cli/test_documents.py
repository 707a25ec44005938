"""docs/use/command-line.md and docs/use/client.md: what stands in their boxes is run, and comes out as it stands there, numbers aside."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from actors.hardware.sim.kinds import FAULT_KINDS
from pilotage import Client
from supervisor.cli.fault_kinds import as_table
from supervisor.cli.main import build_parser
from tests.e2e.daemon import MODULE, ROOT, Daemon, environment
from tests.fakes import eventually
from tests.supervisor.cli.conftest import Ended, Run

DOCS = ROOT / "docs" / "use"
NUMBER = re.compile(r"\d+(?:[.:T-]\d+)*Z?")


class Step(NamedTuple):
    """One documented command: the line, what it prints, its exit code, and the word behind `#`: a key to press, a state to wait for."""

    line: str
    printed: str
    code: int
    note: str


def steps(document: str) -> list[Step]:
    """Return the commands of the `console` boxes, in order."""
    found = []
    for box in re.findall(r"(?s)```console\n(.*?)```", (DOCS / document).read_text(encoding="utf-8")):
        for part in re.split(r"(?m)^\$ ", box)[1:]:
            line, _, printed = part.partition("\n")
            command, _, note = line.partition("  # ")
            code = re.search(r"exit code (\d+)", note)
            found.append(Step(command, printed, int(code[1]) if code else 0, note))
    return found


def without_numbers(text: str) -> str:
    """Return text in which numbers and the width of columns no longer matter."""
    return " ".join(NUMBER.sub("N", text).replace("/home/pi/", "/here/").split())


def matches(printed: str, documented: str) -> bool:
    """Return whether the one is the other, where `...` on a line of its own is anything."""
    parts = [re.escape(without_numbers(part)) for part in re.split(r"(?m)^\.\.\.$", documented)]
    return re.fullmatch(r"\s*.*?\s*".join(parts), without_numbers(printed), re.DOTALL) is not None


@pytest.fixture
def shell(daemon: Daemon, tmp_path: Path) -> dict[str, str]:
    """The environment of a person at that daemon: `pilotage` is in the path, and the bench's file in the folder."""
    script = tmp_path / "bin" / "pilotage"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {" ".join(MODULE)} "$@"\n')
    script.chmod(0o755)
    shutil.copy(ROOT / "config.py", tmp_path)
    (tmp_path / "bench2.py").write_text("I2C_BUS_ID = 250\nSENSORS_CONFIG = {}\n")
    path = f"{script.parent}{os.pathsep}{os.environ['PATH']}"
    return environment(tmp_path, PATH=path, PILOTAGE_ENDPOINT=daemon.endpoint, LC_ALL="C.UTF-8")


def done(line: str, environ: dict[str, str], folder: Path, run: Run) -> Ended:
    """Carry out a line: in this process, unless it needs a shell."""
    if line.startswith("pilotage ") and not set("|<>;&$*~") & set(line):
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            for name, value in environ.items():
                patch.setenv(name, value)
            return run(*shlex.split(line)[1:])
    ended = in_a_shell(line, environ, folder)
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def in_a_shell(line: str, environ: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", line], cwd=folder, env=environ, capture_output=True, text=True, timeout=30, check=False)


def wait_for(state: str, client: Client) -> None:
    """Wait until a child is in that state; for `running`, until all are."""
    wanted = all if state == "running" else any
    eventually(lambda: wanted(child["state"] == state for child in client.status()["children"].values()), f"{wanted.__name__} {state}")


def on_a_terminal(line: str, key: str, environ: dict[str, str], folder: Path) -> int:
    from tests.supervisor.cli.terminal import Terminal

    with Terminal(folder, *line.split()[1:], variables=environ) as terminal:
        terminal.wait_for("q quit")
        terminal.press(key.encode())
        return terminal.end()[0]


def test_the_boxes_of_the_command_line_are_what_comes_out(shell: dict[str, str], run: Run, tmp_path: Path) -> None:
    with Daemon(tmp_path, "--simulate", "--config", str(ROOT / "config.py")) as fresh, Client(fresh.ready().running().endpoint) as client:
        follow("command-line.md", client, {**shell, "PILOTAGE_ENDPOINT": fresh.endpoint}, run, tmp_path)


def follow(document: str, bench: Client, shell: dict[str, str], run: Run, tmp_path: Path) -> None:
    """Do what a document says, step by step."""
    bench.timeout = 10.0
    bench.status()
    for step in steps(document):
        if len(step.note) == 1:
            assert on_a_terminal(step.line, step.note, shell, tmp_path) == step.code
            continue
        if awaited := re.match(r"wait for (\w+)", step.note):
            wait_for(awaited[1], bench)
        ended = done(step.line, shell, tmp_path, run)
        assert ended.code == step.code, f"{step.line}\n{ended.out}{ended.err}"
        printed = (ended.out + ended.err).replace(str(ROOT), "/here").replace(str(tmp_path), "/here")
        printed = re.sub(r"(?m)^\S+,\n", "", printed)  # a second in which there was no reading
        assert matches(printed, step.printed), f"$ {step.line}\n{printed}\nis documented as\n{step.printed}"


def test_the_kinds_of_fault_are_in_the_documentation_and_in_the_help_text() -> None:
    text = (DOCS / "command-line.md").read_text(encoding="utf-8")
    assert text.partition("<!-- fault kinds: begin -->")[2].partition("<!-- fault kinds: end -->")[0].strip() == as_table().strip()
    epilog = build_parser().commands["fault"].epilog or ""
    for name, kind in FAULT_KINDS.items():
        assert f"    {name} " in epilog
        assert "".join(kind.text.split()) in "".join(epilog.split())
    assert max(map(len, epilog.splitlines())) <= 80


def test_every_command_is_in_the_documentation_of_the_command_line() -> None:
    lines = [step.line for step in steps("command-line.md")]
    mine = {"status", "watch", "read", "set", "off", "fault", "scan", "check-config", "pymodaq-config", "completion", "man"}
    assert mine <= {line.split()[1] for line in lines}


def examples() -> Iterator[str]:
    """Yield the commands in the help texts of the commands that talk to a daemon or only print."""
    for name in ("read", "set", "off", "retry", "fault", "status", "check-config", "pymodaq-config", "completion", "man", "version"):
        epilog = build_parser().commands[name].epilog or ""
        for line in re.findall(r"(?m)^  (\S.*)$", epilog):
            yield re.split(r"\s{2,}", line)[0]


@pytest.mark.parametrize("line", list(examples()))
def test_the_examples_of_the_help_texts_work(
    line: str, daemon: Daemon, bench: Client, shell: dict[str, str], run: Run, tmp_path: Path
) -> None:
    (tmp_path / ".pymodaq" / "config").mkdir(parents=True)
    line = line.replace("--endpoint raspberrypi", f"--endpoint {daemon.endpoint}").replace("/etc/pilotage/", "")
    if line.endswith("| source") or line.startswith("source <("):
        line = f"{line.split('(')[-1].rstrip(') ')} >/dev/null" if "<(" in line else line.split("|")[0]
    ended = done(line, shell, tmp_path, run)
    assert ended.code == 0, ended.err


def test_the_python_of_the_client_s_guide_runs(daemon: Daemon, bench: Client, tmp_path: Path) -> None:
    boxes = re.findall(r"(?s)```python\n(.*?)```", (DOCS / "client.md").read_text(encoding="utf-8"))
    assert len(boxes) >= 5
    script = "\n".join(boxes)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=tmp_path,
        env=environment(tmp_path, PILOTAGE_ENDPOINT=daemon.endpoint),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert any(line.startswith("t_unknown nothing is called t_unknown") for line in lines)
    assert "{<class 'float'>}" in lines, "a column of floats"
    assert lines[-1].startswith("unknown_address no sensor is configured at 0x77")


def test_every_box_of_the_client_s_guide_is_run_but_how_to_install_it_in_two_ways() -> None:
    kinds = re.findall(r"(?m)^```(\w+)$", (DOCS / "client.md").read_text(encoding="utf-8"))
    assert [kind for kind in kinds if kind != "python"] == ["sh", "sh"]


def test_every_method_of_the_client_is_in_its_guide() -> None:
    guide = (DOCS / "client.md").read_text(encoding="utf-8")
    methods = [name for name in vars(Client) if not name.startswith("_")]
    assert [name for name in methods if f"{name}(" not in guide] == []
