"""Have a loop find its constants: a pulse of power, the decay after it, and a fit of all that was seen.

It takes two to three minutes on a small bench, with the interlocks at work. The result is kept by the daemon, never written into config.py.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import TYPE_CHECKING, Final

from supervisor.cli.options import add_endpoint, complain, connect, failed, number
from supervisor.cli.outcome import tuning_in_words
from supervisor.cli.watch.curve import picture
from supervisor.exits import EX_IOERR, EX_OK

if TYPE_CHECKING:
    from pilotage import Client
    from pilotage.documents import TuneStatus

HELP = "have a loop find its constants"
EXAMPLES = """examples:
  pilotage tune chauffe               a pulse: the bench should be cold and at rest
  pilotage tune chauffe --fan         then measure what the loop's fan carries away, too
  pilotage tune chauffe --around 45   switch around 45 °C instead, for a bench that must stay there

Ctrl-C breaks it off, and so do `pilotage off`, a hand on the output, an interlock, a reload and a lost sensor.
Refused, it leaves the constants that were there; the exit code is 74 then.
"""
POLL: Final = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the loop, how it is tuned, and where the daemon is."""
    parser.add_argument("name", metavar="NAME", help="a loop's name from config.py")
    parser.add_argument("--around", type=number, metavar="VALUE", help="switch around this value instead of one pulse")
    parser.add_argument("--fan", action="store_true", help="measure what its fan carries away as well")
    add_endpoint(parser)


def main(arguments: argparse.Namespace) -> int:
    """Show the progress until it is over, then what was found; return 0, or why not."""
    from pilotage import ClientError

    wanted = {"fan": arguments.fan} | ({} if arguments.around is None else {"around": arguments.around})
    try:
        with connect(arguments) as client:
            begun = client.loop(arguments.name, tune=wanted)["tune"]
            for sentence in [] if arguments.json or begun is None else begun["beware"]:
                print(f"beware: {sentence}", flush=True)
            try:
                tune = _watch(client, arguments.name, quiet=arguments.json)
            except KeyboardInterrupt:
                client.hold(arguments.name, 0)
                complain("tune", "broken off; the output is at its safe value", EX_OK)
                return 130
    except ClientError as error:
        return failed(error)
    if arguments.json:
        print(json.dumps(tune, indent=2, ensure_ascii=False))
        return EX_OK if tune["accepted"] else EX_IOERR
    print("\n".join(picture(tune.get("record", []))))
    if not tune["accepted"]:
        return complain("tune", f"{arguments.name} is not tuned: {tune['verdict']}", EX_IOERR)
    print(f"{arguments.name} is tuned in {tune['elapsed_s']:.0f} s: {tune['verdict']}")
    print(f"The daemon keeps that. To have it in config.py, paste into the entry of {arguments.name} in LOOPS:\n  {tune['line']}")
    return EX_OK


def _watch(client: Client, name: str, *, quiet: bool) -> TuneStatus:
    """Return what became of the tuning, when it is over; say where it is meanwhile, a line per phase and one each ten seconds."""
    said = ("", -1)
    while True:
        status = client.loop(name)
        tune = status["tune"]
        assert tune is not None  # noqa: S101 - one was begun
        if tune["accepted"] is not None:
            return tune
        now = (tune["phase"], int(tune["elapsed_s"] // 10))
        if now != said and not quiet:
            said = now
            value = "" if status["value"] is None else f"{status['value']:.2f} {status['units']}, "
            print(f"{value}{tuning_in_words(tune)}", flush=True)
        time.sleep(POLL)
