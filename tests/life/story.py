"""How a life is told: the steps that were taken, so that a broken promise says what led to it even where it does not come again."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from tests.life.broken import BrokenPromiseError

Step = TypeVar("Step", bound=Callable[..., None])


def told(step: Step) -> Step:
    """Have a rule noted in the `story` of its machine, and in the error that it ends with."""

    @functools.wraps(step)
    def tell(machine: Any, *inside: Any, **facts: Any) -> None:
        if inside:  # a part of another step
            step(machine, *inside)
            return
        machine.story.append(f"{step.__name__}({', '.join(f'{name}={value!r}' for name, value in sorted(facts.items()))})")
        try:
            step(machine, **facts)
        except BrokenPromiseError as error:
            error.add_note("what led to it:\n  " + "\n  ".join(machine.story))
            raise

    return tell  # type: ignore[return-value]
