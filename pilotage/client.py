"""A client for scripts and notebooks: one daemon, one method per request. docs/use/client.md is its guide.

    from pilotage import Client

    with Client("raspberrypi") as bench:
        print(bench.read("t_resistance"))
        bench.set("ventilateur", 128)

A name is what `config.py` calls a sensor or output (`t_resistance`), with a channel if need be (`rh_sortie.temp`), or its place:
an I2C address (`0x48`) or a pin (`GPIO18`). Values are floats in the units that `describe()` names.
What cannot be done raises ClientError with a stable code and a sentence; a daemon that does not answer, UnreachableError.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pilotage import names as naming
from pilotage.documents import Description, Detail, LoopStatus, Retried, Status, settling
from pilotage.endpoints import DEFAULT_PORT, DEFAULT_TIMEOUT, default_endpoint, endpoint_of
from pilotage.errors import ClientError, KeyFileError, UnreachableError
from pilotage.history import web
from pilotage.history.columns import Columns
from pilotage.history.documents import History
from pilotage.history.following import Sample, samples
from pilotage.history.moments import Moment, moment
from pilotage.places import Lists, Output
from pilotage.wire import key as keys
from pilotage.wire.link import Link, value_of
from pilotage.words import number, switches

__all__ = ["Client", "ClientError", "UnreachableError"]

WRONG_NAMES: Final = frozenset({"ambiguous_name", "unknown_address", "unknown_channel", "unknown_name", "unknown_pin"})
"""Codes of what is asked for and is not on the bench at all, lost or not."""
STREAM_WAIT: Final = 10.0
"""Seconds that a stream waits for news before it asks again."""


class Client:
    """A connection to one daemon, made at the first request and made anew when it was lost.

    Threads may share a client: their requests are served one after the other. Not to be carried over a fork.
    Close it, or use it in a `with` statement.
    """

    def __init__(self, endpoint: str | None = None, timeout: float = DEFAULT_TIMEOUT, curve: str | Path | None = None) -> None:
        """Remember where the daemon is: `raspberrypi`, `192.168.1.20:5556` or `tcp://host:port`.

        None is `$PILOTAGE_ENDPOINT`, else this computer. `timeout` is the longest wait for an answer, in seconds.
        `curve` is the file of this client's key, for the daemon's port with keys; None is `$PILOTAGE_CURVE`, "" is no key.
        Raises ClientError `bad_endpoint` or `bad_key`; connects to nothing yet.
        """
        file = os.environ.get(keys.VARIABLE, "") if curve is None else curve
        try:
            self._key = keys.read(Path(file).expanduser()) if file else None
            port = DEFAULT_PORT if self._key is None else self._key.port
            self.endpoint: Final = default_endpoint(os.environ, port) if endpoint is None else endpoint_of(endpoint, port)
        except KeyFileError as error:
            raise ClientError("bad_key", str(error)) from None
        except ValueError as error:
            raise ClientError("bad_endpoint", str(error)) from None
        self.key_file: Final = None if self._key is None else self._key.path
        self.timeout = timeout
        self._lock = threading.Lock()
        self.link = Link(self.endpoint, self._key)

    def request(self, kind: str, /, **fields: Any) -> Any:
        """Send any request of the protocol and return its value; raises ClientError, or ValueError for fields that JSON cannot hold."""
        with self._lock:
            return value_of(self.link.ask(kind, fields, self.timeout))

    def scan(self) -> Lists:
        """Return the configured outputs (`actuator`) and sensors (`detector`), present or not."""
        lists: Lists = self.request("scan")
        return lists

    def describe(self) -> Description:
        """Return every channel and output with units, limits, resolution and accuracy."""
        description: Description = self.request("describe")
        return description

    def status(self) -> Status:
        """Return the supervision tree: states, errors, ages, outputs, interlocks, clients."""
        status: Status = self.request("status")
        return status

    def names(self) -> list[str]:
        """Return all that `read` takes by name: outputs, sensors (their default channel), further channels as `sensor.channel`."""
        return naming.readable(self.scan())

    def read(self, name: str, channel: str | None = None, *, max_age: float | None = None) -> float:
        """Return the value of a sensor's channel (None: the default one) or the read-back of an output.

        `max_age` is the oldest reading wanted, in seconds: 0 has a new conversion made, None leaves it to the daemon.
        """
        value: float = self.request("AQ", **self._component(naming.to_read, name, channel), **_given(max_age=max_age))
        return value

    def read_detail(self, name: str, channel: str | None = None, *, max_age: float | None = None) -> Detail:
        """Return value, units, channel, time, age, quality and accuracy."""
        detail: Detail = self.request("AQ", detail=True, **self._component(naming.to_read, name, channel), **_given(max_age=max_age))
        return detail

    def read_many(self, names: Iterable[str], *, max_age: float | None = None) -> dict[str, float | ClientError]:
        """Return name -> value, or the ClientError that stands in its place; channels of one chip come from one measurement."""
        return self._read_many(names, **_given(max_age=max_age))

    def read_details(self, names: Iterable[str], *, max_age: float | None = None) -> dict[str, Detail | ClientError]:
        """Return name -> detail, or the ClientError that stands in its place."""
        return self._read_many(names, detail=True, **_given(max_age=max_age))

    def numbers(self, names: Iterable[str], *, max_age: float | None = None) -> dict[str, float]:
        """Return name -> value as `read_many`, with nan for what could not be read: a lost sensor does not change a column's type.

        Raises ClientError for a name that nothing has: a misspelt name is no lost sensor.
        """
        found = self.read_many(names, max_age=max_age)
        wrong = [value for value in found.values() if isinstance(value, ClientError) and value.code in WRONG_NAMES]
        if wrong:
            raise wrong[0]
        return {name: math.nan if isinstance(value, ClientError) else value for name, value in found.items()}

    def set(self, name: str, value: float) -> float:
        """Drive an output, and return what it then does as the hardware says; a value beyond its limits is clamped.

        True and False are on and off, for an on/off output alone.
        """
        lists = None if naming.by_place(name) and not isinstance(value, bool) else self.scan()
        read_back: float = self.request("PI", **_driven(name, value, lists))
        return read_back

    def set_many(self, values: Mapping[str, float]) -> dict[str, float | ClientError]:
        """Drive outputs one after the other, in the order given; return name -> read-back, or the ClientError in its place.

        A name or value that cannot be sent raises before anything is driven.
        """
        by_place = all(map(naming.by_place, values)) and not any(isinstance(value, bool) for value in values.values())
        lists = None if by_place else self.scan()
        components = [_driven(name, value, lists) for name, value in values.items()]
        replies = self.request("PI-MULTI", components=components)
        return {
            name: reply["value"] if reply["state"] == "ACK" else ClientError(reply["code"], reply["value"])
            for name, reply in zip(values, replies, strict=True)
        }

    def loop(self, name: str, **order: Any) -> LoopStatus:
        """Return how a loop is, after giving it an `order`: the fields of the request `loop`, none for a mere look."""
        status: LoopStatus = self.request("loop", name=name, **order)
        return status

    def hold(self, name: str, value: float, *, ramp: float | None = None, wait: bool = False, timeout: float | None = None) -> LoopStatus:
        """Have the loop `name` hold `value` in the units of its sensor, or switch it off (0); return how it is then.

        `ramp` is per minute; with `wait` it returns when the value has settled. Raises ClientError `out_of_range`, or `not_tuned`.
        """
        status = self.loop(name, set=_finite(name, value), **_given(ramp=ramp))
        return self.wait_settled(name, timeout) if wait and value != 0 else status

    def wait_settled(self, name: str, timeout: float | None = None) -> LoopStatus:
        """Wait until the loop `name` has settled, `timeout` seconds or for ever; raises ClientError `not_settled`, or `loop_off`."""
        end = settling.end_of(timeout)
        while not settling.settled(status := self.loop(name), end):
            time.sleep(settling.POLL)
        return status

    def off(self) -> dict[str, float]:
        """Switch every loop off, and send every output to its safe value, ahead of anything queued; return the read-backs."""
        read_backs: dict[str, float] = self.request("off")
        return read_backs

    def retry(self, child: str) -> Retried:
        """Have a lost sensor or output tried again at once; return its state now."""
        retried: Retried = self.request("retry", child=child)
        return retried

    def reset(self, interlock: str) -> Any:
        """Clear a latched interlock whose cause is gone."""
        return self.request("reset", interlock=interlock)

    def fault(self, target: str, kind: str, **options: float | str) -> Any:
        """Break something on a simulated bench, or repair it (`kind` = "clear"); a real bench refuses."""
        return self.request("fault", target=target, kind=kind, **options)

    def history_since(self, cursor: int | None = None, wait: float = 0.0, news: str = "all") -> History:
        """Return what happened since `cursor`, which the last part gave; without one, in the last minutes, as far as the daemon knows.

        If there is no `news`, wait for it for `wait` seconds, at most 30; other threads that share this client wait as well.
        With "events" readings alone end no wait, so that they come in few parts.
        """
        with self._lock:
            part: History = value_of(self.link.ask("history", _given(cursor=cursor, wait=wait, news=news), self.timeout + wait))
        return part

    def stream(self, names: Iterable[str] = ()) -> Iterator[Sample]:
        """Yield every reading of `names`, and every change of an output, as it comes; of everything without names. It does not end.

        Raises ClientError `history_lost` if what came next is not known any more, because the daemon began anew or this was not
        read for minutes; then begin again.
        """
        wanted = frozenset([names] if isinstance(names, str) else names)
        if unknown := wanted - set(self.names()):
            raise ClientError("unknown_name", f"nothing is called {', '.join(sorted(unknown))}; there are: {', '.join(self.names())}")
        cursor = self.history_since()["cursor"]
        while True:
            part = self.history_since(cursor, STREAM_WAIT)
            if part["missed"]:
                raise ClientError(
                    "history_lost", "what was measured meanwhile is not known any more: the daemon began anew, or minutes passed"
                )
            cursor = part["cursor"]
            yield from samples(part, wanted)

    def history(
        self, names: Iterable[str], start: Moment = "1h", end: Moment = "now", every: float | None = None, page: str | None = None
    ) -> Columns:
        """Return what was measured from `start` to `end`, in columns: each reading, or means over `every` seconds.

        A moment is a datetime, Unix seconds, or a text: `2h` (ago), `now`, `2026-11-23T12:00`. The recorder of the bench is asked, whose
        page is at `page`, port 8080 of the daemon's computer if None. Raises ClientError, UnreachableError, or ValueError for a moment.
        """
        now = time.time()
        wanted = [names] if isinstance(names, str) else list(names)
        where = page or web.page_of(self.endpoint, os.environ)
        return web.ask(where, wanted, moment(start, now), moment(end, now), every)

    def close(self) -> None:
        """Close the connection; harmless when it is closed already."""
        with self._lock:
            self.link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.endpoint!r}, timeout={self.timeout:g})"

    def _component(self, resolve: Callable[..., dict[str, Any]], name: str, *more: str | None) -> dict[str, Any]:
        # The names are asked for each time: after a reload of config.py an old list could name another chip's address.
        return resolve(name, None if naming.by_place(name) else self.scan(), *more)

    def _read_many(self, names: Iterable[str], **options: Any) -> dict[str, Any]:
        if isinstance(names, str):
            raise ClientError("bad_value", f"several names are a list: write [{names!r}]")
        wanted = list(dict.fromkeys(names))
        lists = None if all(map(naming.by_place, wanted)) else self.scan()
        result: dict[str, Any] = dict.fromkeys(wanted)
        components: dict[str, dict[str, Any]] = {}
        for name in wanted:
            try:
                components[name] = naming.to_read(name, lists)
            except ClientError as error:
                result[name] = error
        replies = self.request("AQ-MULTI", components=list(components.values()), **options)
        for name, reply in zip(components, replies, strict=True):
            failed = isinstance(reply, dict) and reply.get("state") == "ERROR"
            result[name] = ClientError(reply["code"], reply["value"]) if failed else reply
        return result


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _driven(name: str, value: float, lists: Lists | None) -> dict[str, Any]:
    """Return the component that drives `name`; raises ClientError for a name or a value that cannot be."""
    component = naming.to_drive(name, lists)
    if isinstance(value, bool) and lists is not None:
        value = _switched(name, naming.output(component, lists), on=value)
    return {**component, "value": _finite(name, value)}


def _switched(name: str, output: Output | None, *, on: bool) -> float:
    """Return the set-point that is on or off; raises ClientError for an output that has more than the two."""
    if output is None:
        raise ClientError("unknown_name", f"no output is configured at {name}")
    if not switches(output["driver"]):
        text = f"{name} is no on/off output: it is set to a number from {number(output['minVal'])} to {number(output['maxVal'])}"
        raise ClientError("bad_value", f"{text}; off is 0" if not on and output["minVal"] == 0 else text)
    return output["maxVal"] if on else output["minVal"]


def _finite(name: str, value: float) -> float:
    try:
        wrong = not math.isfinite(value)
    except (TypeError, OverflowError):
        wrong = True
    if wrong:
        raise ClientError("bad_value", f"{name} can be set to a finite number, not to {value!r}")
    return float(value)
