"""What is installed, and what it is built from."""

import configparser
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import zmq

import pilotage
from tests.project.sources import ROOT, product_files, shown

WHEEL = f"pilotage-{pilotage.__version__}-py3-none-any.whl"
INSTALLED = Path(sys.executable).with_name("pilotage.exe" if os.name == "nt" else "pilotage")
LOCKS = ("requirements.lock", "requirements-dev.lock")


def build(source: Path, target: str, into: Path) -> None:
    """Build with the backend that is installed here, so that no network is needed."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(into)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def unpack(archive: Path, into: Path) -> None:
    """Write the regular files of a tar archive (`extractall` wants a filter on some Pythons and does not know it on others)."""
    with tarfile.open(archive) as content:
        for member in content:
            if data := content.extractfile(member):
                write(into / member.name, data.read())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel built from the source distribution, as an installer builds it."""
    folder = tmp_path_factory.mktemp("build")
    build(ROOT, "sdist", folder)
    (archive,) = folder.glob("*.tar.gz")
    unpack(archive, folder)
    build(folder / archive.name.removesuffix(".tar.gz"), "wheel", folder)
    return folder / WHEEL


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_packages_with_their_types_the_default_bench_and_the_files_for_systemd_and_nothing_else(
    wheel: Path,
) -> None:
    found = {name for name in contents(wheel) if ".dist-info/" not in name and ".data/" not in name}
    modules = {shown(path) for path in product_files()}
    service = {
        f"supervisor/setup/data/{path.relative_to(ROOT / 'systemd').as_posix()}" for path in (ROOT / "systemd").rglob("*") if path.is_file()
    }
    service |= {shown(path) for folder in ("cli/shells", "setup/template") for path in (ROOT / "supervisor" / folder).iterdir()}
    service |= {shown(path) for path in (ROOT / "supervisor/web/static").rglob("*") if path.is_file()}
    assert found == modules | service | {
        "actors/py.typed",
        "pilotage/py.typed",
        "pilotage_command.py",
        "recorder/py.typed",
        "supervisor/py.typed",
        "supervisor/default_config.py",
    }


def test_the_manual_page_and_the_completion_scripts_are_installed_where_they_are_looked_for(wheel: Path) -> None:
    data = {name.partition(".data/data/share/")[2]: data for name, data in contents(wheel).items() if ".data/" in name}
    assert data == {
        "man/man1/pilotage.1": (ROOT / "man/pilotage.1").read_bytes(),
        "bash-completion/completions/pilotage": (ROOT / "supervisor/cli/shells/pilotage.bash").read_bytes(),
        "zsh/site-functions/_pilotage": (ROOT / "supervisor/cli/shells/pilotage.zsh").read_bytes(),
        "fish/vendor_completions.d/pilotage.fish": (ROOT / "supervisor/cli/shells/pilotage.fish").read_bytes(),
    }


def test_the_default_bench_in_the_wheel_is_config_py(wheel: Path) -> None:
    assert contents(wheel)["supervisor/default_config.py"] == (ROOT / "config.py").read_bytes()


def test_the_wheel_built_from_the_checkout_is_the_same(wheel: Path, tmp_path: Path) -> None:
    build(ROOT, "wheel", tmp_path)
    assert contents(tmp_path / WHEEL) == contents(wheel)


def test_the_console_command_and_the_module_are_the_same_entry(wheel: Path) -> None:
    (text,) = (data.decode() for name, data in contents(wheel).items() if name.endswith("entry_points.txt"))
    entries = configparser.ConfigParser()
    entries.read_string(text)
    assert dict(entries["console_scripts"]) == {"pilotage": "pilotage_command:main"}
    assert all("supervisor.cli.main" in (ROOT / name).read_text() for name in ("supervisor/__main__.py", "pilotage_command.py"))


