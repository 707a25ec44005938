"""Read sensors and outputs of a running daemon.

Without --max-age a value is as fresh as its chip can make it.
Several names are read at once, and channels of one chip from one measurement.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pilotage import names
from pilotage.words import level, number
from supervisor.cli.options import add_endpoint, connect, failed, seconds
from supervisor.cli.outcome import loop_in_words, scale_of
from supervisor.exits import EX_OK

if TYPE_CHECKING:
    from pilotage import Client, ClientError
    from pilotage.documents import Detail

HELP = "read sensors and outputs"
EXAMPLES = """examples:
  pilotage read t_resistance              a sensor of config.py
  pilotage read chauffe                   a loop: what it holds, and how
  pilotage read rh_sortie.temp            another channel than its first one
  pilotage read t_entree t_sortie         several at once
  pilotage read 0x48 GPIO18               by I2C address, by pin
  pilotage read t_resistance --max-age 0  from a new measurement
  pilotage read t_resistance --json       with time, age, quality and accuracy
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the names, `--max-age`, and where the daemon is."""
    parser.add_argument("names", nargs="+", metavar="NAME[.CHANNEL]", help="a name from config.py, an address (0x48) or a pin (GPIO18)")
    parser.add_argument("--max-age", type=seconds, metavar="SECONDS", help="no reading older than this; 0: a new measurement")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Print each value with its units; return 0, or the exit code of the first that could not be read."""
    from pilotage import ClientError

    try:
        with connect(arguments) as client:
            found = client.read_details(arguments.names, max_age=arguments.max_age)
            scales = _scales(client, found)
            loops = {name: client.loop(name) for name, detail in found.items() if _is_loop(detail)}
    except ClientError as error:
        return failed(error)
    good: dict[str, Any] = {name: loops.get(name, detail) for name, detail in found.items() if not isinstance(detail, ClientError)}
    if arguments.json:
        print(json.dumps(good if len(found) > 1 else next(iter(good.values()), None), indent=2, ensure_ascii=False))
    elif good:
        width = max(map(len, good)) if len(found) > 1 else 0
        print(
            "\n".join(
                f"{name:<{width}}  {_shown(detail, scales.get(name))}" if width else _shown(detail, scales.get(name))
                for name, detail in good.items()
            )
        )
    codes = [failed(error, name if len(found) > 1 else "") for name, error in found.items() if isinstance(error, ClientError)]
    return codes[0] if codes else EX_OK


def _scales(client: Client, found: Mapping[str, Detail | ClientError]) -> dict[str, str]:
    """Return what stands behind the read-backs of the outputs among what was read."""
    from pilotage import ClientError

    outputs = [name for name, detail in found.items() if not isinstance(detail, ClientError) and detail["channel"] is None]
    lists = client.scan() if outputs else None
    found_at = {} if lists is None else {name: names.output(names.to_read(name, lists), lists) for name in outputs}
    return {name: scale_of(output) for name, output in found_at.items() if output is not None}


def _is_loop(detail: Detail | ClientError) -> bool:
    return isinstance(detail, dict) and detail["channel"] == "set_point"


def _shown(detail: Any, scale: str | None) -> str:
    if "set_point" in detail:
        return loop_in_words(detail)
    mark = " (simulated)" if detail["quality"] == "simulated" else ""
    value = f"{number(detail['value'])} {detail['units']}".rstrip() if scale is None else level(detail["value"], scale)
    return value + mark
