"""A few lives of a bench in every run of the tests; `python3 dev.py life` lives for minutes."""

from __future__ import annotations

import random

import pytest

from tests.life.run import live, words

LIVES, STEPS = 3, 15


def test_whatever_happens_to_a_bench_in_whatever_order_its_promises_hold() -> None:
    number = random.randrange(10**6)  # another one for each `--randomly-seed`
    try:
        live(number, LIVES, STEPS)
    except (AssertionError, BaseExceptionGroup) as error:
        pytest.fail(f"seed {number} ({LIVES} lives of {STEPS} steps): {words(error)}", pytrace=False)
