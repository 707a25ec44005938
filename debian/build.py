"""Build `pilotage_VERSION_ARCH.deb`: an environment below /opt/pilotage with every library inside, for a Debian and a processor.

Run by `python3 dev.py deb` in the development environment; needs `dpkg-deb`. Nothing of it runs on the machine it is built for.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PREFIX: Final = "opt/pilotage"
LEAST_GLIBC: Final = "manylinux_2_36"
"""Of the older of both releases."""
EXTRAS: Final = ("tui", "web", "adafruit")
"""What is in the package, of what pyproject.toml has."""
LOCK: Final = "requirements-dev.lock"
"""The lock file that has all of them; what requirements.lock has too is the same there."""
LAUNCHER: Final = """#!/opt/pilotage/bin/python
import sys

from supervisor.cli.main import main

sys.exit(main())
"""


@dataclass(frozen=True, slots=True)
class Release:
    """A Debian: the number that marks the package's version, and its Python."""

    number: int
    python: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor: its name in platform tags, and what of the lock file comes from Debian because nobody publishes a wheel for it."""

    tag: str
    from_debian: dict[str, str]
    absent: tuple[str, ...] = ()


RELEASES: Final = {"bookworm": Release(12, "3.11"), "trixie": Release(13, "3.13")}
MACHINES: Final = {
    "arm64": Machine("aarch64", {}),
    "amd64": Machine("x86_64", {}),
    "armhf": Machine("armv7l", {"pyzmq": "python3-zmq", "sysv-ipc": "python3-sysv-ipc", "tornado": "python3-tornado"}, absent=("gpiod",)),
}


def main() -> int:
    """Build one package into dist/ and say where it is."""
    parser = argparse.ArgumentParser(prog="dev.py deb", description=__doc__)
    parser.add_argument("--release", choices=RELEASES, default=_this_release(), help="the Debian it is for (%(default)s)")
    parser.add_argument("--arch", choices=MACHINES, default=_this_arch(), help="the processor it is for (%(default)s)")
    parser.add_argument("--revision", type=int, default=1, metavar="N", help="a later package of the same version (%(default)s)")
    arguments = parser.parse_args()
    if shutil.which("dpkg-deb") is None:
        print("dev: dpkg-deb is missing: a .deb is built on Debian, Ubuntu or Raspberry Pi OS", file=sys.stderr)
        return 69
    release, machine = RELEASES[arguments.release], MACHINES[arguments.arch]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        built = work / "wheel"
        _call(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(built), str(ROOT))
        (wheel,) = built.glob("*.whl")
        version = f"{wheel.name.split('-')[1]}+deb{release.number}u{arguments.revision}"
        tree = work / "tree"
        site = tree / PREFIX / "lib" / f"python{release.python}" / "site-packages"
        _libraries(site, release, machine, work)
        _call(*_installer(site), "--no-deps", str(wheel))
        _environment(tree, site, release, machine)
        _system_files(tree, site)
        _control(tree, version, arguments.arch, release, machine)
        target = ROOT / "dist" / f"pilotage_{version}_{arguments.arch}.deb"
        target.parent.mkdir(exist_ok=True)
        os.umask(0o022)
        _call("dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(target))
    print(f"dev: {target.relative_to(ROOT)} ({target.stat().st_size / 1e6:.1f} MB)")
    return 0


def _libraries(site: Path, release: Release, machine: Machine, work: Path) -> None:
    """Put the locked libraries of that machine into `site`, each checked against its hash in the lock file."""
    tag = "aarch64" if machine.from_debian else machine.tag  # uv knows no 32-bit ARM; what is needed is the same
    names = _needed(f"{tag}-{LEAST_GLIBC}", release.python) - set(machine.from_debian) - set(machine.absent)
    lock = work / "requirements.lock"
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / LOCK).read_text(encoding="utf-8"), flags=re.MULTILINE)
    chosen = {block.partition("==")[0]: block for block in blocks if block.partition("==")[0] in names}
    if missing := names - chosen.keys():
        sys.exit(f"dev: {', '.join(sorted(missing))}: not in {LOCK}; run `python3 dev.py lock`")
    lock.write_text("".join(re.sub(r" ;[^\\\n]*", "", block, count=1) for block in chosen.values()), encoding="utf-8")
    hashed = ("--require-hashes", "-r", str(lock))
    if not machine.from_debian:
        options = ("--no-build", "--python-platform", f"{tag}-{LEAST_GLIBC}", "--python-version", release.python)
        _call(*_installer(site), *options, *hashed)
        return
    tags = [f"manylinux_2_{number}_{machine.tag}" for number in range(17, 37)] + [f"manylinux2014_{machine.tag}"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps", "--only-binary=:all:", "--target", str(site)]
    pip += ["--implementation", "cp", "--python-version", release.python, *(word for each in tags for word in ("--platform", each))]
    _call(*pip, *hashed)


def _needed(target: str, python: str) -> set[str]:
    """Return the names of all libraries that the program needs there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [word for extra in EXTRAS if extra in project["project"]["optional-dependencies"] for word in ("--extra", extra)]
    compile_ = [sys.executable, "-m", "uv", "pip", "compile", str(ROOT / "pyproject.toml"), *extras, "--constraint", LOCK]
    compile_ += ["--python-platform", target, "--python-version", python, "--no-annotate", "--no-header", "--no-emit-index-url", "--quiet"]
    done = subprocess.run(compile_, cwd=ROOT, check=True, capture_output=True, text=True)
    return {line.partition("==")[0] for line in done.stdout.splitlines() if "==" in line}


