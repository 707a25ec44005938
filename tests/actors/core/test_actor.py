"""No death of an actor goes unnoticed, whatever a library raises and wherever."""

import threading
from collections.abc import Iterator
from typing import Any

import pykka
import pytest

from actors.core.actor import Child, fault_of
from actors.core.mailbox import Letter
from actors.errors import Fault, PermanentError, TransientError
from actors.messages import Died, Started, Stop, Tell, Tick
from tests.actors.outputs.remote import Remote, of_type
from tests.fakes import ManualClock, Recorder, eventually, wait

ERRORS = [TransientError("no_ack", "nobody there", 121), ValueError("a bug"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()]
named = pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)


class Patient(Child):
    """A child that raises what it is told to, where it is told to, and does what it is sent: a callable."""

    def __init__(self, parent: Tell, clock: ManualClock, raises: dict[str, BaseException] | None = None) -> None:
        super().__init__("patient", 7, parent, clock)
        self.raises = raises or {}
        self.done: Recorder[Any] = Recorder()
        self.on_tick: Tell = self.done.add
        self.actor_ref.patient = self  # type: ignore[attr-defined]
        self._do("constructor")

    def _do(self, what: Any) -> None:
        self.done.add(what)
        if what in self.raises:
            raise self.raises[what]

    def begin(self) -> None:
        self._do("begin")
        self.serve(colour="blue")

    def handle(self, message: Any) -> None:
        if isinstance(message, Tick):
            self.on_tick(message)
            return
        self._do("handle")
        if callable(message):
            message(self)

    def end(self) -> None:
        self._do("end")


class Ward:
    """Starts patients and hears what they tell their parent."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.told: Recorder[Any] = Recorder()
        self.patients: list[Remote] = []

    def admit(self, **raises: BaseException) -> Remote:
        remote = Remote(Patient.start(self.told.add, self.clock, raises), self.clock, lambda _patient: None)
        self.patients.append(remote)
        return remote

    def deaths(self) -> list[Died]:
        return of_type(Died)(self.told.items)


@pytest.fixture
def ward(clock: ManualClock) -> Iterator[Ward]:
    ward = Ward(clock)
    yield ward
    for patient in ward.patients:
        patient.stop()


def patient_of(ref: Any) -> Patient:
    patient: Patient = ref.patient
    return patient


def doings(remote: Remote) -> list[Any]:
    return patient_of(remote.ref).done.items


def raising(error: BaseException) -> Any:
    def act(_patient: Patient) -> None:
        raise error

    return act


@named
def test_a_constructor_that_raises_raises_in_whoever_starts_the_actor(ward: Ward, error: BaseException) -> None:
    before = threading.active_count()
    with pytest.raises(type(error)):
        ward.admit(constructor=error)

    assert (ward.told.items, pykka.ActorRegistry.get_by_class(Patient), threading.active_count()) == ([], [], before)


@named
def test_a_message_that_raises_is_a_death(ward: Ward, error: BaseException) -> None:
    patient = ward.admit()
    patient.tell(raising(error))
    patient.wait_for_end()

    assert ward.told.items == [
        Started("patient", 7, {"colour": "blue"}),
        Died("patient", 7, fault_of(error), expected=isinstance(error, TransientError)),
    ]
    assert doings(patient) == ["constructor", "begin", "handle", "end"]


@named
def test_an_end_that_raises_is_a_death_all_the_same(ward: Ward, error: BaseException) -> None:
    patient = ward.admit(end=error)
    patient.stop()

    [died] = ward.deaths()
    assert (died.fault.code, died.expected) == ("stopped", True)
    assert fault_of(error).message in died.fault.message


@named
def test_an_end_that_raises_after_a_crash_hides_nothing_of_the_crash(ward: Ward, error: BaseException) -> None:
    patient = ward.admit(handle=PermanentError("wrong_chip", "found another chip", 5), end=error)
    patient.tell(None)
    patient.wait_for_end()

    [died] = ward.deaths()
    assert (died.fault.code, died.fault.errno, died.expected) == ("wrong_chip", 5, True)
    assert "found another chip" in died.fault.message
    assert fault_of(error).message in died.fault.message


def test_a_stop_in_good_order_is_one_death_and_one_end(ward: Ward) -> None:
    patient = ward.admit()
    inbox: Any = patient.ref.actor_inbox
    for _ in range(2):
        inbox.put(Letter(Stop()))  # `tell` refuses the second when the first is done already
    patient.wait_for_end()

    assert ward.deaths() == [Died("patient", 7, Fault("stopped", "stopped in good order"), expected=True)]
    assert doings(patient).count("end") == 1


def test_nothing_is_handled_after_the_end(ward: Ward) -> None:
    patient = ward.admit()
    hold, holding = threading.Event(), threading.Event()

    def crash(_patient: Patient) -> None:
        holding.set()
        wait(hold)
        raise ValueError

    patient.ref.tell(crash)
    wait(holding)
    patient.ref.tell("too late")
    patient.ref.tell(Stop())
    hold.set()
    patient.wait_for_end()

    assert doings(patient).count("handle") == 1
    assert len(ward.deaths()) == 1


def test_the_parent_hears_of_the_death_only_when_the_clean_up_is_done_and_the_heartbeat_says_ended(clock: ManualClock) -> None:
    seen: Recorder[Any] = Recorder()

    def parent(message: Any) -> None:
        if isinstance(message, Died):
            seen.add((actor.done.items[-1], actor.vitals.ended))

    ref = Patient.start(parent, clock)
    actor = patient_of(ref)
    ref.tell(Stop())
    wait(ref.actor_stopped)

    assert seen.items == [("end", True)]


def test_a_child_can_ask_to_be_woken(ward: Ward) -> None:
    patient = ward.admit()
    ticks: Recorder[Any] = Recorder()
    patient_of(patient.ref).on_tick = ticks.add
    patient.tell(lambda actor: actor.wake_at(actor.clock.monotonic() + 60))
    patient.advance(59.9)
    before = len(ticks.items)
    patient.advance(0.2)

    assert (before, ticks.items) == (0, [Tick()])


def test_the_heartbeat_follows_the_injected_clock(ward: Ward, clock: ManualClock) -> None:
    patient = ward.admit()
    hold, holding = threading.Event(), threading.Event()

    def dawdle(_patient: Patient) -> None:
        holding.set()
        wait(hold)

    patient.ref.tell(dawdle)
    wait(holding)
    clock.advance(30)
    busy = patient.inbox.vitals.busy_for(clock.monotonic())
    hold.set()
    eventually(lambda: patient.inbox.vitals.busy_for(clock.monotonic()) == 0, "idle again")

    assert busy == 30


def test_a_child_is_busy_while_it_begins(clock: ManualClock) -> None:
    hold = threading.Event()

    class Slow(Patient):
        def begin(self) -> None:
            wait(hold)

    ref = Slow.start(lambda _message: None, clock)
    clock.advance(12)
    vitals: Any = ref.actor_inbox
    busy = vitals.vitals.busy_for(clock.monotonic())
    hold.set()
    ref.tell(Stop())
    wait(ref.actor_stopped)

    assert busy == 12


def test_a_bug_becomes_data_that_names_its_kind_and_its_place() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        divmod(1, 0)

    fault = fault_of(caught.value)
    assert fault.code == "internal_error"
    assert fault.message.startswith("ZeroDivisionError in test_actor.py:")
