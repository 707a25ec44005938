"""How the file is found and executed."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from supervisor.configuration import ConfigurationError, check, find, load
from supervisor.configuration.file import loader as loader_module

EMPTY = "ACTUATORS_CONFIG = []\nSENSORS_CONFIG = {}\n"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def no_system_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the file of the whole system into a folder of the test."""
    path = tmp_path / "etc" / "config.py"
    monkeypatch.setattr(loader_module, "SYSTEM_PATH", path)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bench.py"


def error_of(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert caught.value.code == "configuration"
    assert len(caught.value.problems) == 1
    return str(caught.value)


def test_the_order_is_option_variable_folder_system(tmp_path: Path, no_system_file: Path) -> None:
    option, variable, folder = tmp_path / "a.py", tmp_path / "b.py", tmp_path / "config.py"
    no_system_file.parent.mkdir()
    for path in (option, variable, folder, no_system_file):
        path.write_text(EMPTY)

    assert find("a.py", {"PILOTAGE_CONFIG": str(variable)}, tmp_path) == option
    assert find(None, {"PILOTAGE_CONFIG": "b.py"}, tmp_path) == variable
    assert find(None, {}, tmp_path) == folder
    folder.unlink()
    assert find(None, {}, tmp_path) == no_system_file


@pytest.mark.parametrize(
    ("explicit", "environ", "named"), [("no.py", {}, "--config"), (None, {"PILOTAGE_CONFIG": "no.py"}, "PILOTAGE_CONFIG")]
)
def test_a_named_file_must_exist(explicit: str | None, environ: dict[str, str], named: str, tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text(EMPTY)

    with pytest.raises(ConfigurationError) as caught:
        find(explicit, environ, tmp_path)

    assert str(caught.value).startswith(f"{tmp_path / 'no.py'}: {named}: found no such file")


def test_a_folder_that_cannot_be_searched_is_an_error_not_an_absent_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lstat(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "lstat", lstat)

    assert find(None, {}, tmp_path) == tmp_path / "config.py"


def test_a_file_loads_and_names_itself(file: Path) -> None:
    file.write_text(EMPTY + "PORT = 6001 if __name__ == '__pilotage_config__' and __file__.endswith('bench.py') else 0\n")

    bench = load(file)

    assert (bench.source, bench.port) == (str(file), 6001)


def test_functions_imports_and_annotations_work_in_a_file(file: Path) -> None:
    file.write_text(
        "import math\nfrom typing import Any\ndef pin(n: int) -> int:\n    return n + math.floor(0.5)\n" + EMPTY + "X: Any = pin(1)\n"
    )

    assert load(file).outputs == ()


def test_loading_leaves_no_module_no_path_and_no_byte_code(file: Path) -> None:
    file.write_text(EMPTY)
    modules, path = set(sys.modules), list(sys.path)
    load(file)
    load(file)

    assert sys.path == path
    assert not {name for name in set(sys.modules) - modules if "bench" in name and not name.startswith("supervisor.")}
    assert [item.name for item in file.parent.iterdir()] == ["bench.py"]


def test_no_edit_is_ever_read_from_a_stale_cache(file: Path) -> None:
    seen = []
    for port in range(6000, 6050):
        file.write_text(f"{EMPTY}PORT = {port}\n")
        seen.append(load(file).port)

    assert seen == list(range(6000, 6050))


def test_a_syntax_error_has_its_line(file: Path) -> None:
    file.write_text("A = 1\nACTUATORS_CONFIG = [\n    {'pin': 18,,}\n]\n")

    text = error_of(file)

    assert text.startswith(f"{file}:3: SyntaxError: ")


def test_an_exception_has_the_line_of_the_file_that_led_to_it(file: Path) -> None:
    file.write_text("import json\n\ndef f():\n    return json.loads('{')\n\nf()\n")

    assert error_of(file).startswith(f"{file}:4: JSONDecodeError: ")


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("NAME", "NameError: name 'NAME' is not defined"),
        ("raise SystemExit(0)", "the file ends the program: SystemExit(0)"),
        ("import sys; sys.exit('bye')", "the file ends the program: SystemExit('bye')"),
        ("import no_such_module_here", "ModuleNotFoundError: No module named 'no_such_module_here'"),
        ("raise GeneratorExit", "GeneratorExit: "),
        ("raise BaseException('a\\nb')", "BaseException: a b"),
        ("def f(): f()\nf()", "RecursionError: "),
        ("class E(Exception):\n    def __str__(self): raise E\nraise E", "E: ?"),
        ("exec('1 +')", "SyntaxError: "),
        ("raise ValueError('\\ud800')", "ValueError: \\ud800"),
    ],
)
def test_whatever_a_file_raises_is_an_error_of_the_file(statement: str, found: str, file: Path) -> None:
    file.write_text(statement)

    text = error_of(file)

    assert text.startswith((f"{file}:1: {found}", f"{file}:2: {found}", f"{file}:3: {found}"))
    assert text.encode()


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself a signal there")
def test_ctrl_c_is_not_an_error_of_the_file_but_one_that_it_raises_is(file: Path) -> None:
    file.write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(1)")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            load(file)
    finally:
        signal.signal(signal.SIGINT, before)

    file.write_text("raise KeyboardInterrupt")
    assert error_of(file).startswith(f"{file}:1: KeyboardInterrupt: ")


