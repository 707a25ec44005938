"""One call after the other: whether it may be made at all, and what plain LECO programs call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from actors.errors import Fault
from actors.gateway.reading.reads import Reads
from actors.gateway.routes import Routes
from actors.gateway.writes import Writes
from actors.leco.asking import LATE, Turn
from actors.leco.desk import Desk
from actors.leco.directors import Directors, number
from actors.leco.grabs import Grabs
from actors.leco.methods import METHODS, discover, problem
from actors.leco.names import STATUS, UNITS, VALUE, Thing, parameters, things
from actors.messages import Tell
from pilotage.wire import leco

MOST_NAMES: Final = 256
"""Parameters of one call."""
_SHOWN: Final = 20
_READ_ONLY: Final = Fault("read_only", "this bench is only read over LECO; 'drive': True in LECO of config.py lets it be driven")
_NO_OFF: Final = Fault("read_only", "this bench is only read over LECO; 'off': True in LECO of config.py lets it be switched off from here")
_ACTIONS: Final = Fault("unknown_action", "the actions are: off; retry and reset, with one name in args")


class Serving(Directors):
    """Everything belongs to the actor's thread."""

    def __init__(
        self, bench: str, desk: Desk, reads: Reads, writes: Writes, grabs: Grabs, supervisor: Tell, answer: Callable[[Turn, bytes], None]
    ) -> None:
        super().__init__(desk, reads, writes, grabs, supervisor, answer)
        self.bench, self.drive, self.may_be_off = bench, False, False
        self.things = {}
        self._parameters: dict[str, Thing] = {}
        self._table: Mapping[str, Callable[[Turn], None]] = {name: getattr(self, "_" + name.replace(".", "_")) for name in METHODS}

    def follow(self, routes: Routes, *, drive: bool, off: bool) -> None:
        """Serve the names of another bench; `off`: the action of that name also where nothing else may be driven."""
        self.drive, self.may_be_off, self._routes = drive, drive or off, routes
        self.things = things(self.bench, routes)
        self._parameters = parameters(self.things)
        self._plans.clear()

    def serve(self, turn: Turn) -> None:
        """Serve one call; whatever is wrong with it is answered."""
        wrong = problem(turn.call, turn.thing, output=turn.output)
        if wrong is not None:
            self._answer(turn, leco.error(turn.call.id, *wrong))
        elif METHODS[turn.call.method].drives and not self.drive and not (self.may_be_off and turn.switches_off):
            self.refuse(turn, _NO_OFF if turn.switches_off else _READ_ONLY)
        else:
            self._table[turn.call.method](turn)

    def _pong(self, turn: Turn) -> None:
        self.grabs.heard(turn.name, turn.sender, self._shown(turn))
        self.give(turn)

    def _set_remote_name(self, turn: Turn) -> None:
        self.give(turn)

    def _rpc_discover(self, turn: Turn) -> None:
        self.give(turn, discover(turn.name, turn.thing, output=turn.output))

    def _get_parameters(self, turn: Turn) -> None:
        names = turn.call.params["parameters"]
        if not isinstance(names, list) or not 0 < len(names) <= MOST_NAMES or not all(isinstance(name, str) for name in names):
            self.wrong(turn, f"parameters is a list of 1 to {MOST_NAMES} names")
            return
        known, more = self._known(turn.thing), UNITS if turn.thing is not None else STATUS
        unknown = [name for name in names if name not in known and name != more]
        if unknown:
            self.refuse(turn, Fault("unknown_parameter", f"there is no parameter {_named(unknown[0])}; there are: {_some([*known, more])}"))
            return
        read = {name: known[name] for name in names if name != more}
        if more not in names:
            self._read(turn, read, {})
        elif turn.thing is not None:
            self._read(turn, read, {UNITS: turn.thing.units})
        else:
            self.ask(turn, STATUS, {}, lambda status: self._read(turn, read, {STATUS: status}))

    def _known(self, thing: Thing | None) -> Mapping[str, Thing]:
        return self._parameters if thing is None else {VALUE: thing}

    def _read(self, turn: Turn, wanted: Mapping[str, Thing], more: Mapping[str, Any]) -> None:
        """Answer with a value for each name: null for one that cannot be read, an error when none of them can."""

        def then(values: list[Any]) -> None:
            faults = [value for value in values if isinstance(value, dict)]
            if faults and len(faults) == len(values):
                self.refuse(turn, Fault(faults[0]["code"], "; ".join(dict.fromkeys(fault["value"] for fault in faults))))
            else:
                numbers = [None if isinstance(value, dict) else value for value in values]
                self.give(turn, {**dict(zip(wanted, numbers, strict=True)), **more})

        self.read(turn, wanted.values(), then)

    def _set_parameters(self, turn: Turn) -> None:
        wanted = turn.call.params["parameters"]
        known = {name: thing for name, thing in self._known(turn.thing).items() if thing.drives}
        if not isinstance(wanted, dict) or not 0 < len(wanted) <= MOST_NAMES:
            self.wrong(turn, f"parameters is an object with 1 to {MOST_NAMES} names")
        elif unknown := [name for name in wanted if name not in known]:
            there = f"there are: {_some([*known])}" if known else "there is nothing here that can"
            self.refuse(turn, Fault("unknown_parameter", f"{_named(unknown[0])} cannot be set; {there}"))
        elif any(number(value) is None for value in wanted.values()):
            self.wrong(turn, "a set-point is a finite number")
        else:
            settings = [replace(known[name].component, value=number(value)) for name, value in wanted.items()]
            self.set(turn, settings, lambda _read_backs: self.give(turn))

    def _call_action(self, turn: Turn) -> None:
        action, arguments, named = turn.call.params["action"], turn.call.params.get("args") or [], turn.call.params.get("kwargs")
        one = isinstance(arguments, list) and len(arguments) == 1 and isinstance(arguments[0], str)
        if turn.switches_off:
            self.off(turn)
        elif action in {"retry", "reset"} and one and not named:
            if turn.late:
                self.refuse(turn, LATE)
            else:
                field = "child" if action == "retry" else "interlock"
                self.ask(turn, action, {field: arguments[0]}, lambda value: self.give(turn, value))
        else:
            self.refuse(turn, _ACTIONS)


def _named(name: str) -> str:
    return repr(name if len(name) <= 60 else name[:60] + "...")  # noqa: PLR2004 - what fits into a sentence


def _some(names: Iterable[str]) -> str:
    """Return names for a sentence, not more than it can bear."""
    listed = [*names]
    return ", ".join(listed[:_SHOWN]) + (f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else "")
