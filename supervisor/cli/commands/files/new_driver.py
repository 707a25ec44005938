"""Begin a driver of your own: a driver, a simulated chip and a test that pass as they stand, to be changed into those of your chip.

They go into the folder `drivers` beside the bench's file, where the daemon looks for drivers; nothing that is there is replaced.
"""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import Final

from supervisor.cli.options import add_config, complain
from supervisor.exits import EX_CANTCREAT, EX_OK, EX_USAGE

HELP = "begin a sensor driver of your own, with a simulated chip and a test"
EXAMPLES = """examples:
  pilotage new-driver SHT45
  pilotage new-driver SHT45 --config /etc/pilotage/config.py    beside that bench's file
"""
_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_TEMPLATES: Final = Path(__file__).resolve().parents[3] / "setup" / "template"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name and `--config`."""
    parser.add_argument("name", metavar="NAME", help="what config.py will call it: capital letters and digits, as SHT45")
    add_config(parser)


def main(arguments: argparse.Namespace) -> int:
    """Write the three files; return 0, 64 for a name that cannot be one, 73 where a file is there already or cannot be written."""
    from actors.drivers import SENSOR_DRIVER_REGISTRY
    from supervisor.configuration import ConfigurationError, find

    name = arguments.name
    if not _NAME.fullmatch(name):
        return complain("new-driver", f"found {name!r}, allowed: capital letters, digits and _, beginning with a letter", EX_USAGE)
    if name in SENSOR_DRIVER_REGISTRY:
        return complain("new-driver", f"there is a driver {name} already: `pilotage drivers` lists them", EX_USAGE)
    try:
        beside = find(arguments.config, os.environ, Path.cwd()) or Path.cwd() / "config.py"
    except ConfigurationError:
        beside = Path.cwd() / "config.py"
    folder, module = beside.resolve().parent / "drivers", name.lower()
    tests = folder / "tests"
    files = {
        folder / f"{module}.py": "driver.txt",
        tests / f"{module}_chip.py": "chip.txt",
        tests / f"test_{module}.py": "test.txt",
    }
    for path in files:
        if path.exists():
            return complain("new-driver", f"{path} is there already, and was left as it is", EX_CANTCREAT)
    try:
        tests.mkdir(parents=True, exist_ok=True)
        for path, template in files.items():
            text = (_TEMPLATES / template).read_text(encoding="utf-8")
            path.write_text(text.replace("NAME", name).replace("MODULE", module).replace("HERE", str(path)), encoding="utf-8")
            print(f"wrote {path}")
    except OSError as error:
        return complain("new-driver", f"{error.filename}: {error.strerror}", EX_CANTCREAT)
    print(f"try it: python3 -m pytest {tests}/test_{module}.py; in config.py: 'driver': '{name}'; how a driver is made: add-a-sensor.md")
    return EX_OK