@pytest.mark.parametrize("command", ["version", "check-config"])
def test_the_installed_command_works_from_any_directory(wheel: Path, tmp_path: Path, command: str) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name, data in contents(wheel).items():
        write(installed / name, data)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-P", "-m", "supervisor", command],
        cwd=elsewhere,
        env={name: value for name, value in os.environ.items() if not name.startswith("PILOTAGE_")} | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_wheel_and_pyzmq_alone_are_a_client_and_the_commands_that_ask(wheel: Path, tmp_path: Path) -> None:
    for name, data in contents(wheel).items():
        write(tmp_path / name, data)
    installed = Path(zmq.__file__).parents[1]
    for name in ("zmq", "pyzmq.libs"):
        if (installed / name).exists():
            (tmp_path / name).symlink_to(installed / name, target_is_directory=True)

    def said(program: str, *arguments: str) -> str:
        command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append(sys.argv.pop(1)); {program}", str(tmp_path), *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    pilotage_command = "import pilotage_command; sys.exit(pilotage_command.main())"
    assert "no daemon listens" in said(
        "import pilotage; print(pilotage.Client)\n" + pilotage_command, "status", "--endpoint", "127.0.0.1:1"
    )
    assert "install the wheel without --no-deps" in said(pilotage_command, "check-config")


def test_main_py_works_from_any_directory(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(ROOT / "main.py"), "version"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert pilotage.__version__ in done.stdout


@pytest.mark.skipif(not INSTALLED.exists(), reason="this environment has no command `pilotage`")
def test_the_command_of_the_environment_takes_the_packages_of_the_checkout_for_its_own(tmp_path: Path) -> None:
    done = subprocess.run([str(INSTALLED), "version"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("ours_first", [False, True])
@pytest.mark.parametrize("package", ["supervisor", "actors"])
def test_another_package_of_that_name_is_named_with_what_to_do_and_is_no_import_error(
    tmp_path: Path, package: str, ours_first: bool
) -> None:
    write(tmp_path / package / "__init__.py", b"")
    write(tmp_path / package / "supervisord.py", b"")
    path = [str(ROOT), str(tmp_path)] if ours_first else [str(tmp_path), str(ROOT)]
    program = "import sys, pilotage_command; sys.exit(pilotage_command.main())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, *(["run", "--help"] if ours_first else ["version"])],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (0 if ours_first else 69), done.stderr
    assert "Traceback" not in done.stderr
    named = package == "supervisor" or not ours_first
    assert ("an environment of its own ends that" in done.stderr) is named
    assert (str(tmp_path / package) in done.stderr) is named


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_pins_everything_with_hashes_and_names_no_place(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert len(blocks) > 10
    assert [block.partition("\n")[0] for block in blocks if not re.match(r"[a-z0-9-]+==\S+.*\\\n +--hash=sha256:", block)] == []
    assert "://" not in text
    assert not re.search(r"(?m)^-|^#.*(/|\\)|@ file", text), "options, paths"


def test_the_two_lock_files_agree() -> None:
    small, large = (dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text())) for name in LOCKS)
    assert small.items() <= large.items()


def test_the_lock_files_hold_every_dependency_that_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    # What belongs on the physicist's own computer is 300 MB, and no part of a bench or of its checks.
    extras = {name: entries for name, entries in project["optional-dependencies"].items() if name != "export"}
    needed = {LOCKS[0]: project["dependencies"] + extras["tui"], LOCKS[1]: [entry for extra in extras.values() for entry in extra]}
    for lock, entries in needed.items():
        locked = set(re.findall(r"(?m)^([a-z0-9-]+)==", (ROOT / lock).read_text()))
        names = {match[0] for entry in entries if (match := re.match(r"[a-z0-9-]+", entry))}
        assert names - {"pilotage"} <= locked


def test_gpiod_is_asked_for_where_blinka_needs_it_and_only_there() -> None:
    (line,) = re.findall(r"(?m)^gpiod==.*$", (ROOT / LOCKS[0]).read_text())
    assert "platform_machine == 'aarch64' and sys_platform == 'linux'" in line


def test_the_metadata_name_no_place(wheel: Path) -> None:
    (metadata,) = (data.decode() for name, data in contents(wheel).items() if name.endswith("/METADATA"))
    header = metadata.partition("\n\n")[0]
    assert "Project-URL" not in header
    assert f"\nVersion: {pilotage.__version__}\n" in header