def _installer(site: Path) -> list[str]:
    return [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-compile-bytecode", "--target", str(site)]


def _environment(tree: Path, site: Path, release: Release, machine: Machine) -> None:
    """Make what is around `site` an environment of Debian's Python."""
    commands = tree / PREFIX / "bin"
    commands.mkdir()
    (commands / "python").symlink_to(f"/usr/bin/python{release.python}")
    (commands / "python3").symlink_to("python")
    _write(commands / "pilotage", LAUNCHER, 0o755)
    _write(tree / PREFIX / "pyvenv.cfg", f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {release.python}\n")
    if machine.from_debian:
        _write(site / "debian.pth", "/usr/lib/python3/dist-packages\n")
    for name in ("bin", ".lock"):  # other libraries' own commands
        shutil.rmtree(site / name, ignore_errors=True)
        (site / name).unlink(missing_ok=True)


def _system_files(tree: Path, site: Path) -> None:
    """Put what systemd, man and the shells look for where Debian has it."""
    shared = site / "share"
    manual = (shared / "man/man1/pilotage.1").read_bytes()
    page = tree / "usr/share/man/man1/pilotage.1.gz"
    page.parent.mkdir(parents=True)
    page.write_bytes(gzip.compress(manual, mtime=0))
    shutil.copytree(shared / "bash-completion", tree / "usr/share/bash-completion")
    shutil.copytree(shared / "fish", tree / "usr/share/fish")
    zsh = tree / "usr/share/zsh/vendor-completions/_pilotage"
    zsh.parent.mkdir(parents=True)
    shutil.copy(shared / "zsh/site-functions/_pilotage", zsh)
    shutil.rmtree(shared)
    units = tree / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for unit in (ROOT / "systemd").glob("*.service"):
        shutil.copy(unit, units)
    for name, target in (("pilotage.sysusers.conf", "sysusers.d/pilotage.conf"), ("pilotage.catalog", "systemd/catalog/pilotage.catalog")):
        place = tree / "usr/lib" / target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "systemd" / name, place)
    command = tree / "usr/bin/pilotage"
    command.parent.mkdir(parents=True)
    command.symlink_to(f"/{PREFIX}/bin/pilotage")
    document = tree / "usr/share/doc/pilotage"
    document.mkdir(parents=True)
    shutil.copy(ROOT / "LICENSE", document / "copyright")
    (document / "changelog.gz").write_bytes(gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), mtime=0))


def _control(tree: Path, version: str, arch: str, release: Release, machine: Machine) -> None:
    """Write what dpkg reads: what it is, what it needs, and what is done around unpacking."""
    folder = tree / "DEBIAN"
    folder.mkdir()
    after = f"{release.python.partition('.')[0]}.{int(release.python.partition('.')[2]) + 1}"
    needs = [f"python3 (>= {release.python}~)", f"python3 (<< {after}~)", "systemd", *machine.from_debian.values()]
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    fields = {
        "Package": "pilotage",
        "Version": version,
        "Architecture": arch,
        "Maintainer": "The pilotage authors <pilotage@localhost>",
        "Installed-Size": str(size // 1024),
        "Depends": ", ".join(needs),
        "Recommends": "i2c-tools" + (", pigpio" if release.number <= RELEASES["bookworm"].number else ""),
        "Section": "science",
        "Priority": "optional",
        "Description": "hardware supervisor of a laboratory bench\n"
        " Every sensor and output of a Raspberry Pi is a supervised actor, spoken to\n over ZeroMQ; a heater is never left on by accident.",
    }
    _write(folder / "control", "".join(f"{name}: {value}\n" for name, value in fields.items()))
    for script in ("preinst", "postinst", "prerm", "postrm"):
        _write(folder / script, (ROOT / "debian" / script).read_text(encoding="utf-8"), 0o755)


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _call(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"dev: failed with exit code {done.returncode}: {' '.join(command)}")


def _this_arch() -> str:
    return next((name for name, machine in MACHINES.items() if machine.tag == platform.machine()), "arm64")


def _this_release() -> str:
    try:
        name = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    except OSError:
        name = ""
    return name if name in RELEASES else "bookworm"


if __name__ == "__main__":
    sys.exit(main())
