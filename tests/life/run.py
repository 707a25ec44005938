"""Many lives, one after the other, from seeds: `python -m tests.life.run [minutes] [--seed N]`, five minutes by default.

The lives of a seed are the same at every run, but for what the threads of one moment do first. Exit code 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from typing import Any, Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.life.model import Life

EXAMPLES: Final = 5
STEPS: Final = 40
"""Lives of one seed, and steps of each, at most."""


def live(number: int, examples: int = EXAMPLES, steps: int = STEPS, *, shorten: bool = False) -> None:
    """Live the lives of a seed; raises what broke, with the steps that led to it. `shorten` looks for the fewest, which takes minutes."""
    phases = [Phase.generate, *([Phase.shrink] if shorten else [])]
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(seed(number)(Life), settings=chosen)


def words(error: BaseException) -> str:
    """Return what a broken promise says: what it is, and what led to it."""
    inner: BaseException = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    notes = getattr(inner, "__notes__", [])
    if not notes:
        return "".join(traceback.format_exception(inner))
    return "\n".join([f"{type(inner).__name__}: {inner}", notes[0]])


def main() -> int:
    """Live for as long as was asked; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", type=float, nargs="?", default=5.0)
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="the first of the seeds that are lived, one after the other"
    )
    parser.add_argument("--once", action="store_true", help="the lives of this seed only")
    parser.add_argument("--shorten", action="store_true", help="look for the fewest steps that break it, for minutes if need be")
    arguments: Any = parser.parse_args()
    until, number, broken = time.monotonic() + arguments.minutes * 60, arguments.seed, 0
    while number == arguments.seed or (time.monotonic() < until and not arguments.once):
        try:
            live(number, shorten=arguments.shorten)
        except (AssertionError, BaseExceptionGroup) as error:
            broken += 1
            print(f"seed {number}: {words(error)}\n  again: python3 dev.py life --seed {number} --once", flush=True)
        number += 1
    print(
        f"{number - arguments.seed} seeds from {arguments.seed}: {Life.lives} lives, {Life.steps} steps, "
        f"{Life.seconds / 3600:.1f} h of a bench; {broken} broken promises"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
