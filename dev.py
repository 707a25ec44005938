"""One command from a fresh checkout: makes the environment from the lock file, then runs, checks or builds pilotage.

Needs nothing but Python 3.11 or newer. What is new in the syntax since Python 3.6 is avoided, so that an older one can still say so.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the very purpose is to be started by the wrong Python
    sys.exit("pilotage needs Python 3.11 or newer; %s is %d.%d" % ((sys.executable,) + sys.version_info[:2]))  # noqa: RUF005, UP031 - parsed by it, too

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
LOWEST = ROOT / ".venv-lowest"
NEWEST = ROOT / ".venv-newest"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
LOWEST_PYTHON = "3.11"
NEWEST_PYTHON = "3.14"
PYMODAQ = ("5.1.13", "5.3.8")  # the oldest line that speaks LECO in JSON, and the newest
# Run the tests in as many processes: with more, two cores starve the daemons under test. Those that share a daemon are run by one.
WORKERS = ("-n", "2", "--dist", "loadgroup")
WINDOWS = os.name == "nt"
PYTHON: str = getattr(sys, "_base_executable", sys.executable)  # sys.executable may be in the very environment that is made anew


def say(text: str) -> None:
    """Print a line of progress."""
    print(f"dev: {text}", flush=True)


def in_environment(name: str, environment: Path = ENVIRONMENT) -> str:
    """Return the path of a program of the environment."""
    return str(environment / ("Scripts" if WINDOWS else "bin") / (f"{name}.exe" if WINDOWS else name))


def call(*command: str, cwd: Path = ROOT) -> None:
    """Run a command, and end with its exit code if it fails."""
    code = subprocess.run(command, cwd=cwd, check=False).returncode
    if code:
        say(f"failed with exit code {code}: {' '.join(command)}")
        sys.exit(code)


def works(*command: str) -> bool:
    """Try a command silently."""
    try:
        return subprocess.run(command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    except OSError:
        return False


# The environment. It is made anew when its stamp does not match: another lock file, another Python, another place.


def stamp(kind: str) -> str:
    """Return what an environment of this kind must have been made from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [project["build-system"], project["project"], project["tool"]["hatch"], sys.version_info[:2], str(ROOT)]
    parts += [lock.read_text(encoding="utf-8") for lock in LOCKS.values()]
    return f"{kind} {hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


