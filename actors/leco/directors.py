"""What PyMoDAQ's director modules call (5.1 and newer): the answer to a call is null, what it asked for is a call of ours.

A director is answered under the name it asked with; nobody else is told. Positions and readings go as JSON, never as its own binary form.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

from actors.errors import Fault
from actors.leco.asking import Asking, Turn
from actors.leco.grabs import frame
from actors.leco.names import Thing

_DECIMALS: Final = 6
"""Of a relative move: -28 arrives as -28.00000000000011 after it was turned into units and back."""
_NO_READING: Final = Fault("unavailable", "there is nothing to read here: the bench has no sensor")
_TOO_MANY: Final = Fault("busy", "too many live grabs are running already")
_NO_HOME: Final = Fault("unavailable", "a loop has no safe value; switch its output off instead")
_UNKNOWN: Final = Fault("unavailable", "it is not known where the output is; set it to a value first")


class Directors(Asking):
    """Everything belongs to the actor's thread. `call(name, director, method, params)` calls a director, which is not waited for."""

    things: dict[str, Thing]

    def call(self, turn: Turn, method: str, params: dict[str, Any]) -> None:
        """Call whoever made this call."""
        self.grabs.call(turn.name, turn.sender, method, params)

    def _get_settings(self, turn: Turn) -> None:
        """Answer, then say in which units an output is set, and where it is: with that the director goes over to JSON."""
        thing = turn.thing
        if thing is None or not thing.drives:
            self.give(turn)
            return

        def then(values: list[Any]) -> None:
            self.give(turn)
            self.call(turn, "set_units", {"units": thing.units})
            self._position(turn, values)

        self.read(turn, (thing,), then)

    def _get_actuator_value(self, turn: Turn) -> None:
        assert turn.thing is not None  # noqa: S101 - the table of methods offers it to no other name

        def then(values: list[Any]) -> None:
            if isinstance(values[0], dict):
                self.refuse(turn, Fault(values[0]["code"], values[0]["value"]))
            else:
                self.give(turn)
                self._position(turn, values)

        self.read(turn, (turn.thing,), then)

    def _position(self, turn: Turn, values: list[Any]) -> None:
        if isinstance(values[0], float | int):
            self.call(turn, "send_position", {"data": {"position": values[0]}})

    def _move_abs(self, turn: Turn) -> None:
        position = number(turn.call.params["position"])
        if position is None:
            self.wrong(turn, "position is a finite number in the output's units; null means that the director has to be initialised again")
        else:
            self._move(turn, position)

    def _move_rel(self, turn: Turn) -> None:
        step, here = number(turn.call.params["position"]), self._here(turn)
        if step is None:
            self.wrong(turn, "position is a finite number in the output's units")
        elif here is None:
            self.refuse(turn, _UNKNOWN)
        else:
            self._move(turn, round(here + step, _DECIMALS))

    @staticmethod
    def _here(turn: Turn) -> float | None:
        """Return where the next relative move begins, as far as that is known."""
        assert turn.thing is not None  # noqa: S101 - the table of methods offers moves to outputs and loops alone
        if turn.thing.loop is not None:
            reading = turn.thing.loop.cell.reading if turn.thing.loop.cell is not None else None
            value = reading.values.get(turn.thing.loop.pins[0]) if reading is not None else None
            return value if isinstance(value, float) else None
        cell = turn.thing.output.cell if turn.thing.output is not None else None
        if cell is None:
            return None
        return cell.read_back if cell.asked is None or cell.safe_reason is not None else cell.asked

    def _move_home(self, turn: Turn) -> None:
        """Go to the safe value; a loop has none, so that it is refused."""
        assert turn.thing is not None  # noqa: S101 - as above
        if turn.thing.output is None:
            self.refuse(turn, _NO_HOME)
        else:
            self._move(turn, turn.thing.output.spec.safe)

    def _stop_motion(self, turn: Turn) -> None:
        """Let an output that follows a ramp stay where it is; anything else is where it was asked to be."""
        assert turn.thing is not None  # noqa: S101 - as above
        cell = turn.thing.output.cell if turn.thing.output is not None else None
        if cell is not None and cell.ramp is not None and cell.read_back is not None:
            self._move(turn, cell.read_back)
        else:
            self.give(turn)

    def _move(self, turn: Turn, position: float) -> None:
        thing = turn.thing
        assert thing is not None  # noqa: S101 - as above

        def then(read_back: list[Any]) -> None:
            self.give(turn)
            if thing.output is not None:
                self.grabs.moving(turn.name, turn.sender, thing.output)
            else:
                self.call(turn, "set_move_done", {"data": {"position": read_back[0]}})

        self.set(turn, [replace(thing.component, value=position)], then)

    def _shown(self, turn: Turn) -> tuple[Thing, ...]:
        """Return what a viewer of this name shows: at the bench's own the first channel of each sensor."""
        return (turn.thing,) if turn.thing is not None else tuple(thing for thing in self.things.values() if thing.first)

    def _send_data_snap(self, turn: Turn) -> None:
        shown = self._shown(turn)

        def then(values: list[Any]) -> None:
            pairs = [(thing, value) for thing, value in zip(shown, values, strict=True) if not isinstance(value, dict)]
            if pairs:
                self.give(turn)
                self.call(turn, "set_data", frame(pairs))
            else:
                self.refuse(turn, Fault(values[0]["code"], values[0]["value"]) if values else _NO_READING)

        self.read(turn, shown, then)

    def _send_data_grab(self, turn: Turn) -> None:
        if self.grabs.begin(turn.name, turn.sender, self._shown(turn)):
            self.give(turn)
        else:
            self.refuse(turn, _TOO_MANY)

    def _stop_grab(self, turn: Turn) -> None:
        self.grabs.stop(turn.name, turn.sender)
        self.give(turn)


def number(value: Any) -> float | None:
    """Return a finite number as one, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None
