"""The promises of safety.md and of the wire, as they can be seen from outside: at the pins, in answers, in the log, in the list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from actors.core import events
from tests.fakes import stacks
from tests.life.broken import BrokenPromiseError
from tests.life.clients import Asked
from tests.life.decisions import Decisions, starts

if TYPE_CHECKING:
    from tests.life.process import Process
    from tests.life.world import World

LEASE: Final = 2.6
"""Seconds within which a heater is off by its lease."""
TRIP: Final = 4.0
"""Seconds within which an interlock has switched off, beyond its own."""
BACK: Final = 4.0
"""Seconds after which pigpiod, or anything else that was repaired, has no more influence on heaters."""
BLIND: Final = 5.0
"""Seconds after which a loop has let go of its output when its sensor measures nothing."""
RELOAD: Final = 30.0
"""Seconds within which a reload has been carried out or refused, or the daemon has ended over it."""
BUGS: Final = frozenset({events.INTERNAL_ERROR, events.CHILD_CRASHED})


class Promises:
    """What must hold, and what is known of what was done to the bench. Belongs to the owner of the time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.decisions = Decisions()
        self.ending = False
        self.trouble: dict[str, float] = {}
        """What is broken now, since when."""
        self.repaired_at = float("-inf")
        self.latched: dict[int, str] = {}
        """Heaters whose lease ran out under heat; nothing but a reset ends that."""
        self.tripped: dict[int, str] = {}
        """Outputs that an interlock's latched trip holds off; the same."""
        self.changed_at = self.now
        self.gone_at: float | None = None
        self._taken_over_at = self.now
        self.reload_from: float | None = None
        self._on_since: dict[int, float] = {}
        self._read = 0
        world.hardware.on_edge = self._edge

    @property
    def now(self) -> float:
        return self.world.moments.monotonic()

    # What is done.

    def broke(self, what: str) -> None:
        """Note that something is broken from now on."""
        self.trouble.setdefault(what, self.now)

    def broke_chip(self, address: int, how: str) -> None:
        """Note what is wrong with a chip from now on, in place of what was."""
        for what in [what for what in self.trouble if what.endswith(f" {address}")]:
            del self.trouble[what]
        self.broke(f"{how} {address}")

    def repaired(self) -> None:
        """Note that nothing is broken any more."""
        if self.trouble:
            self.repaired_at = self.now
        self.trouble.clear()

    def disturbed(self) -> None:
        """Note something that is over already."""
        self.repaired_at = self.now

    def troubled(self, *words: str, within: float = 0.0) -> bool:
        """Return whether anything whose name begins with one of `words` is broken, or anything was within some seconds."""
        return any(what.startswith(words) for what in self.trouble) or self.now - self.repaired_at < within

    def reloading(self) -> None:
        """Note that another file is to be taken over."""
        self.reload_from = self.now

    def started(self) -> None:
        self.ending, self.gone_at, self.changed_at, self._taken_over_at = False, None, self.now, self.now
        self.reload_from = None
        self.latched.clear()
        self.tripped.clear()

    def killed(self) -> None:
        self.gone_at = self.now
        self.reload_from = None

    def ended(self, process: Process) -> None:
        """Judge how a process has ended."""
        self.killed()
        if process.error is not None:
            raise BrokenPromiseError(f"the main thread ended with {process.error!r}") from process.error
        if not self.ending and not self.troubled("hang", within=15.0):
            raise BrokenPromiseError(f"the daemon ended by itself, with {process.code}: {self._last_words()}")

    def made_safe(self, said: list[str]) -> None:
        """Judge `pilotage safe`: with a pigpiod that answers, everything is off."""
        on = self.world.hardware.on()
        if on and not self.troubled("pigpiod", within=BACK):
            raise BrokenPromiseError(f"after the end and `pilotage safe`, on is {on}; it said {said}")
        self.decisions.ended_all()

    def answered(self, asked: Asked, reply: dict[str, Any]) -> None:
        """Judge an answer."""
        pin = asked.request.get("pin", -1)
        self.decisions.answered(asked, reply, on=self.world.hardware.duties.get(pin, 0.0) > 0)
        if reply["state"] != "ACK":
            return
        if asked.request["type"] == "reset":
            self._reset(asked.request["interlock"])
        elif starts(asked.request):
            for pin in () if self.world.wanted else self.world.plan.heaters:
                if asked.request["name"] in self.world.plan.loops_of(pin):
                    self._heats(asked, pin)
        elif asked.request["type"] == "PI" and asked.request["value"] == 0:
            self.latched.pop(pin, None)
        elif asked.request["type"] == "PI":
            self._heats(asked, pin)

    def _heats(self, asked: Asked, pin: int) -> None:
        if not asked.served:
            raise BrokenPromiseError(f"{asked.request} was done, and is older than the daemon")
        if pin in self.latched:
            raise BrokenPromiseError(f"{asked.request} was done though the lease of {self.latched[pin]} is latched and was not reset")
        if pin in self.tripped and pin in self.world.plan.heaters:
            raise BrokenPromiseError(f"{asked.request} was done though {self.tripped[pin]} has tripped and was not reset")

    def _reset(self, name: str) -> None:
        """Note that an output, or an interlock, was reset; either may have had another name when it was latched."""
        rules = {rule["name"] for rule in self.world.plan.interlocks}
        self.tripped = {pin: held for pin, held in self.tripped.items() if held != name and held in rules}
        self.latched = {pin: held for pin, held in self.latched.items() if name.partition("@")[0] not in {held, self.name_at(pin)}}

    def name_at(self, pin: int) -> str | None:
        return next((entry["name"] for entry in self.world.plan.outputs if entry["pin"] == pin), None)

    # What is seen.

    def look(self) -> None:
        """Look at everything that must hold at every moment."""
        world = self.world
        self._read_log()
        for client in (*world.clients, world.watcher):
            client.hear()
        on = world.hardware.on()
        self._listed(on)
        self._sighted()
        self._wanted(on)
        self._watched(on)
        self._answered_in_time()
        if self.reload_from is not None and self.now - self.reload_from > RELOAD:
            raise BrokenPromiseError(f"a reload was neither carried out nor refused within {RELOAD:g} s: {self._last_words()}\n{stacks()}")

    def _edge(self, pin: int, before: float, after: float) -> None:
        """Note a change of a pin. Any thread."""
        self.changed_at = self.now
        if after == 0.0:
            self.decisions.ended(pin, self._loops_of(pin))
        elif before == 0.0:
            self._on_since[pin] = self.now

    def _listed(self, on: dict[int, float]) -> None:
        """Nothing is on that `pilotage safe` would not know."""
        try:
            document = json.loads(self.world.list.read_text(encoding="utf-8"))
        except OSError:
            document = {"outputs": []}
        unknown = on.keys() - {output["pin"] for output in document["outputs"]}
        if unknown:
            raise BrokenPromiseError(f"GPIO{unknown} is on, and the list of `pilotage safe` does not know it")

    def _loops_of(self, pin: int) -> list[str]:
        """The loops that drive a pin in any file that may count now."""
        return [loop for plan in (self.world.plan, self.world.wanted) if plan is not None for loop in plan.loops_of(pin)]

    def _heaters(self) -> dict[int, dict[str, Any]]:
        """The pins that are heaters in every file that may count now."""
        heaters = dict(self.world.plan.heaters)
        if self.world.wanted is not None:
            heaters = {pin: entry for pin, entry in heaters.items() if pin in self.world.wanted.heaters}
        return heaters

    def _wanted(self, on: dict[int, float]) -> None:
        """A heater is on by a decision that holds, and by a lease that somebody renews."""
        if self.troubled("pigpiod", within=BACK):
            return
        gates = self.world.hardware.gates
        for pin in self._heaters().keys() & on.keys():
            if not self.decisions.holds(pin, self._loops_of(pin), self.now) and pin in self.world.hardware.on():  # it went off meanwhile?
                raise BrokenPromiseError(
                    f"the heater at GPIO{pin} is on ({on[pin]:.0%}) and nobody's decision says so: {self._last_words()}"
                )
            if self.gone_at is not None and self.now - self.gone_at > LEASE:
                raise BrokenPromiseError(f"the heater at GPIO{pin} is on {self.now - self.gone_at:g} s after the end of the daemon")
            if any(self.now - since > LEASE for since in gates.hung.get(pin, [])):
                raise BrokenPromiseError(f"the heater at GPIO{pin} is on though its actor hangs")

    def _watched(self, on: dict[int, float]) -> None:
        """A heater is off when an interlock says so."""
        if self.troubled("pigpiod", within=BACK):
            return
        world = self.world
        for rule in world.plan.interlocks:
            if rule["kind"] == "max_on":
                self._not_for_ever(rule, on)
            pins = [entry["pin"] for entry in world.plan.outputs if rule.get("outputs", {}).get(entry["name"]) == 0]
            address = next((add for add, entry in world.plan.sensors.items() if entry["name"] == rule.get("sensor")), None)
            what = {"limit": f"hot {address}", "stale": f"lost {address}"}.get(rule["kind"])
            since = self.trouble.get(str(what))
            if since is None:
                continue
            bound = max(since, self._taken_over_at) + TRIP + rule.get("seconds", 0)
            for pin in on.keys() & set(pins):
                if self.now > bound:
                    raise BrokenPromiseError(f"{rule['name']} must hold GPIO{pin} ({what} for {self.now - since:g} s), and it is on")

    def _sighted(self) -> None:
        """A loop does not drive what it cannot see."""
        plan = self.world.plan
        for loop in plan.loops:
            address = next((add for add, entry in plan.sensors.items() if entry["name"] == loop["sensor"]), None)
            since = self.trouble.get(f"lost {address}")
            if since is not None and self.now > max(since, self._taken_over_at) + BLIND:
                self.decisions.loop_ended(loop["name"], self.now)

    def _not_for_ever(self, rule: dict[str, Any], on: dict[int, float]) -> None:
        """A heater that may be on for a while only is off after it."""
        for entry in self.world.plan.outputs:
            since = max(self._on_since.get(entry["pin"], self.now), self._taken_over_at)
            if entry["name"] == rule["output"] and entry["pin"] in on and self.now - since > rule["seconds"] + TRIP:
                raise BrokenPromiseError(
                    f"{rule['name']} must have switched GPIO{entry['pin']} off, which is on for {self.now - since:g} s"
                )

    def _answered_in_time(self) -> None:
        for client in (*self.world.clients, self.world.watcher):
            if not self.world.serving or self.ending:
                continue
            while (late := client.late(self.now)) is not None and client.hear(2000):
                pass  # the network has no part in this time
            if late is not None:
                raise BrokenPromiseError(f"no answer to {late.request} within {self.now - late.at:g} s")

    def _read_log(self) -> None:
        log = self.world.log
        while self._read < len(log):
            record, self._read = log[self._read], self._read + 1
            match record["event"]:
                case events.CONFIG_RELOADED:
                    self._taken_over(record)
                case events.CONFIG_REFUSED:
                    self.reload_from = None
                    self.world.refused()
                case events.LOOP_LOST | events.TUNE_DONE | events.TUNE_REFUSED:
                    self.decisions.loop_ended(record["actor"], self.now + LEASE)
                case events.LOOP_MODE if record["mode"] != "auto":
                    self.decisions.loop_ended(record["actor"], self.now + LEASE)
                case events.LEASE_EXPIRED if record["log_level"] == "critical" and not self.troubled("hang", "pigpiod", within=8.0):
                    raise BrokenPromiseError(f"a lease ran out, and nothing was wrong: {record}")
                case event if event in BUGS and self.world.process is not None and not self.world.process.gone:
                    raise BrokenPromiseError(f"a bug of the daemon: {record}")
                case _:
                    pass

    def _taken_over(self, record: dict[str, Any]) -> None:
        self.reload_from, self._taken_over_at = None, self.now
        self.world.reloaded()
        plan = self.world.plan
        self.latched = {pin: name for pin, name in self.latched.items() if pin in plan.heaters}
        self.tripped = {pin: name for pin, name in self.tripped.items() if pin in plan.pins}

    def _last_words(self) -> str:
        return "\n".join(map(str, self.world.log[-12:]))
