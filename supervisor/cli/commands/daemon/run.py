"""Start the daemon: take the port and the hardware, make the outputs safe, start the sensors, answer clients."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from supervisor.cli.options import LEVELS, add_config, complain
from supervisor.daemon.rlimits import too_few
from supervisor.exits import EX_CONFIG, EX_OK, EX_UNAVAILABLE, EX_USAGE

HELP = "start the daemon"
EXAMPLES = """examples:
  pilotage run --simulate                 a bench on this PC, with simulated chips, for this PC alone
  pilotage run --simulate --bind '*'      the same for everybody who reaches this PC
  pilotage run --simulate --web 8090      the same with its page at http://127.0.0.1:8090
  pilotage run --config bench2.py         the bench that bench2.py describes
  pilotage run --bind 127.0.0.1           for clients on this machine only
"""
if TYPE_CHECKING:
    from actors.bench.devices import Bench
    from actors.bench.page import Page

MAX_PORT = 65535
MAX_SPEED = 10_000
WEB = "PILOTAGE_WEB"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `run` understands; each has an environment variable of the same name."""
    add_config(parser)
    parser.add_argument(
        "--bind",
        metavar="ADDRESS",
        help="listen on this address (default: BIND in config.py, else all; this computer alone for a simulated bench)",
    )
    parser.add_argument("--port", type=_port, help="listen on this port (default: PORT in config.py, else 5555; 0 = any free one)")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--simulate", dest="simulate", action="store_true", default=None, help="simulated chips and outputs")
    mode.add_argument(
        "--hardware", dest="simulate", action="store_false", default=None, help="the real bus and outputs, whatever machine this is"
    )
    page = parser.add_mutually_exclusive_group()
    page.add_argument(
        "--web", type=_port, metavar="PORT", help="simulation only: port of the page in a browser (default: 8080; 0 = any free one)"
    )
    page.add_argument("--no-web", action="store_true", help="simulation only: no page, and no history")
    parser.add_argument("--state", metavar="DIR", type=Path, help="simulation only: keep the history in this folder (default: forget it)")
    parser.add_argument("--log-level", type=str.lower, choices=LEVELS, help="what is recorded (default: info)")
    parser.add_argument("--speed", type=_speed, default=1.0, metavar="FACTOR", help="simulation only: physics this many times faster")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; a port is a whole number from 0 to 65535")
    return int(text)


def _speed(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"{text!r} is no factor between 0 and 10000")
    return value


def main(arguments: argparse.Namespace) -> int:
    """Run the daemon; return its exit code."""
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), _nothing_to_end)
    if (few := too_few()) is not None:
        return complain("run", few, EX_UNAVAILABLE)
    try:
        level, port, simulate = _from_environment(arguments)
    except argparse.ArgumentTypeError as error:
        return complain("run", str(error), EX_USAGE)
    bench, path, code = _bench(arguments.config, level)
    if bench is None:
        return code
    from actors.hardware.machine import choose_mode
    from supervisor.daemon.run import run
    from supervisor.daemon.stages import Options

    mode = choose_mode(simulate, bench.roots)
    refusal = _refusal(mode, bench.bus, simulate) if path is None else None
    if mode == "hardware" and not sys.platform.startswith("linux"):
        refusal = refusal or "real hardware needs Linux; `pilotage run --simulate` runs anywhere"
    if refusal is not None:
        return complain("", refusal, EX_CONFIG)
    if path is None:
        complain("", "no config.py found; starting the packaged default bench, simulated", EX_OK)
    try:
        bind, page = _bound(arguments, mode, bench), page_of(arguments, mode, bench)
    except argparse.ArgumentTypeError as error:
        return complain("run", str(error), EX_USAGE)
    port = bench.port if port is None else port
    gc.freeze()  # what is loaded stays: no collection holds the interpreter to look through it again
    return run(Options(bench, mode == "simulated", bind, port, arguments.speed, page, arguments.state))


