"""The client for asyncio: the calls of `Client`, awaited; several at once go through one connection.

from pilotage import AsyncClient

async with AsyncClient("raspberrypi") as bench:
    print(await bench.read("t_resistance"))
    async for sample in bench.stream(["t_resistance"]):
        print(sample)
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import zmq
import zmq.asyncio

from pilotage.client import STREAM_WAIT, Client
from pilotage.documents import Description, Detail, Lists, LoopStatus, Retried, Status, settling
from pilotage.endpoints import DEFAULT_TIMEOUT
from pilotage.errors import ClientError, UnreachableError
from pilotage.history.documents import History
from pilotage.history.following import Sample, samples
from pilotage.wire.link import DRIVING, expired, value_of


class _Ask(BaseException):
    """A call of `Client` wants to send a request."""

    def __init__(self, kind: str, fields: Mapping[str, Any]) -> None:
        super().__init__(kind)
        self.kind, self.fields = kind, fields


class _Rehearsal(Client):
    """A `Client` that gets its answers beforehand, and says what it would ask next when they are used up."""

    def __init__(self, client: Client, answers: Iterable[Any]) -> None:
        self.__dict__.update(client.__dict__)
        self._answers = iter(answers)

    def request(self, kind: str, /, **fields: Any) -> Any:
        """Return the next answer, or raise `_Ask`."""
        for answer in self._answers:
            return answer
        raise _Ask(kind, fields)


class AsyncClient:
    """A connection to one daemon for one event loop; tasks may share it. Close it, or use it in `async with`.

    Arguments and errors are those of `Client`. A call that is cancelled, or not answered in time, ends the connection if it drives,
    so that nothing is done late.
    """

    def __init__(self, endpoint: str | None = None, timeout: float = DEFAULT_TIMEOUT, curve: str | Path | None = None) -> None:
        """Remember where the daemon is, as `Client` does; connects to nothing yet."""
        self._client = Client(endpoint, timeout, curve)
        self.endpoint: Final = self._client.endpoint
        self.timeout = timeout
        self._context: zmq.asyncio.Context | None = None
        self._socket: zmq.asyncio.Socket | None = None
        self._reader: asyncio.Task[None] | None = None
        self._awaited: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._mark: Any = None

    async def request(self, kind: str, /, **fields: Any) -> Any:
        """Send any request of the protocol and return its value; a request that drives carries the mark of the connection."""
        if kind not in DRIVING or "boot" in fields:
            return value_of(await self._ask(kind, fields, self.timeout))
        if self._mark is None:
            await self._ask("scan", {}, self.timeout)
        former = self._mark
        reply = await self._ask(kind, {**fields, "boot": former}, self.timeout)
        if former is not None and expired(reply):
            await self._ask("scan", {}, self.timeout)
            if self._mark != former:  # ZeroMQ has made the connection anew, unnoticed: the command was refused, and may be sent again
                reply = await self._ask(kind, {**fields, "boot": self._mark}, self.timeout)
        return value_of(reply)

    async def _ask(self, kind: str, fields: Mapping[str, Any], within: float) -> dict[str, Any]:
        number = next(self._numbers)
        body = json.dumps({"type": kind, **fields, "id": number}, allow_nan=False).encode()
        awaited: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._awaited[number] = awaited
        try:
            async with asyncio.timeout(within):
                await self._connected().send(body)
                return await awaited
        except TimeoutError:
            self._awaited.pop(number)
            self._disconnect()
            where = self.endpoint.removeprefix("tcp://")
            text = f"the daemon at {where} did not answer within {within:g} s: it does not run there, hangs, or refuses this client"
            raise UnreachableError("unreachable", text) from None
        except asyncio.CancelledError:
            if kind in DRIVING:
                self._awaited.pop(number)
                self._disconnect()
            raise
        finally:
            self._awaited.pop(number, None)

    def _connected(self) -> zmq.asyncio.Socket:
        if self._socket is None:
            if self._context is None:
                self._context = zmq.asyncio.Context()
            self._socket = self._context.socket(zmq.DEALER)
            self._client.link.prepare(self._socket)
            self._socket.connect(self.endpoint)
            self._reader = asyncio.get_running_loop().create_task(self._read(self._socket))
        return self._socket

    async def _read(self, socket: zmq.asyncio.Socket) -> None:
        while True:
            reply = json.loads((await socket.recv_multipart())[-1])
            self._mark = reply.get("boot", self._mark)
            awaited = self._awaited.get(reply.get("id"))
            if awaited is not None and not awaited.done():
                awaited.set_result(reply)

    def _disconnect(self) -> None:
        """End the connection: what is under way on it is not carried out late; whoever waits asks again."""
        self._mark = None
        if self._reader is not None:
            self._reader.cancel()
        if self._socket is not None:
            self._socket.close(linger=0)
        self._reader = self._socket = None
        for awaited in self._awaited.values():
            if not awaited.done():
                awaited.set_exception(UnreachableError("unreachable", "the connection was ended, since another request had no answer"))

    async def _do(self, call: str, *arguments: Any, **options: Any) -> Any:
        """Do what `Client` does: its call is rehearsed with the answers so far, until it needs no further one."""
        answers: list[Any] = []
        while True:
            try:
                return getattr(_Rehearsal(self._client, answers), call)(*arguments, **options)
            except _Ask as ask:
                answers.append(await self.request(ask.kind, **ask.fields))

    async def scan(self) -> Lists:
        """See `Client.scan`, as for all that follow."""
        lists: Lists = await self.request("scan")
        return lists

    async def describe(self) -> Description:  # noqa: D102
        description: Description = await self.request("describe")
        return description

    async def status(self) -> Status:  # noqa: D102
        status: Status = await self.request("status")
        return status

    async def names(self) -> list[str]:  # noqa: D102
        names: list[str] = await self._do("names")
        return names

    async def read(self, name: str, channel: str | None = None, *, max_age: float | None = None) -> float:  # noqa: D102
        value: float = await self._do("read", name, channel, max_age=max_age)
        return value

    async def read_detail(self, name: str, channel: str | None = None, *, max_age: float | None = None) -> Detail:  # noqa: D102
        detail: Detail = await self._do("read_detail", name, channel, max_age=max_age)
        return detail

    async def read_many(self, names: Iterable[str], *, max_age: float | None = None) -> dict[str, float | ClientError]:  # noqa: D102
        found: dict[str, float | ClientError] = await self._do("read_many", _kept(names), max_age=max_age)
        return found

    async def read_details(self, names: Iterable[str], *, max_age: float | None = None) -> dict[str, Detail | ClientError]:  # noqa: D102
        found: dict[str, Detail | ClientError] = await self._do("read_details", _kept(names), max_age=max_age)
        return found

    async def numbers(self, names: Iterable[str], *, max_age: float | None = None) -> dict[str, float]:  # noqa: D102
        found: dict[str, float] = await self._do("numbers", _kept(names), max_age=max_age)
        return found

    async def set(self, name: str, value: float) -> float:  # noqa: D102
        read_back: float = await self._do("set", name, value)
        return read_back

    async def set_many(self, values: Mapping[str, float]) -> dict[str, float | ClientError]:  # noqa: D102
        found: dict[str, float | ClientError] = await self._do("set_many", dict(values))
        return found

    async def loop(self, name: str, **order: Any) -> LoopStatus:  # noqa: D102
        status: LoopStatus = await self.request("loop", name=name, **order)
        return status

    async def hold(  # noqa: D102
        self,
        name: str,
        value: float,
        *,
        ramp: float | None = None,
        wait: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 - as the other client
    ) -> LoopStatus:
        status: LoopStatus = await self._do("hold", name, value, ramp=ramp)
        return await self.wait_settled(name, timeout) if wait and value != 0 else status

    async def wait_settled(self, name: str, timeout: float | None = None) -> LoopStatus:  # noqa: ASYNC109, D102 - as the other client
        end = settling.end_of(timeout)
        while not settling.settled(status := await self.loop(name), end):  # noqa: ASYNC110 - the daemon is another process
            await asyncio.sleep(settling.POLL)
        return status

    async def off(self) -> dict[str, float]:  # noqa: D102
        read_backs: dict[str, float] = await self.request("off")
        return read_backs

    async def retry(self, child: str) -> Retried:  # noqa: D102
        retried: Retried = await self.request("retry", child=child)
        return retried

    async def reset(self, interlock: str) -> Any:  # noqa: D102
        return await self.request("reset", interlock=interlock)

    async def fault(self, target: str, kind: str, **options: float | str) -> Any:  # noqa: D102
        return await self.request("fault", target=target, kind=kind, **options)

    async def history(self, *arguments: Any, **options: Any) -> Any:
        """See `Client.history`; it is asked in a thread, since it goes another way."""
        return await asyncio.to_thread(self._client.history, *arguments, **options)

    async def history_since(self, cursor: int | None = None, wait: float = 0.0, news: str = "all") -> History:
        """See `Client.history_since`; other tasks are served meanwhile, and end the wait."""
        fields = {"wait": wait, "news": news, **({} if cursor is None else {"cursor": cursor})}
        part: History = value_of(await self._ask("history", fields, self.timeout + wait))
        return part

    async def stream(self, names: Iterable[str] = ()) -> AsyncIterator[Sample]:
        """See `Client.stream`."""
        wanted = frozenset([names] if isinstance(names, str) else names)
        known = await self.names()
        if unknown := wanted - set(known):
            raise ClientError("unknown_name", f"nothing is called {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
        cursor = (await self.history_since())["cursor"]
        while True:
            part = await self.history_since(cursor, STREAM_WAIT)
            if part["missed"]:
                raise ClientError(
                    "history_lost", "what was measured meanwhile is not known any more: the daemon began anew, or minutes passed"
                )
            cursor = part["cursor"]
            for sample in samples(part, wanted):
                yield sample

    async def close(self) -> None:
        """Close the connection; harmless when it is closed already."""
        reader = self._reader
        self._disconnect()
        if reader is not None:
            await asyncio.gather(reader, return_exceptions=True)
        if self._context is not None:
            self._context.term()
            self._context = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()


def _kept(names: Iterable[str]) -> Iterable[str]:
    """Return names that can be gone through more than once."""
    return names if isinstance(names, str) else list(names)
