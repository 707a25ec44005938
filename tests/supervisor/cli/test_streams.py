"""Where a command prints: a full disk, a closed stream, a limit of open files are a sentence and an exit code, never a traceback."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.daemon import MODULE, ROOT, Daemon, environment

pytest.importorskip("resource", reason="these redirections are Unix")
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device is Linux")


def in_a_shell(line: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    (folder / "bench.py").write_text("SENSORS_CONFIG = {}\n")
    program = " ".join(MODULE)
    return subprocess.run(
        ["bash", "-c", line.replace("pilotage", program)],
        cwd=folder,
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "redirection", "reason"),
    [
        pytest.param("version", ">/dev/full", "No space left on device", marks=FULL),
        pytest.param("--help", ">/dev/full", "No space left on device", marks=FULL),
        ("check-config --config bench.py", ">&-", "Bad file descriptor"),
    ],
)
def test_a_result_that_cannot_be_written_is_said_and_is_73(command: str, redirection: str, reason: str, tmp_path: Path) -> None:
    done = in_a_shell(f"pilotage {command} {redirection}", tmp_path)
    assert done.stderr.endswith(f"pilotage: what there is to say cannot be written: {reason}\n")
    assert "Traceback" not in done.stderr
    assert done.returncode == 73


def test_a_closed_stderr_or_stdin_changes_nothing_that_is_printed(tmp_path: Path) -> None:
    done = in_a_shell("pilotage check-config --config bench.py 2>&- <&-", tmp_path)
    assert (done.returncode, done.stdout != "") == (0, True)


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    done = in_a_shell("set -o pipefail; pilotage man | true", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_error_still_has_its_own_code_when_nothing_can_be_printed(tmp_path: Path) -> None:
    assert in_a_shell("pilotage statsu >&- 2>&-", tmp_path).returncode == 64
    assert in_a_shell("pilotage read x --endpoint 127.0.0.1:1 --timeout 0.1 >&-", tmp_path).returncode == 69


@pytest.mark.parametrize("redirection", [pytest.param(">/dev/full", marks=FULL), ">&- 2>&-"])
def test_outputs_are_made_safe_though_nothing_can_be_printed(redirection: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    done = in_a_shell(f"pilotage safe --config {ROOT / 'config.py'} {redirection}", tmp_path, RUNTIME_DIRECTORY=str(run))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/proc").exists(), reason="counts as Linux does")
def test_a_daemon_that_may_open_too_few_files_says_so_and_does_not_start(tmp_path: Path) -> None:
    done = in_a_shell("ulimit -n 16; pilotage run --simulate --port 0", tmp_path)
    assert done.returncode == 69
    assert "pilotage run: this process may open 16 files and connections, and a daemon needs 64 or more" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="ulimit is Unix")
@pytest.mark.parametrize("limit", [9, 32])
def test_a_client_that_may_open_few_files_ends_with_a_sentence(limit: int, daemon: Daemon, tmp_path: Path) -> None:
    done = in_a_shell(f"ulimit -n {limit}; pilotage status --endpoint {daemon.endpoint}", tmp_path)
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 1, 2, 69}
    assert done.stdout if done.returncode < 2 else "may not open as many files" in done.stderr