def _bench(config: str | None, level: str) -> tuple[Bench | None, Path | None, int]:
    """Return what `load_bench` returns, with the keys of `CURVE`; the daemon is loaded and its log begun while the file is read."""
    from supervisor.configuration import ConfigurationError, default_bench_path, find
    from supervisor.configuration.file.apart import Reading

    try:
        path = find(config, os.environ, Path.cwd())
        with Reading(path or default_bench_path()) as reading:
            from supervisor import journal

            journal.set_up(level)
            import supervisor.daemon.run  # noqa: F401 - here, where there is time for it

            bench = reading.bench()
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return None, None, EX_CONFIG
    except OSError as error:
        return None, None, complain("run", f"no process to read the file with: {error.strerror or error}", EX_UNAVAILABLE)
    return bench, path, EX_OK


def _bound(arguments: argparse.Namespace, mode: str, bench: Bench) -> str:
    """Return where the daemon listens; raises ArgumentTypeError."""
    from supervisor.configuration.rules.places import bind_address
    from supervisor.daemon.greeting import LOOPBACK

    bind = arguments.bind or os.environ.get("PILOTAGE_BIND") or (LOOPBACK if mode == "simulated" and bench.bind == "*" else bench.bind)
    try:
        return bind_address(bind).removeprefix("[").removesuffix("]")
    except ValueError:
        raise argparse.ArgumentTypeError(f"{bind!r} is no address to listen on; '*', an IP address or a host name is") from None


def page_of(arguments: argparse.Namespace, mode: str, bench: Bench) -> Page | None:
    """Return the page of a simulated bench: as the command line says, else the environment, else `WEB`; None for none.

    Raises ArgumentTypeError where a real bench is told of one.
    """
    import dataclasses

    from actors.bench.page import Page

    if mode != "simulated":
        if arguments.web is not None or arguments.no_web or arguments.state is not None:
            raise argparse.ArgumentTypeError("--web, --no-web and --state are for a simulated bench; a real one has `pilotage web`")
        return None
    said = os.environ.get(WEB, "").strip().lower()
    if arguments.no_web or (arguments.web is None and said == "off"):
        return None
    port = arguments.web if arguments.web is not None else (_port(said) if said else None)
    page = bench.page or Page()
    return page if port is None else dataclasses.replace(page, port=port)


def _nothing_to_end(_number: int, _frame: object) -> None:
    """End at once and well: this early nothing has been touched."""
    sys.exit(EX_OK)


def _from_environment(arguments: argparse.Namespace) -> tuple[str, int | None, bool | None]:
    """Return level, port and mode: from the command line, else from the environment."""
    environ = os.environ
    level = arguments.log_level or environ.get("PILOTAGE_LOG_LEVEL", "").lower() or "info"
    if level not in LEVELS:
        raise argparse.ArgumentTypeError(f"PILOTAGE_LOG_LEVEL is {level!r}; it is one of {', '.join(LEVELS)}")
    port = arguments.port
    if port is None and environ.get("PILOTAGE_PORT"):
        port = _port(environ["PILOTAGE_PORT"])
    if (page := environ.get(WEB, "").strip().lower()) not in {"", "off"}:
        _port(page)
    simulate = arguments.simulate
    if simulate is None:
        wanted = [name for name in ("SIMULATE", "HARDWARE") if environ.get(f"PILOTAGE_{name}", "") not in {"", "0"}]
        if len(wanted) > 1:
            raise argparse.ArgumentTypeError("PILOTAGE_SIMULATE and PILOTAGE_HARDWARE exclude each other")
        simulate = {"SIMULATE": True, "HARDWARE": False}[wanted[0]] if wanted else None
    return level, port, simulate


def _refusal(mode: str, bus: int, simulate: bool | None) -> str | None:
    """Return why the packaged bench, which is there in place of a file, is not started; None where it is."""
    from actors.hardware.machine import bus_node

    if mode != "hardware":
        return None
    why = "--hardware was asked for" if simulate is False else f"this machine has {bus_node(bus)} or is a Raspberry Pi"
    return (
        "no config.py found (looked at --config, $PILOTAGE_CONFIG, ./config.py, /etc/pilotage/config.py).\n"
        f"The packaged default bench is only ever simulated, and {why}.\n"
        "Name the bench's file with --config, or try `pilotage run --simulate`."
    )
