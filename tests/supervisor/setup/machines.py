"""A machine made of a folder and of answers: what `supervisor.setup.host.Host` sees of one."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from supervisor.setup.host import Host

PREFIX = Path("/opt/pilotage")
OLD_UNIT = """[Unit]
Description=Thermal control
After=network.target pigpiod.service

[Service]
ExecStart=/home/admin/bench/env/bin/python /home/admin/bench/main.py
WorkingDirectory=/home/admin/bench
Restart=always
User=admin

[Install]
WantedBy=multi-user.target
"""


@dataclass
class Machine:
    """`answers`: command -> what it prints; a command in `failing` ends with 1. `said` and `ran` fill up."""

    root: Path
    answers: dict[str, str] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        line = " ".join(command).replace(str(self.root), "")
        self.ran.append(line)
        failed = line in self.failing or (
            line not in self.answers and command[0] in {"id", "stat", "apt-cache", "systemctl"} and _asks(line)
        )
        return subprocess.CompletedProcess(command, int(failed), self.answers.get(line, ""), "it says why" if failed else "")

    def host(self, *, dry: bool = False) -> Host:
        return Host(say=self.said.append, dry=dry, prefix=PREFIX, root=self.root, run=self.run)

    def put(self, name: str, text: str = "") -> Path:
        path = self.root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def get(self, name: str) -> str:
        return (self.root / name.lstrip("/")).read_text()

    def files(self) -> dict[str, str]:
        return {str(path.relative_to(self.root)): path.read_text() for path in self.root.rglob("*") if path.is_file()}

    def pi(self, model: str = "Raspberry Pi 4 Model B Rev 1.4", config: str = "") -> None:
        self.put("/proc/device-tree/model", model + "\0")
        self.put("/boot/firmware/config.txt", config)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


def _asks(line: str) -> bool:
    """Whether a command only asks: unknown questions fail, as they do on a bare machine."""
    return not line.startswith("systemctl ") or line.split()[1] in {"cat", "show", "is-enabled", "is-active", "--version"}