def ensure_environment(kind: str) -> None:
    """Make or complete `.venv`; one with the development tools serves for running too."""
    mark = ENVIRONMENT / "pilotage-stamp"
    found = mark.read_text(encoding="utf-8") if mark.exists() and Path(in_environment("python")).exists() else ""
    if found in {stamp("dev"), stamp(kind)}:
        return
    if found == stamp("run"):
        say("adding the development tools to .venv (about half a minute)")
    else:
        say(f"making .venv with Python {sys.version.split()[0]} from the lock file (once, about a minute)")
        create_environment(ENVIRONMENT)
    mark.unlink(missing_ok=True)
    install = installer(ENVIRONMENT)
    call(*install, "--require-hashes", "-r", str(LOCKS[kind]))
    call(*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    mark.write_text(stamp(kind), encoding="utf-8")


def installer(environment: Path) -> list[str]:
    """Return how to install into the environment: its own pip, one of the machine, or uv; empty if there is none."""
    python = in_environment("python", environment)
    for pip in ([python, "-m", "pip"], [PYTHON, "-m", "pip", "--python", python], ["pip3", "--python", python]):
        if works(*pip, "--version"):
            return [*pip, "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    uv = shutil.which("uv")
    return [uv, "pip", "install", "--quiet", "--python", python] if uv else []


def create_environment(environment: Path) -> None:
    """Make an empty environment that can be installed into, also on a Debian without the package that brings `ensurepip`."""
    make = [PYTHON, "-m", "venv", "--clear", str(environment)]
    if importlib.util.find_spec("ensurepip") and works(*make):
        return
    uv = shutil.which("uv")
    if (works(*make, "--without-pip") or (uv and works(uv, "venv", "--clear", "--python", PYTHON, str(environment)))) and installer(
        environment
    ):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if install_with_apt(package) and works(*make):
        return
    shutil.rmtree(environment, ignore_errors=True)
    sys.exit(
        f"dev: {PYTHON} cannot make an environment: its `ensurepip` is missing, and there is neither pip nor uv.\n"
        f"dev: On Debian, Ubuntu and Raspberry Pi OS this helps:  sudo apt install {package}"
    )


def install_with_apt(package: str) -> bool:
    """Install a package of the distribution, if this Python is the distribution's and we may do so without a password."""
    if not shutil.which("apt-get") or not Path(PYTHON).resolve().is_relative_to("/usr/bin"):
        return False
    root = works("sh", "-c", 'test "$(id -u)" = 0')
    if not root and not works("sudo", "-n", "true"):
        return False
    get = [*([] if root else ["sudo", "-n"]), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    install = [*get, "install", "-y", package]
    say(f"Python's ensurepip is missing here: apt-get install -y {package}")
    return works(*install) or (works(*get, "update") and works(*install))


def ensure_programs() -> None:
    """Have Chromium and Prometheus for the tests of the page, where a machine that checks changes can get them; else those are skipped."""
    root = hasattr(os, "getuid") and os.getuid() == 0
    wanted = {"chromium": ("chromium", "chromium-browser", "google-chrome"), "prometheus": ("prometheus",)}
    for package, names in wanted.items():
        if any(map(shutil.which, names)) or not (root and shutil.which("apt-get")):
            continue
        say(f"installing {package} for the tests of the page")
        get = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
        install = (*get, "install", "-y", "--no-install-recommends", package)
        if not (works(*install) or (works(*get, "update") and works(*install))):
            say(f"there is no {package} to be had: its tests are skipped")


# The commands. Each takes the rest of the command line.


def run(arguments: Sequence[str]) -> None:
    """Start the daemon: `pilotage run ARGUMENTS`, or `pilotage run --simulate` without any."""
    ensure_environment("run")
    hand_over(in_environment("pilotage"), "run", *(arguments or ["--simulate"]))


def hand_over(*command: str) -> None:
    """Become `command`, so that signals reach it and its exit code is ours."""
    if not WINDOWS:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    with subprocess.Popen(command) as child:
        while child.poll() is None:
            try:
                child.wait()
            except KeyboardInterrupt:
                continue  # the child got the same Ctrl-C and ends in its own way
    sys.exit(child.returncode)


def check(arguments: Sequence[str]) -> None:
    """Check format, lint and types, then run the tests: all that has to pass before a change goes in."""
    ensure_environment("dev")
    python = in_environment("python")
    for title, command in (("format", ["ruff", "format", "--check"]), ("lint", ["ruff", "check"]), ("types", ["mypy"])):
        say(title)
        call(python, "-m", *command)
    if os.environ.get("CI") == "true":
        ensure_programs()
    test(arguments)


def test(arguments: Sequence[str]) -> None:
    """Run the tests: `pytest ARGUMENTS`."""
    ensure_environment("dev")
    say("tests")
    run_tests(in_environment("python"), arguments)


def run_tests(python: str, arguments: Sequence[str], *options: str) -> None:
    """Run what `arguments` name, everything without any, side by side."""
    call(python, "-m", "pytest", *WORKERS, *options, *arguments)


def thorough(arguments: Sequence[str]) -> None:
    """Run the tests with twenty times as many examples, and every combination of faults: `pytest ARGUMENTS`."""
    ensure_environment("dev")
    run_tests(in_environment("python"), arguments, "--hypothesis-profile", "thorough", "--timeout", "1200")


def cycles(arguments: Sequence[str]) -> None:
    """Start and stop the daemon's tree 200 times on an emulated pigpiod: nothing may be left behind."""
    ensure_environment("dev")
    os.environ["PILOTAGE_TEST_CYCLES"] = "200"
    call(in_environment("python"), "-m", "pytest", "--timeout", "600", str(Path("tests", "safety", "test_cycles.py")), *arguments)


def check_vm(arguments: Sequence[str]) -> None:
    """Run the whole on a test machine with a real systemd and I2C bus, whose command PILOTAGE_VM names."""
    ensure_environment("dev")
    hand_over(in_environment("python"), str(ROOT / "tests" / "vm" / "check_vm.py"), *arguments)


def check_arm(arguments: Sequence[str]) -> None:
    """Try the package and part of the tests on an emulated 64-bit ARM, whose command PILOTAGE_ARM names."""
    ensure_environment("dev")
    hand_over(in_environment("python"), str(ROOT / "tests" / "arm" / "check_arm.py"), *arguments)


def check_pymodaq(arguments: Sequence[str]) -> None:
    """Try PyMoDAQ's own modules, off screen, against a bench in a LECO network, and the plugin's wire beside: `[VERSION...]`, minutes."""
    ensure_environment("dev")
    made = [python for python in map(pymodaq, arguments or PYMODAQ) if python]
    if not made:
        say("check-pymodaq is skipped, nothing was checked: no PyMoDAQ can be installed here")
        return
    hand_over(in_environment("python"), "-m", "tests.pymodaq.check", *made)


def pymodaq(version: str) -> str:
    """Have an environment with that PyMoDAQ and its windows; return its Python, or nothing where it cannot be had."""
    environment = ROOT / f".venv-pymodaq-{version}"
    python, mark = in_environment("python", environment), environment / "complete"
    if mark.exists() and works(python, "-c", "import pymodaq"):
        return python
    say(f"making {environment.name} (once, some minutes, 0.8 GB)")
    create_environment(environment)
    if not works(*installer(environment), f"pymodaq=={version}", "pyqt6"):
        say(f"PyMoDAQ {version} cannot be installed here, and is not checked")
        return ""
    mark.touch()
    return python


def format_code(arguments: Sequence[str]) -> None:
    """Bring the code into its format and repair what the linter can repair."""
    ensure_environment("dev")
    python = in_environment("python")
    call(python, "-m", "ruff", "format", *arguments)
    call(python, "-m", "ruff", "check", "--fix", *arguments)


def lock(arguments: Sequence[str]) -> None:
    """Write the lock files again from pyproject.toml; `--upgrade` takes the newest versions."""
    ensure_environment("dev")
    options = ["--universal", "--python-version", LOWEST_PYTHON, "--generate-hashes", "--no-emit-index-url", "--quiet"]
    options += ["--custom-compile-command", "python3 dev.py lock", "--group", "editable", *arguments]
    extras = {"run": ["--extra", "tui", "--extra", "web"], "dev": ["--extra", "dev", "--constraint", LOCKS["run"].name]}
    for kind, path in LOCKS.items():
        say(path.name)
        call(in_environment("uv"), "pip", "compile", "pyproject.toml", *options, *extras[kind], "--output-file", path.name)


def lowest(arguments: Sequence[str]) -> None:
    """Run the tests in `.venv-lowest` with the lowest versions that pyproject.toml allows: `pytest ARGUMENTS`."""
    ensure_environment("dev")
    uv = in_environment("uv")
    say(f"making .venv-lowest with Python {LOWEST_PYTHON} and the lowest versions allowed")
    call(uv, "venv", "--quiet", "--clear", "--python", LOWEST_PYTHON, str(LOWEST))
    python = in_environment("python", LOWEST)
    call(
        uv, "pip", "install", "--quiet", "--python", python, "--resolution", "lowest-direct", "-e", ".[tui,web,test]", "--group", "editable"
    )
    say("tests")
    run_tests(python, arguments)


def newest(arguments: Sequence[str]) -> None:
    """Run the tests in `.venv-newest` with the newest Python that pyproject.toml names, where it can be had: `pytest ARGUMENTS`."""
    ensure_environment("dev")
    uv = in_environment("uv")
    if not works(uv, "venv", "--quiet", "--clear", "--python", NEWEST_PYTHON, str(NEWEST)):
        say(f"skipped: there is no Python {NEWEST_PYTHON} here, and uv can get none")
        return
    python = in_environment("python", NEWEST)
    install = (uv, "pip", "install", "--quiet", "--python", python)
    call(*install, "--require-hashes", "-r", str(LOCKS["dev"]))
    call(*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    say(f"tests with Python {NEWEST_PYTHON}")
    run_tests(python, arguments)


def wheel(_arguments: Sequence[str]) -> None:
    """Build sdist and wheel into dist/, install the wheel into an empty environment elsewhere and use it there."""
    ensure_environment("dev")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    call(in_environment("python"), "-m", "build", "--no-isolation", "--outdir", "dist")
    (built,) = (ROOT / "dist").glob("*.whl")
    uv = in_environment("uv")
    with tempfile.TemporaryDirectory() as name:
        elsewhere = Path(name)
        environment = elsewhere / "environment"
        say(f"installing {built.name} elsewhere")
        call(uv, "venv", "--quiet", "--python", PYTHON, str(environment))
        call(uv, "pip", "install", "--quiet", "--python", in_environment("python", environment), str(built))
        for command in ("version", "check-config"):
            call(in_environment("pilotage", environment), command, cwd=elsewhere)


def deb(arguments: Sequence[str]) -> None:
    """Build the package for Debian and Raspberry Pi OS into dist/: `--release bookworm|trixie --arch arm64|armhf|amd64`."""
    ensure_environment("dev")
    call(in_environment("python"), str(Path("debian", "build.py")), *arguments)


def pictures(arguments: Sequence[str]) -> None:
    """Draw the pictures of the documents from their text; with `watch`, `page` or `pymodaq` what is seen of a running bench there."""
    ensure_environment("dev")
    if "pymodaq" in arguments and (python := pymodaq(PYMODAQ[-1])):
        call(in_environment("python"), "-m", "docs.pictures.pymodaq", python)
        return
    if "page" in arguments:
        call(in_environment("python"), "-m", "docs.pictures.page")
        return
    call(in_environment("python"), str(Path("docs", "pictures", "draw.py")), *arguments)


def bench(arguments: Sequence[str]) -> None:
    """Measure everything against the floor, some minutes: `benchmarks/bench.py ARGUMENTS`."""
    ensure_environment("dev")
    call(in_environment("python"), "-m", "benchmarks.bench", *arguments)


def regulation(arguments: Sequence[str]) -> None:
    """Compare the law of a loop with others, half a minute; with `daemon`, measure it through the whole daemon, some minutes."""
    ensure_environment("dev")
    whole = arguments[:1] == ["daemon"]
    call(in_environment("python"), "-m", f"benchmarks.regulation{'_daemon' if whole else ''}", *arguments[whole:])


def soak(arguments: Sequence[str]) -> None:
    """Break things at random under load: `benchmarks/soak.py SECONDS --seed N`."""
    ensure_environment("dev")
    call(in_environment("python"), "-m", "benchmarks.soak", *arguments)


def life(arguments: Sequence[str]) -> None:
    """Live a bench's life at random, for minutes, and look at every promise: `tests/life/run.py MINUTES --seed N`."""
    ensure_environment("dev")
    call(in_environment("python"), "-m", "tests.life.run", *arguments)


def attacks(arguments: Sequence[str]) -> None:
    """Attack the daemon in every known way beside a good client: `benchmarks/attacks.py SECONDS`."""
    ensure_environment("dev")
    call(in_environment("python"), "-m", "benchmarks.attacks", *arguments)


def slow(arguments: Sequence[str]) -> None:
    """Measure the daemon on a processor as slow as a small Pi's: `benchmarks/slow.py --cpu-factor 9`."""
    ensure_environment("dev")
    call(in_environment("python"), "-m", "benchmarks.slow", *arguments)


def fuzz(arguments: Sequence[str]) -> None:
    """Send the daemon what nobody would send: `benchmarks/fuzz.py SECONDS --seed N`."""
    ensure_environment("dev")
    call(in_environment("python"), "-m", "benchmarks.fuzz", *arguments)


def powercut(arguments: Sequence[str]) -> None:
    """Pull the plug of a recorder on a loop device, as root, two minutes: `benchmarks/powercut.py CUTS --seed N`."""
    ensure_environment("dev")
    call(in_environment("python"), "-m", "benchmarks.powercut", *arguments)


def history(arguments: Sequence[str]) -> None:
    """Measure the history: size, wear, questions, and what it costs the daemon: `benchmarks/history.py [PART...]`."""
    ensure_environment("dev")
    call(in_environment("python"), "-m", "benchmarks.history", *arguments)


COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {
    "run": run,
    "check": check,
    "test": test,
    "thorough": thorough,
    "cycles": cycles,
    "check-vm": check_vm,
    "check-arm": check_arm,
    "check-pymodaq": check_pymodaq,
    "format": format_code,
    "lock": lock,
    "lowest": lowest,
    "newest": newest,
    "wheel": wheel,
    "deb": deb,
    "pictures": pictures,
    "bench": bench,
    "soak": soak,
    "slow": slow,
    "life": life,
    "regulation": regulation,
    "attacks": attacks,
    "fuzz": fuzz,
    "powercut": powercut,
    "history": history,
}


def main() -> None:
    """Carry out the command line."""
    name, *arguments = sys.argv[1:] or [""]
    # Tests start some hundred processes: with nowhere to keep byte code, each of them would compile the whole program.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ENVIRONMENT / "bytecode"))
    if name in COMMANDS:
        COMMANDS[name](arguments)
        return
    lines = [f"  {command:13} {(function.__doc__ or '').strip()}" for command, function in COMMANDS.items()]
    print("usage: python3 dev.py COMMAND [ARGUMENTS]\n" + "\n".join(lines))
    sys.exit(0 if name in {"-h", "--help"} else 2)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
