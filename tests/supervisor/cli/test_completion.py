"""Completion: what is offered, and the shells' own scripts where the shell is installed."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pilotage import Client
from supervisor.cli.commands.files.completion import SHELLS
from supervisor.cli.completion import candidates
from supervisor.cli.main import build_parser
from tests.e2e.daemon import ROOT, Daemon, environment
from tests.fakes import eventually
from tests.supervisor.cli.conftest import Run


def offered(*words: str, names: tuple[str, ...] = ("t_in", "t_out", "fan")) -> list[str]:
    """Return what the last word may become, the daemon's names being `names`."""
    return [word for word, _ in candidates(build_parser(), ["pilotage", *words], lambda *_: list(names))]


def test_commands_are_offered_with_what_they_do() -> None:
    found = dict(candidates(build_parser(), ["pilotage", "re"], lambda *_: []))
    assert {"read", "retry"} <= set(found)
    assert found["read"] == "read sensors and outputs"


def test_names_come_from_the_daemon_and_only_where_names_belong() -> None:
    assert offered("read", "t") == ["t_in", "t_out"]
    assert offered("read", "t_in", "t") == ["t_in", "t_out"], "several names may follow"
    assert offered("set", "f") == ["fan"]
    assert offered("set", "fan", "") == [], "the value is free"
    assert offered("retry", "t_in", "") == [], "one name, no more"
    assert offered("status", "") == []


def test_an_option_is_offered_once_and_its_value_is_completed() -> None:
    assert "--json" not in offered("read", "t_in", "--json", "--")
    assert offered("run", "--log-level", "w") == ["warning"]
    assert offered("run", "--log-level", "=", "w") == ["warning"], "bash makes a word of ="
    assert offered("check-config", "--config", "") == [], "a file"
    assert offered("read", "--max-age", "t") == [], "a number"
    assert offered("completion", "") == list(SHELLS)


def test_the_daemon_that_is_named_on_the_line_is_asked() -> None:
    asked = []

    def names(command: str, before: Sequence[str], endpoint: str | None, curve: str | None) -> list[str]:
        asked.append((command, list(before), endpoint, curve))
        return []

    for words in (["read", "--endpoint", "pi", ""], ["set", "--endpoint=pi:1", "--curve", "a.key", ""], ["fault", "bus", ""]):
        candidates(build_parser(), ["pilotage", *words], names)
    assert asked == [("read", [], "pi", None), ("set", [], "pi:1", "a.key"), ("fault", ["bus"], None, None)]


def complete(run: Run, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(("pilotage", *words)) + "\n"))
    code, out, err = run("completion", "--words")
    assert (code, err) == (0, "")
    return [line.partition("\t")[0] for line in out.splitlines()]


@pytest.mark.parametrize(
    ("target", "has", "has_not"),
    [
        ("bus", {"stuck", "gone", "clear"}, {"wrong_chip", "open", "shorted"}),
        ("pigpiod", {"drop", "restart"}, {"stuck", "unplug"}),
        ("t_entree", {"unplug", "wrong_chip", "shift"}, {"open", "stuck", "shorted"}),
        ("T_emc", {"open", "short"}, {"stuck"}),
        ("0x4c", {"open", "short"}, {"stuck"}),
        ("resistance", {"shorted", "disconnected"}, {"unplug"}),
        ("all", {"clear"}, {"unplug"}),
    ],
)
def test_a_target_is_offered_the_faults_that_it_can_have(
    target: str, has: set[str], has_not: set[str], daemon: Daemon, bench: Client, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered_kinds = set(complete(run, monkeypatch, "fault", "--endpoint", daemon.endpoint, target, ""))
    assert (has - offered_kinds, has_not & offered_kinds) == (set(), set())
    for kind in offered_kinds - {"hang"}:
        assert run("fault", target, kind, "--endpoint", daemon.endpoint).code == 0, "what is offered is accepted"
    bench.fault("all", "clear")
    eventually(lambda: bench.status()["healthy"], "all is well again")


def test_without_a_daemon_every_kind_of_fault_is_offered(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"unplug", "stuck", "drop", "shorted", "clear"} <= set(complete(run, monkeypatch, "fault", "--endpoint", "127.0.0.1:1", "x", ""))


@pytest.fixture
def program(tmp_path: Path) -> dict[str, str]:
    """An environment in whose PATH there is a `pilotage`."""
    script = tmp_path / "pilotage"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m supervisor "$@"\n')
    script.chmod(0o755)
    return environment(tmp_path, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


def shell(name: str, code: str, environ: dict[str, str], folder: Path) -> list[str]:
    """Run `code` in a shell and return the lines it prints; skip the test where that shell is not installed."""
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed here")
    done = subprocess.run([name, "-c", code], env=environ, cwd=folder, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


BASH = """
source <(pilotage completion bash)
COMP_WORDS=(pilotage {0}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_pilotage pilotage
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
compdef() {{ : }}
_describe() {{ print -l -- "${{(@P)4}}" }}
_files() {{ print files }}
source <(pilotage completion zsh)
words=(pilotage {0}); CURRENT=$#words
_pilotage
"""
FISH = "pilotage completion fish | source; complete -C 'pilotage {0}'"


def test_bash_completes(program: dict[str, str], tmp_path: Path) -> None:
    assert shell("bash", BASH.format("re"), program, tmp_path) == ["read", "record", "retry", "reset"]
    assert shell("bash", BASH.format("run --log-level d"), program, tmp_path) == ["debug"]


def test_zsh_completes_with_descriptions_and_files_where_files_belong(program: dict[str, str], tmp_path: Path) -> None:
    assert shell("zsh", ZSH.format("read --js"), program, tmp_path) == ["--json:print the result as JSON"]
    assert shell("zsh", ZSH.format("run --log-level d"), program, tmp_path) == ["debug"]
    assert shell("zsh", ZSH.format("check-config --config c"), program, tmp_path) == ["files"]


def test_fish_completes_with_descriptions_and_files_where_files_belong(program: dict[str, str], tmp_path: Path) -> None:
    assert shell("fish", FISH.format("read --js"), program, tmp_path) == ["--json\tprint the result as JSON"]
    (tmp_path / "bench2.py").touch()
    assert shell("fish", FISH.format("check-config --config bench"), program, tmp_path) == ["bench2.py"]


@pytest.mark.parametrize("name", SHELLS)
def test_the_command_prints_the_script_that_is_shipped(name: str, run: Run) -> None:
    assert run("completion", name).out == (ROOT / "supervisor" / "cli" / "shells" / f"pilotage.{name}").read_text(encoding="utf-8")
