"""Pull the plug of a recorder at random moments: `python3 dev.py powercut [CUTS] [--seed N]`, as root; two minutes for ten.

`--wear SECONDS` measures instead what a day costs the card, without events.

The history is written, in real time, to an ext4 of its own on a loop device. A cut is a copy of the device while the recorder writes:
what the kernel had not sent to it is lost, as with the plug. Each copy is mounted, opened by another recorder, and looked at.
Ends with exit code 0 when no answer was wrong, no event and no reading older than 10 s was lost that the recorder had been told.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.history_load import CHANNELS, happens, parts, value
from recorder.store import Store
from recorder.store.store import COMMIT_EVERY

MOUNT, UMOUNT, FINDMNT, MKFS = "/usr/bin/mount", "/usr/bin/umount", "/usr/bin/findmnt", "/usr/sbin/mkfs.ext4"
MEGABYTES: Final = 48
MOST_A_DAY: Final = 150
"""MB; the same readings a row each, committed each second, are 3000."""
HALF_AN_HOUR: Final = 1800
PART: Final = 1.0
"""s that a part covers: what is younger has not reached the recorder."""
SLACK: Final = 1.0
"""s that a busy machine may take to write, beyond what is promised."""


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    """Mount an image, for as long as it is used."""
    place.mkdir(exist_ok=True)
    subprocess.run([MOUNT, "-o", "loop,noatime,commit=5", str(image), str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run([UMOUNT, str(place)], check=True)


def write(folder: Path, *, events: bool) -> None:
    """Record a bench in real time until stdin is closed. A process of its own."""
    # Without events, the file is first brought to where it is after half an hour.
    store, start = Store(folder), float(round(time.time()) + 1 - (0 if events else HALF_AN_HOUR))
    os.set_blocking(sys.stdin.fileno(), False)
    for part in parts(start, 86_400, events=events):
        time.sleep(max(part["now"] - time.time(), 0.0))
        store.append(part)
        if part["now"] < time.time() - 2 and round(part["now"]) % COMMIT_EVERY == 0:
            store.commit()
        if sys.stdin.buffer.read(1) == b"":
            return


def written(place: Path) -> int:
    """Return the bytes that the device below `place` was sent."""
    device = subprocess.run([FINDMNT, "-no", "SOURCE", str(place)], check=True, capture_output=True, text=True).stdout.strip()
    return int(Path("/sys/block", Path(device).name, "stat").read_text().split()[6]) * 512


def look(image: Path, place: Path, begin: float, cut: float) -> tuple[list[str], float, float]:
    """Return what is wrong with the history on a copy, and of how many seconds readings and events are missing at its end."""
    wrong: list[str] = []
    with mounted(image, place) as root:
        store = Store(root / "history", say=lambda _level, event, text: wrong.append(f"{event}: {text}"))
        series = store.read(CHANNELS, begin, cut + 60).series
        seen = {round(event.time) for event in store.events(begin, cut + 60, 100_000) if event.event == "tick"}
        store.close()
    for number, name in enumerate(CHANNELS):
        one = series[name]
        wrong += [f"{name}: {at}" for at, found in zip(one.time, one.value, strict=True) if found != value(number, int(at))][:1]
        wrong += [f"{name}: a hole before {b}" for a, b in zip(one.time, one.time[1:], strict=False) if int(b) != int(a) + 1][:1]
    last = min((one.time[-1] for one in series.values() if one.time), default=begin)
    first = min((one.time[0] for one in series.values() if one.time), default=begin)
    due = {second for second in range(round(first), int(cut - PART)) if happens(second)}
    return wrong, cut - PART - last, cut - PART - min(due - seen, default=cut)


def main() -> int:
    """Cut, look, and print a row each; return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cuts", type=int, nargs="?", default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--wear", type=float, metavar="SECONDS")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write is not None:
        write(arguments.write, events=arguments.wear is None)
        return 0
    if sys.platform != "linux" or os.geteuid() != 0:
        print("powercut: skipped: it mounts a loop device, which only root of a Linux may")
        return 0
    with TemporaryDirectory() as here:
        if arguments.wear is not None:
            return wear(Path(here), arguments.wear)
        print(f"powercut: {arguments.cuts} cuts, seed {arguments.seed}")
        return cut_often(Path(here), arguments.cuts, random.Random(arguments.seed))


def cut_often(here: Path, cuts: int, chance: random.Random) -> int:
    """Let a recorder write and pull its plug, so many times; return 1 if anything was wrong."""
    copy, broken = here / "copy.img", 0
    with recorded(here) as (image, _):
        begin = time.time() + 2
        time.sleep(6)
        for number in range(cuts):
            time.sleep(chance.uniform(1, 14))
            cut = time.time()
            shutil.copyfile(image, copy)
            wrong, readings, events = look(copy, here / "look", begin, cut)
            bad = bool(wrong) or readings > COMMIT_EVERY + SLACK or events > SLACK
            broken += bad
            print(
                f"{number + 1:4}  after {cut - begin:5.1f} s: readings lost {readings:5.1f} s, events lost {max(events, 0):4.1f} s", *wrong
            )
    return int(broken > 0)


def wear(here: Path, seconds: float) -> int:
    """Print what a day would cost the card, from what some minutes do; return 1 beyond the limit."""
    with recorded(here) as (_, card):
        time.sleep(30)
        begin, before = time.time(), written(card)
        time.sleep(seconds)
        megabytes = (written(card) - before) / (time.time() - begin) * 86400 / 1e6
    print(f"{megabytes:.0f} MB a day to the card, limit {MOST_A_DAY}")
    return int(megabytes > MOST_A_DAY)


@contextmanager
def recorded(here: Path) -> Iterator[tuple[Path, Path]]:
    """Have a recorder write to a file system of its own; yield its image, and where it is mounted."""
    image = here / "card.img"
    with image.open("wb") as file:
        file.truncate(MEGABYTES * 1_000_000)
    subprocess.run([MKFS, "-q", str(image)], check=True)
    with mounted(image, here / "card") as card:
        command = [sys.executable, __file__, "--write", str(card / "history"), *sys.argv[1:]]
        recorder = subprocess.Popen(command, stdin=subprocess.PIPE)
        try:
            yield image, card
        finally:
            recorder.communicate()


if __name__ == "__main__":
    sys.exit(main())