@pytest.mark.parametrize(
    "last", ["while True: pass", "while True:\n    try: f()\n    except Exception: pass", "import time; time.sleep(1)"]
)
def test_a_file_that_does_not_come_to_its_end_is_an_error_with_its_line(last: str, file: Path) -> None:
    file.write_text(f"{EMPTY}def f(): raise ValueError\n{last}")

    bench, problems, _warnings = check(file, patience=0.2)

    assert bench is None
    assert re.match(rf"{re.escape(str(file))}:\d: the file is still at work in line \d after 0.2 s; allowed: ", str(problems[0]))


NEVER = "input()\n"
COMMANDS = (["check-config"], ["doctor"], ["pymodaq-config"], ["safe"], ["run", "--simulate", "--port", "0"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="doctor and safe are for Linux")
def test_no_command_waits_for_ever_for_a_file_that_waits_for_somebody(file: Path, tmp_path: Path) -> None:
    file.write_text(NEVER)
    environ = os.environ | {"RUNTIME_DIRECTORY": str(tmp_path)}
    options: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
        "env": environ,
    }
    line = [sys.executable, "-m", "tests.supervisor.configuration.impatient", "0.5"]
    started = [subprocess.Popen([*line, *command, "--config", str(file)], cwd=ROOT, **options) for command in COMMANDS]

    for process in started:
        with process:
            assert process.wait(40) == 78
            assert process.stdout is not None
            assert f"{file}:1: the file is still at work in line 1 after 0.5 s" in process.stdout.read()


def test_a_file_in_another_encoding_is_refused_unless_it_says_so(file: Path) -> None:
    file.write_bytes("A = 1\nUNITS = '°C'\n".encode("latin-1") + EMPTY.encode())
    assert "the file is not UTF-8; allowed: UTF-8 text" in error_of(file)

    file.write_bytes("# coding: latin-1\nUNITS = '°C'\n".encode("latin-1") + EMPTY.encode())
    assert load(file).outputs == ()


def test_a_file_that_a_power_cut_emptied_is_called_lost(file: Path) -> None:
    file.write_bytes(bytes(512))
    assert "the file is 512 zero bytes: what was in it is lost, as after a power cut while it was written" in error_of(file)

    file.write_bytes(EMPTY.encode() + bytes(10))
    assert f"{file}:3: the file is damaged: there are 10 zero bytes in it, the first in line 3" in error_of(file)


def test_a_file_that_may_not_be_read_is_an_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_bytes(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", read_bytes)

    assert error_of(file).startswith(f"{file}: the file cannot be read: Permission denied")


def test_check_returns_the_bench_its_problems_and_its_warnings(file: Path) -> None:
    file.write_text("ACTUATORS_CONFIG = [{'nme': 1}]\nSENSORS_CONFIG = {}\nPORT = 0\n")

    bench, problems, warnings = check(file)

    assert bench is None
    assert {problem.key for problem in problems} >= {"PORT", "name", "driver", "min", "max"}
    assert warnings == (f"{file}: ACTUATORS_CONFIG[0]: unknown key 'nme' is ignored; did you mean `name`?",)
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert caught.value.problems == problems


@pytest.mark.parametrize("second", ["0x48", "72", "TMP"])
def test_an_address_that_a_file_has_twice_is_an_error_although_python_keeps_one(second: str, file: Path) -> None:
    entry = "{'driver': 'TMP102', 'name': 'a', 'title': 'a', 'units': ''}"
    file.write_text(f"TMP = 0x48\nACTUATORS_CONFIG = []\nSENSORS_CONFIG = {{\n 0x48: {entry},\n {second}: {entry}\n}}\n")

    text = error_of(file)

    assert text == f"{file}:5: SENSORS_CONFIG: found 0x48 for the second time, first in line 4; allowed: one sensor per address"


def test_a_key_that_an_entry_has_twice_is_a_warning(file: Path) -> None:
    entry = "{'driver': 'TMP102', 'name': 'a', 'title': 'a', 'units': '', 'name': 'b'}"
    other = entry.replace("'b'", "'c'")
    file.write_text(f"ACTUATORS_CONFIG = []\nSENSORS_CONFIG: dict = {{0x48: {entry}, 0x49: {other}}}\n")

    bench, problems, warnings = check(file)

    assert bench is not None
    assert not problems
    assert warnings == (f"{file}: SENSORS_CONFIG: line 2 repeats the key 'name' of line 2; only the last one counts",) * 2


def test_importing_the_package_does_not_import_pydantic() -> None:
    command = "import sys, supervisor.configuration; sys.exit('pydantic' in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", command], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False).returncode == 0
    )
