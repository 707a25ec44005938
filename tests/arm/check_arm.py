"""`make check-arm`: the package for Debian and part of the tests on an emulated 64-bit ARM. Half an hour; no part of the daily check.

    python tests/arm/check_arm.py [RELEASE...]     bookworm, trixie; without any, both

PILOTAGE_ARM in the environment names the emulation's command, else `arm/arm` of a folder beside the checkout is taken.
Exit code 0: all well, or skipped where there is none; 1: not well; 2: PILOTAGE_ARM is no program.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
VARIABLE: Final = "PILOTAGE_ARM"
RELEASES: Final = {"bookworm": 12, "trixie": 13}
PARTS: Final = (
    "tests/actors/drivers",
    "tests/actors/outputs",
    "tests/actors/interlocks",
    "tests/pilotage",
    "tests/supervisor/configuration",
)
"""What may differ from one processor to another: numbers, structures, wheels."""
TRY: Final = """set -e
cat >/tmp/pilotage.deb
cd /tmp
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
dpkg --force-depends -i pilotage.deb
test "$(cat /etc/pilotage/config.py | wc -l)" -gt 100
pilotage check-config --config /etc/pilotage/config.py
PILOTAGE_WEB=off pilotage run --simulate --config /etc/pilotage/config.py &
daemon=$!
i=0
until pilotage read t_resistance; do i=$((i + 1)); test $i -lt 30; sleep 1; done
pilotage set resistance 128
pilotage off
kill $daemon
wait $daemon
echo '# mine' >>/etc/pilotage/config.py
dpkg --force-depends -i pilotage.deb
grep -q mine /etc/pilotage/config.py
dpkg --force-depends -r pilotage
test ! -e /opt/pilotage
test -e /etc/pilotage/config.py
dpkg -P pilotage
test -e /etc/pilotage/config.py
"""


def tool() -> Path | None:
    """Return the emulation's command, None where there is none. Exits with 2 when PILOTAGE_ARM names no program."""
    name = os.environ.get(VARIABLE, "")
    if not name:
        return next((found for found in sorted(ROOT.parent.glob("*/arm/arm")) if found.is_file()), None)
    if not Path(name).is_file():
        sys.stderr.write(f"check-arm: {VARIABLE} is {name!r}, which is no file\n")
        raise SystemExit(2)
    return Path(name).resolve()


def main() -> int:
    """Build, install, use and remove the package, then run the tests, on each release."""
    command = tool()
    if command is None:
        sys.stdout.write(f"check-arm: skipped, nothing was checked: there is no emulated ARM; {VARIABLE}=/path/to/arm names its command\n")
        return 0
    bad = []
    for release in sys.argv[1:] or RELEASES:
        arm = ["bash", str(command)]
        steps = {
            "image": [*arm, "build", release],
            "package": [sys.executable, str(ROOT / "debian/build.py"), "--release", release, "--arch", "arm64"],
            "installed, used, upgraded, removed": [*arm, "run", release, "bash", "-c", TRY],
            "tests": [*arm, "test", release, *PARTS],
        }
        for title, step in steps.items():
            package = ROOT / "dist" / next((path.name for path in (ROOT / "dist").glob(f"*+deb{RELEASES[release]}u1_arm64.deb")), "none")
            source = package if step[-1] == TRY else Path(os.devnull)
            with source.open("rb") as given:
                code = subprocess.run(step, cwd=ROOT, stdin=given, check=False).returncode
            sys.stdout.write(f"{'ok   ' if code == 0 else 'FAIL '} {release}: {title}\n")
            sys.stdout.flush()
            if code:
                bad.append(f"{release}: {title}")
    sys.stdout.write(f"check-arm: {', '.join(bad) or 'all well'}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
