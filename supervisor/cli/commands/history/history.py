"""Print or write what a bench measured: every reading, or means.

The recorder of the bench is asked, through its page; on the bench itself its files do, too.
Outputs have names as sensors do; NAME.asked is the set-point of an output.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recorder.asking import Question, ask_files, ask_page, parts, told
from supervisor.cli.options import address, complain, failed, output
from supervisor.exits import EX_IOERR, EX_OK, EX_USAGE

if TYPE_CHECKING:
    from pilotage.history.columns import Columns
    from pilotage.history.table import Style

HELP = "show or export what was measured"
EXAMPLES = """examples:
  pilotage history t_resistance                         every reading of the last hour
  pilotage history t_resistance --from 2h --every 10s   means over 10 s
  pilotage history t_entree t_sortie resistance --from 2026-11-23 --to 2026-11-24 --every 1min -o day.csv
  pilotage history t_entree --every 1min --separator ';' --decimal ,     as a French Excel wants it
  pilotage history t_entree --from 30d --format hdf5 -o month.h5
"""
FORMATS: Final = ("csv", "json", "hdf5", "parquet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the names, the stretch of time, and how it is written."""
    parser.add_argument("names", nargs="+", metavar="NAME[.CHANNEL]", help="a sensor, a channel, an output, or OUTPUT.asked")
    parser.add_argument("--from", dest="start", default="1h", metavar="WHEN", help="2h (ago), 2026-11-23, 2026-11-23T12:00 (default: 1h)")
    parser.add_argument("--to", dest="end", default="now", metavar="WHEN", help="the same, or now (default)")
    parser.add_argument("--every", metavar="DURATION", help="means over 10s, 1min, 1h; without it, every reading")
    parser.add_argument("--format", choices=FORMATS, default="csv", help="default: csv; hdf5 and parquet need the extra `export`")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to; without it, to the terminal")
    parser.add_argument("--shape", choices=("wide", "long"), help="csv: a column per name (default with --every), or a row per reading")
    parser.add_argument("--separator", default=",", metavar="SIGN", help="csv: what stands between fields (default: ,)")
    parser.add_argument("--decimal", default=".", choices=(".", ","), help="csv: the decimal sign (default: .)")
    parser.add_argument("--bom", action="store_true", help="csv: begin with the mark by which Excel knows UTF-8")
    parser.add_argument("--store", type=Path, metavar="FOLDER", help="read the files of this folder, rather than ask the recorder")
    parser.add_argument("--page", metavar="URL", help="the page of the bench (default: port 8080 of the daemon's computer)")
    parser.add_argument("--endpoint", type=address, metavar="ADDRESS", help="the daemon whose computer has the page; as with `read`")


def main(arguments: argparse.Namespace) -> int:
    """Write what was measured; return 0, or an exit code."""
    from pilotage import ClientError

    try:
        question = Question.of(arguments.names, arguments.start, arguments.end, arguments.every, time.time())
    except ValueError as error:
        return complain("history", str(error), EX_USAGE)
    if arguments.format in {"hdf5", "parquet"} and arguments.output is None:
        return complain("history", f"{arguments.format} goes into a file: add -o FILE", EX_USAGE)
    if arguments.format == "csv" and arguments.separator == arguments.decimal:
        return complain("history", "separator and decimal sign must differ: with --decimal , write --separator ';'", EX_USAGE)
    try:
        source = ask_files(arguments.store) if arguments.store else ask_page(arguments.page, arguments.endpoint, os.environ)
        found = told(parts(question, source), question, sys.stderr)
        return _written(found, question, arguments)
    except ClientError as error:
        return failed(error)
    except OSError as error:
        return complain("history", f"{arguments.output or 'the output'}: {error.strerror or error}", EX_IOERR)


def _written(found: Iterator[Columns], question: Question, arguments: argparse.Namespace) -> int:
    from pilotage.history import files
    from pilotage.history.table import BOM, lines

    match arguments.format:
        case "csv":
            with output(arguments.output) as out:
                out.write(BOM if arguments.bom else "")
                out.writelines(lines(found, _style(arguments, question)))
        case "json":
            document = files.joined(list(found)).document()
            with output(arguments.output) as out:
                json.dump(document, out, ensure_ascii=False)
                out.write("\n")
        case "hdf5":
            files.to_hdf5(files.joined(list(found)), arguments.output)
        case _:
            files.to_parquet(files.joined(list(found)), arguments.output)
    return EX_OK


def _style(arguments: argparse.Namespace, question: Question) -> Style:
    from pilotage.history.table import Style

    return Style(arguments.shape or ("long" if question.every is None else "wide"), arguments.separator, arguments.decimal)
