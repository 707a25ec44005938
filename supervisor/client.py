"""A small client for scripts and notebooks: one daemon, one method per request.

    from supervisor.client import Client

    with Client("tcp://raspberrypi:5555") as bench:
        print(bench.read("t_resistance"))
        bench.set("ventilateur", 128)

Values are floats in the units that `describe()` names. What the daemon refuses is a `ClientError` with its code.
"""

from __future__ import annotations

import itertools
import json
from types import TracebackType
from typing import Any, Final, Self

import zmq

DEFAULT_ENDPOINT: Final = "tcp://localhost:5555"


class ClientError(Exception):
    """The daemon answered ERROR; `code` is stable, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UnreachableError(ClientError):
    """Nobody answered in time."""


class Client:
    """One connection to one daemon. Not thread-safe: one per thread."""

    def __init__(self, endpoint: str = DEFAULT_ENDPOINT, timeout: float = 3.0) -> None:
        self.endpoint = endpoint
        self.timeout = timeout
        self._numbers = itertools.count(1)
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise UnreachableError("bad_endpoint", f"{endpoint} is no ZeroMQ address such as {DEFAULT_ENDPOINT}") from error

    def request(self, kind: str, **fields: Any) -> Any:
        """Send one request and return its value; raises ClientError, or UnreachableError after `timeout` seconds."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"type": kind, **fields, "id": number}, allow_nan=False).encode())
        while self._socket.poll(int(self.timeout * 1000)):
            reply = json.loads(self._socket.recv_multipart()[-1])
            if reply.get("id") != number:
                continue
            if reply["state"] != "ACK":
                raise ClientError(reply.get("code", "error"), reply["value"])
            return reply["value"]
        raise UnreachableError("unreachable", f"no answer from {self.endpoint} within {self.timeout:g} s")

    def scan(self) -> dict[str, Any]:
        """Return the configured outputs (`actuator`) and sensors (`detector`)."""
        result: dict[str, Any] = self.request("scan")
        return result

    def describe(self) -> dict[str, Any]:
        """Return every channel and output with units, limits, resolution and accuracy."""
        result: dict[str, Any] = self.request("describe")
        return result

    def status(self) -> dict[str, Any]:
        """Return the supervision tree."""
        result: dict[str, Any] = self.request("status")
        return result

    def read(self, name: str, channel: str | None = None, *, max_age: float | None = None) -> float:
        """Return the value of a sensor's channel (the default one if None), or the read-back of an output."""
        value: float = self.request("AQ", **self._component(name, channel, max_age))
        return value

    def read_detail(self, name: str, channel: str | None = None, *, max_age: float | None = None) -> dict[str, Any]:
        """Return value, units, time, age and quality."""
        detail: dict[str, Any] = self.request("AQ", detail=True, **self._component(name, channel, max_age))
        return detail

    def set(self, name: str, value: float) -> float:
        """Drive an output and return its read-back."""
        result: float = self.request("PI", value=value, **self._component(name, None, None))
        return result

    def off(self) -> dict[str, float]:
        """Send every output to its safe value; return the read-backs."""
        result: dict[str, float] = self.request("off")
        return result

    def retry(self, child: str) -> dict[str, Any]:
        """Have a lost child started again at once."""
        result: dict[str, Any] = self.request("retry", child=child)
        return result

    def close(self) -> None:
        """Close the connection; harmless when it is closed already."""
        self._context.destroy(linger=0)

    def _component(self, name: str, channel: str | None, max_age: float | None) -> dict[str, Any]:
        """Return how the wire names `name`: the name of a child, a sensor or an output, an address (0x48) or a pin (GPIO18)."""
        options = {"channel": channel, "max_age": max_age}
        given = {key: value for key, value in options.items() if value is not None}
        if name.lower().startswith("0x"):
            return {"register": "add", "add": name, **given}
        if name.upper().startswith("GPIO"):
            return {"register": "pin", "pin": name[4:], **given}
        lists = self.scan()
        for output in lists["actuator"]:
            if name in (output["name"], output["child"]):
                if output["pin"] is None:
                    return {"register": "add", "add": output["address"], **given}
                return {"register": "pin", "pin": output["pin"], **given}
        for sensor in lists["detector"]:
            if name in (sensor["name"], sensor["child"]):
                return {"register": "add", "add": sensor["address"], **given}
        names = [entry["child"] for entry in (*lists["actuator"], *lists["detector"])]
        raise ClientError("unknown_name", f"nothing is called {name}; there are: {', '.join(names)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
