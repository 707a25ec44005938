"""The bench on which `hot` is brought into a state and then broken, while `cold`, the outputs and the gateway look on."""

from typing import Any

from actors.drivers.registers import TRIES
from actors.hardware.sim.bus import WHOLE_BUS
from tests.fakes import eventually
from tests.supervisor.tree.daemon import Daemon

AMBIENT, WIDTH = 22.0, 3.0
BANDS = {"hot": 30.0, "cold": 10.0}
"""By how much each sensor is warmer than the room: a value in another one's band is another one's value."""
FAN_PIN = 18
STATES = ("starting", "running", "degraded", "backoff", "absent", "failed")
_WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "degraded": ("nak", {"times": 3 * TRIES}),  # one measurement with its two further tries
    "backoff": ("eio", {}),
    "absent": ("unplug", {}),
    "failed": ("wrong_chip", {}),
}
"""What brings a sensor that runs into each state."""


class BrokenBench(Daemon):
    """A daemon whose first sensor is `hot`."""

    def _hangs(self, where: str) -> bool:
        return super()._hangs(where) or (where.startswith("0x") and self.sim.bus.faults.on(WHOLE_BUS) == "hang")

    def bring(self, state: str) -> None:
        """Let `hot` get into `state`; "starting" is before the daemon starts."""
        for spec in self.bench.sensors:
            self.sim.place(spec.address, BANDS[spec.id])
        if state == "starting":
            return
        self.up()
        if state != "running":
            kind, options = _WAYS[state]
            self.sim.fault("hot", kind, **options)
            self.until(lambda: self.state("hot") == state, f"the sensor is {state}")

    def break_now(self, target: str, kind: str) -> None:
        """Put the fault in the place of what brought `hot` into its state."""
        if target != "hot":
            self.sim.clear("hot")
        self.sim.fault(target, kind)
        if self._ref is None:
            self.start().until(self.progress.ready.is_set, "the daemon is ready", 5.0)

    def value(self, sensor: str, degrees: float = 0.0) -> bool:
        """Return whether `sensor` has a value, which must be its own; `degrees` is by how much it may be wrong."""
        spec = next(spec for spec in self.bench.sensors if spec.id == sensor)
        reply = self.read(spec.address)
        if reply["state"] == "ERROR":
            assert len(reply["value"]) > 10, reply
            return False
        middle = AMBIENT + BANDS[sensor]
        assert middle - WIDTH <= reply["value"] <= middle + degrees + WIDTH, reply
        return True

    def drives(self, value: float) -> bool:
        """Return whether the fan does what it is told; an answer comes in any case."""
        reply = self.drive(FAN_PIN, value)
        return bool(reply["state"] == "ACK" and abs(reply["value"] - value) <= 1)

    def mend(self) -> None:
        """Repair everything, ask for a new start of whatever is down, and wait until all serve again."""
        self.sim.clear()
        eventually(lambda: not any(record.life.blocked for record in self.supervisor.state.records.values()), "no thread is lost any more")
        self.rest()
        for child in self.supervisor.state.records:
            self.query("retry", child=child)
        self.until(self.serves, "everything serves again", 15.0)
        self.run(1.0)  # what was measured just before the repair is a value for a while
