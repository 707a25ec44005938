"""The README's promises: short, and its commands are the ones that are run."""

import re

from tests.project.sources import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """Return the lines of the README's shell blocks."""
    return [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()]


def test_it_fits_on_two_screens() -> None:
    assert README.count("\n") <= 60


def test_its_first_command_starts_the_bench_and_its_test_command_is_what_ci_runs() -> None:
    assert commands()[1] == "python3 dev.py run"
    script = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    steps = [line for line in script if line and not line.startswith(("#", "set ", "cd "))]
    assert steps == [line for line in commands() if line.startswith("python3 dev.py check")] != []


def test_ci_stops_at_the_first_failure_and_starts_at_the_top_of_the_checkout() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert script[0] == "#!/usr/bin/env bash"
    assert "set -eu" in script
    assert (ROOT / ".ci/run").stat().st_mode & 0o111 or ROOT.drive


def test_every_command_of_dev_py_has_its_name_in_the_makefile() -> None:
    (offered,) = re.findall(r"(?m)^COMMANDS = (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"))
    known = re.findall(r'(?m)^    "([\w-]+)": \w+,$', (ROOT / "dev.py").read_text(encoding="utf-8"))
    assert offered.split() == known
