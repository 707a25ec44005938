"""The machine that is installed on: its files and its commands. Everything that changes it goes through here, says so, and can be tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

COMMAND_TAKES: Final = 120.0
"""Seconds for one command; a daemon may take 60 to be ready (TimeoutStartSec=)."""
PACKAGE: Final = Path("/opt/pilotage")
"""Where the package for Debian has the program."""
Runner = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command; a missing program or one that takes too long is a return code, with its reason as the error output."""
    try:
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=COMMAND_TAKES, stdin=subprocess.DEVNULL)  # noqa: S603 - our own commands, no shell
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 127, "", f"{command[0]}: not found")
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"{command[0]}: no end after {COMMAND_TAKES:g} s")


@dataclass(frozen=True, slots=True)
class Host:
    """One machine. `prefix` is the program's environment; `dry` only says what would be done. `root` and `run` are for tests."""

    say: Callable[[str], None] = print
    dry: bool = False
    prefix: Path = Path(sys.prefix)
    root: Path = Path("/")
    run: Runner = run

    @property
    def packaged(self) -> bool:
        """Whether the program came as a package for Debian, which then owns the unit, the manual and so on."""
        return self.prefix == PACKAGE and self.path("/var/lib/dpkg/info/pilotage.list").is_file()

    def path(self, name: str) -> Path:
        """Return the absolute path `name` on this machine."""
        return self.root / name.lstrip("/")

    def ask(self, *command: str) -> str:
        """Return what a command that changes nothing prints; empty when it fails."""
        done = self.run(command)
        return done.stdout.strip() if done.returncode == 0 else ""

    def call(self, *command: str) -> bool:
        """Run a command that changes something; return whether it succeeded. What goes wrong is said."""
        shown = " ".join(command)
        if self.dry:
            self.say(f"would run    {shown}")
            return True
        done = self.run(command)
        self.say(f"ran          {shown}" if done.returncode == 0 else f"FAILED       {shown}")
        if done.returncode != 0:
            for line in (done.stderr or done.stdout).strip().splitlines():
                self.say(f"             {line}")
        return done.returncode == 0

    def write(self, name: str, content: str | bytes, mode: int = 0o644) -> bool:
        """Make the file `name` hold `content`, root's own; return whether that changed anything."""
        data = content.encode() if isinstance(content, str) else content
        path = self.path(name)
        if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
            self.say(f"unchanged    {name}")
            return False
        if self.dry:
            self.say(f"would write  {name}")
            return True
        _folder(path.parent)
        new = path.with_name(f"{path.name}.new")
        new.write_bytes(data)
        new.chmod(mode)
        new.replace(path)
        self.say(f"wrote        {name}")
        return True

    def keep_or_write(self, name: str, content: str | bytes) -> None:
        """Write the file `name`, unless there is one: then it is its owner's."""
        if self.path(name).exists():
            self.say(f"kept         {name}")
        else:
            self.write(name, content)

    def rename(self, name: str, new: str) -> None:
        """Rename a file, replacing what was there."""
        if not self.dry:
            self.path(name).replace(self.path(new))
        self.say(f"{'would keep' if self.dry else 'kept':<12} {name} as {new}")

    def link(self, name: str, target: Path) -> None:
        """Make `name` a symbolic link to `target`, unless something else has that name."""
        path = self.path(name)
        if path.is_symlink() and path.readlink() == target:
            self.say(f"unchanged    {name}")
        elif path.exists() or path.is_symlink():
            self.say(f"kept         {name}, which is something else")
        elif self.dry:
            self.say(f"would link   {name} -> {target}")
        else:
            _folder(path.parent)
            path.symlink_to(target)
            self.say(f"linked       {name} -> {target}")

    def remove(self, name: str) -> bool:
        """Remove a file or link, and its folder if that is empty then and one of systemd's drop-in folders; return whether it was there."""
        path = self.path(name)
        if not path.exists() and not path.is_symlink():
            return False
        self.say(f"{'would remove' if self.dry else 'removed':<12} {name}")
        if not self.dry:
            path.unlink()
            if path.parent.name.endswith(".service.d") and not any(path.parent.iterdir()):
                path.parent.rmdir()
        return True

    def is_root(self) -> bool:
        """Return whether this process may change the machine."""
        return os.geteuid() == 0

    def has(self, program: str) -> bool:
        """Return whether there is such a program."""
        return shutil.which(program) is not None

    def systemd_version(self) -> int:
        """Return the version of systemd, 0 without one."""
        words = self.ask("systemctl", "--version").split()
        return int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0


def _folder(path: Path) -> None:
    """Make a folder, and those above it, that everybody may read, whatever the umask is."""
    for missing in reversed([folder for folder in (path, *path.parents) if not folder.exists()]):
        missing.mkdir()
        missing.chmod(0o755)
