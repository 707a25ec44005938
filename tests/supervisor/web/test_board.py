"""What the page is told of a bench that changes."""

from __future__ import annotations

from typing import Any

from pilotage.errors import UnreachableError
from supervisor.web.board import Board
from tests.recorder.parts import Parts


class Changing:
    """A daemon whose bench is another one each time, and which does not answer now and then."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)

    def describe(self) -> Any:
        name = self.answers.pop(0)
        if name is None:
            raise UnreachableError("unreachable", "no daemon listens there")
        return {"sensors": [], "outputs": [], "loops": [], "name": name}


def test_a_bench_that_was_changed_is_asked_about_until_there_is_an_answer() -> None:
    board, parts = Board(Changing("one", None, "two"), lambda _: None), Parts()  # type: ignore[arg-type]
    seen = []
    for events in ([], [(1.0, "config_reloaded")], [], []):
        board.take(parts.part(1.0, events=events))
        seen.append(dict(board.description or {})["name"])
    assert seen == ["one", "one", "two", "two"]
