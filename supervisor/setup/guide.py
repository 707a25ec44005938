"""From a machine with nothing on it to a bench that is served, asking on the way; nothing is done that was not shown before."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from actors.bench.devices import Bench
from actors.errors import DeviceError
from actors.hardware.i2c.scan import Found
from supervisor.configuration import check, default_bench_path
from supervisor.exits import EX_CONFIG, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE
from supervisor.setup import bench_file, predecessor
from supervisor.setup.bench_file import CONFIG
from supervisor.setup.bench_text import with_chips
from supervisor.setup.doctor import bus_checks, firmware, gpio_checks
from supervisor.setup.host import Host

BEFORE: Final = f"{CONFIG}.before"
USUAL: Final = 1
"""The I2C bus on the header's pins 3 and 5."""

Look = Callable[[int, Mapping[int, str]], Sequence[Found]]
"""Returns what is on an I2C bus, given the drivers that are expected at its addresses. Raises DeviceError, ImportError."""


@dataclass(frozen=True, slots=True)
class Guide:
    """`agree` asks a question and returns whether the answer is yes; `look` scans a bus; `wanted` is the bus, None: to be found."""

    host: Host
    agree: Callable[[str], bool]
    look: Look
    wanted: int | None = None

    def bench(self) -> int:
        """Have a good bench's file in place; return an exit code: 75 when the machine has to be started anew first."""
        default, _problems, _warnings = check(default_bench_path())
        assert default is not None  # noqa: S101 - our own file
        if not self._firmware(default):
            return EX_TEMPFAIL
        bus = self._bus()
        if bus is None:
            self.host.say("there is no I2C bus: `pilotage doctor` says what is missing")
            return EX_UNAVAILABLE
        there = self.host.path(CONFIG)
        before = predecessor.find(self.host)
        if there.exists() and there.read_bytes() != default_bench_path().read_bytes():
            return self._add_to(there, bus)
        if before is not None and before.config is not None:
            self.host.say(f"the bench is the predecessor's, {before.config}")
            return EX_OK
        return self._write(default, bus)

    def _firmware(self, bench: Bench) -> bool:
        """Put what is missing into `config.txt`, if that is wished; return whether to go on."""
        findings = [*bus_checks.check(self.host, bench), *gpio_checks.check(self.host, bench)]
        lines = firmware.lines_of(line for finding in findings for line in finding.remedy)
        if not lines:
            return True
        place = firmware.place(self.host)
        self.host.say(f"{place} lacks")
        for line in lines:
            self.host.say(f"    {line}")
        if not self.agree(f"add {'it' if len(lines) == 1 else 'them'} to {place}?"):
            return True
        path = self.host.path(place)
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        ended = text if not text or text.endswith("\n") else f"{text}\n"
        self.host.write(place, ended + "[all]\n" + "".join(f"{line}\n" for line in lines))
        self.host.say("the firmware reads that when it starts: sudo reboot, then again: sudo pilotage setup")
        return False

    def _bus(self) -> int | None:
        """Return the bus to look at: the wanted one, the usual one, the only one, or the first that is there."""
        paths = self.host.path("/dev").glob("i2c-*")
        there = sorted(int(match[1]) for path in paths if (match := re.fullmatch(r"i2c-(\d+)", path.name)))
        if self.wanted is not None:
            return self.wanted
        return USUAL if USUAL in there else next(iter(there), None)

    def _found(self, bus: int, expected: Mapping[int, str]) -> dict[int, str] | None:
        """Return the chips that are on a bus, address -> driver, and say what is there; None where it cannot be asked."""
        try:
            found = [entry for entry in self.look(bus, expected) if entry.state != "absent"]
        except (DeviceError, ImportError) as error:
            self.host.say(f"I2C bus {bus}: {error}")
            return None
        self.host.say(f"I2C bus {bus}:" if found else f"I2C bus {bus}: nothing answers")
        for entry in found:
            self.host.say(f"    0x{entry.address:02X}  {entry.chip or entry.configured or 'unknown'}: {entry.message}")
        known = {entry.address: expected.get(entry.address) if entry.state == "configured" else entry.chip for entry in found}
        return {address: driver for address, driver in known.items() if driver is not None}

    def _write(self, default: Bench, bus: int) -> int:
        """Write the default bench with the sensors that are there."""
        chips = self._found(bus, {sensor.address: sensor.driver for sensor in default.sensors})
        if chips is None:
            return EX_UNAVAILABLE
        heaters = {output.name for output in default.outputs if output.heats}
        text = with_chips(default_bench_path().read_text(encoding="utf-8"), bus, chips, heaters)
        self.host.say(f"the bench for {CONFIG}:\n")
        self.host.say(text)
        if not self.agree(f"write this to {CONFIG}?"):
            return bench_only_checked(self.host)
        self._keep()
        self.host.write(CONFIG, text)
        return bench_only_checked(self.host)

    def _add_to(self, there: Path, bus: int) -> int:
        """Leave somebody's file as it is, and say what could be added to it."""
        bench, problems, _warnings = check(there)
        if bench is None:
            for problem in problems:
                self.host.say(str(problem))
            return EX_CONFIG
        self.host.say(f"kept         {CONFIG}: {len(bench.sensors)} sensors, {len(bench.outputs)} outputs")
        on_main = {sensor.address: sensor.driver for sensor in bench.sensors if sensor.bus is None and sensor.address}
        chips = self._found(bench.bus if self.wanted is None else bus, on_main)
        new = {address: driver for address, driver in (chips or {}).items() if address not in on_main}
        if new:
            self.host.say("not in it yet; to be added by you, to SENSORS_CONFIG:")
        for address, driver in new.items():
            self.host.say(f'    0x{address:02X}: {{"driver": "{driver}", "name": "{driver.lower()}_{address:02x}"}},')
        return EX_OK

    def _keep(self) -> None:
        if self.host.path(CONFIG).exists():
            self.host.rename(CONFIG, BEFORE)


def bench_only_checked(host: Host) -> int:
    """Return whether the file that is in place, or would be, is good; what is wrong is said."""
    file = bench_file.choose(host, None, predecessor.find(host))
    for problem in file.problems:
        host.say(str(problem))
    return EX_OK if file.bench is not None else EX_CONFIG
