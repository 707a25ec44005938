"""Print the script that lets a shell complete commands, options, and the names of your sensors and outputs.

The names come from the running daemon: the one of --endpoint and --curve on the line, else $PILOTAGE_ENDPOINT or this computer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from actors.hardware.sim.kinds import BUS, CHIP, FAULT_KINDS, OUTPUT, PIGPIOD, PROBED, PROBES, fitting
from supervisor.cli.completion import candidates, script
from supervisor.cli.options import complain
from supervisor.exits import EX_OK, EX_USAGE

if TYPE_CHECKING:
    from pilotage import Client
    from pilotage.places import Lists

HELP = "print the completion script of a shell"
EXAMPLES = """examples:
  source <(pilotage completion bash)      for this bash; put it into ~/.bashrc to keep it
  source <(pilotage completion zsh)       for this zsh; into ~/.zshrc, after compinit
  pilotage completion fish | source       for this fish; into ~/.config/fish/config.fish
"""
SHELLS: Final = ("bash", "zsh", "fish")
CLEAR: Final = "clear"
TAB_WAITS: Final = 0.5
"""Seconds that a person who pressed Tab waits for names."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the shell, and what the script itself asks with."""
    parser.add_argument("shell", nargs="?", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    text = "print what the last word may become; reads one word a line from stdin (the scripts ask so)"
    parser.add_argument("--words", action="store_true", help=text)


def main(arguments: argparse.Namespace) -> int:
    """Print the script, or the candidates; return 0."""
    if arguments.words:
        return _complete()
    if arguments.shell is None:
        return complain("completion", f"name a shell: {', '.join(SHELLS)}\nTry: pilotage completion --help", EX_USAGE)
    print(script(arguments.shell), end="")
    return EX_OK


def _complete() -> int:
    from supervisor.cli.main import build_parser

    words = sys.stdin.read().removesuffix("\n").split("\n")
    for word, meaning in candidates(build_parser(), words, _names):
        print(f"{word}\t{meaning}" if meaning else word)
    return EX_OK


def _names(command: str, before: Sequence[str], endpoint: str | None, curve: str | None) -> list[str]:
    from pilotage import Client, ClientError

    try:
        with Client(endpoint, TAB_WAITS, curve) as client:
            return _names_of(command, before, client)
    except ClientError:
        return [*FAULT_KINDS, CLEAR] if command == "fault" and before else []


def _names_of(command: str, before: Sequence[str], client: Client) -> list[str]:
    match command:
        case "read":
            return client.names()
        case "set":
            return [output["child"] for output in client.scan()["actuator"]]
        case "reset" | "hold" | "tune":
            status = client.status()
            return [*status["interlocks"], *status["outputs"]] if command == "reset" else [*status.get("loops", {})]
        case "fault" if before:
            return _kinds(before[0], client.scan())
        case "fault":
            lists = client.scan()
            things = [
                *(sensor.get("sensor", sensor["child"]) for sensor in lists["detector"]),
                *(output["child"] for output in lists["actuator"] if output["driver"] != "LOOP"),
            ]
            return [*dict.fromkeys(things), BUS, PIGPIOD, "all"]
        case _:
            return [name for name, child in client.status()["children"].items() if child["kind"] != "gateway"]


def _kinds(target: str, lists: Lists) -> list[str]:
    """Return what `target` can suffer."""
    if target in {BUS, PIGPIOD}:
        return [*fitting(target), CLEAR]
    if any(target in {output["child"], output["name"]} for output in lists["actuator"]):
        return [*fitting(OUTPUT), CLEAR]
    drivers = {sensor["driver"] for sensor in lists["detector"] if target in {sensor["child"], sensor["name"], sensor["address"]}}
    if not drivers:
        return [CLEAR]
    return [*(kind for kind in fitting(CHIP) if kind not in PROBED or drivers & PROBES), CLEAR]
