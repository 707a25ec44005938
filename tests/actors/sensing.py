"""A sensor actor on a driver that does what a test says."""

from collections.abc import Callable, Mapping
from typing import Any

from actors.bench.devices import Calibration, SensorSpec
from actors.core.cells import SensorCell
from actors.drivers.base import Channel, SensorDriver, Value
from actors.messages import Condition, Failure, Measure, Reading
from actors.sensor import SensorActor
from tests.actors.outputs.remote import NO_WISH, Logbook, Remote, of_type
from tests.fakes import ManualClock, Recorder

PERIOD = 1.0
LAG = 0.3
Answer = Mapping[str, Value] | BaseException


def values(temperature: float = 20.0, voltage: Value = 3.3) -> dict[str, Value]:
    return {"temp": temperature, "volt": voltage}


class ScriptedDriver(SensorDriver):
    """Measures what `answers` say, in their order, the last one for ever; a measurement takes `takes` seconds."""

    chip = "SCRIPTED"
    channels = (Channel("temp", "°C"), Channel("volt", "V"))
    max_age = 0.25
    min_period = 0.25

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(None, 0x48, None, clock)  # type: ignore[arg-type]
        self.answers: list[Answer] = [values()]
        self.takes = 0.0
        self.on_connect: Callable[[], object] = lambda: None
        self.measured: list[float] = []

    def connect(self) -> None:
        self.on_connect()

    def measure(self) -> Mapping[str, Value]:
        self.measured.append(self.clock.monotonic())
        self.clock.sleep(self.takes)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


class LaggingDriver(ScriptedDriver):
    """A chip that converts on its own: what is read was begun up to `LAG` seconds before."""

    lag = LAG


class Bed:
    """A sensor, its driver, what its parent and the gateway are told, what it claims and closes."""

    def __init__(self, clock: ManualClock, log: Logbook, driver: ScriptedDriver | None = None) -> None:
        self.clock = clock
        self.log = log
        self.driver = driver or ScriptedDriver(clock)
        self.told: Recorder[Any] = Recorder()
        self.published: list[bool] = []
        self.news: Recorder[Any] = Recorder()
        self.cell = SensorCell("t", self.news.add)
        self.on_claim: Callable[[int], object] = lambda _address: None
        self.closed: list[float] = []
        self.advice = ""
        self._remote: Remote | None = None

    def start(self, *answers: Answer, period: float = PERIOD, calibration: Mapping[str, Calibration] | None = None) -> Remote:
        """Start the sensor on these answers and wait until it serves or has died."""
        if answers:
            self.driver.answers = list(answers)
        spec = SensorSpec("t", "t", "t", "SCRIPTED", 0x48, "°C", period, 0.25, 1.0, None, calibration or {})
        ref = SensorActor.start(
            spec,
            3,
            driver=self.driver,
            cell=self.cell,
            parent=self._hear,
            clock=self.clock,
            claim=self.on_claim,
            close=lambda: self.closed.append(self.clock.monotonic()),
            advice=self.advice,
        )
        self._remote = Remote(ref, self.clock, NO_WISH)
        self.told.wait_for_count(1)
        self._remote.settle()
        return self._remote

    def _hear(self, message: Any) -> None:
        """Note what the parent is told, and whether there was an outcome to read by then."""
        self.published.append(self.cell.outcome is not None)
        self.told.add(message)

    @property
    def remote(self) -> Remote:
        assert self._remote is not None
        return self._remote

    def next(self, *answers: Answer) -> None:
        """Let the next measurements give `answers`, one each background period."""
        for answer in answers:
            self.driver.answers = [answer]
            self.remote.advance(PERIOD)

    def want(self, *, conversion: bool = False, age: float = 0.0) -> None:
        """Ask for a reading not older than `age` seconds."""
        now = self.clock.monotonic()
        self.remote.tell(Measure(now, now - age, conversion))

    @property
    def reading(self) -> Reading:
        assert isinstance(self.cell.outcome, Reading)
        return self.cell.outcome

    @property
    def failure(self) -> Failure:
        assert isinstance(self.cell.outcome, Failure)
        return self.cell.outcome

    def conditions(self) -> list[str | None]:
        """Return what the parent was told of the sensor's condition: codes, None for well."""
        return [message.fault and message.fault.code for message in of_type(Condition)(self.told.items)]

    def close(self) -> None:
        if self._remote is not None:
            self._remote.stop()
