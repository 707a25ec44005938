"""The client for asyncio, on a real simulated daemon: the same calls, several at once, and nothing done late."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pilotage import AsyncClient, Client, ClientError, UnreachableError
from tests.e2e.daemon import Daemon


def run(endpoint: str, use: Callable[[AsyncClient], Awaitable[Any]], timeout: float = 10.0) -> Any:
    async def main() -> Any:
        async with AsyncClient(endpoint, timeout) as client:
            return await use(client)

    return asyncio.run(main())


def test_it_has_the_calls_of_the_other_client() -> None:
    def calls(client: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(call).parameters)
            for name, call in vars(client).items()
            if not name.startswith("_") and callable(call)
        }

    mine, others = calls(AsyncClient), calls(Client)
    assert set(mine) == set(others)
    assert [name for name in mine if name != "history" and mine[name] != others[name]] == []


def test_it_reads_and_drives_as_the_other_one_does(daemon: Daemon, bench: Client) -> None:
    async def use(client: AsyncClient) -> None:
        assert await client.names() == bench.names()
        assert await client.set("ventilateur", 100) == 100.0
        assert await client.read("GPIO18") == 100.0
        assert (await client.read_many(name for name in ("ventilateur", "rh_sortie.temp")))["ventilateur"] == 100.0
        assert (await client.read_detail("rh_sortie.temp"))["units"] == "°C"
        assert await client.set_many({"ventilateur": 10, "resistance": 0}) == {"ventilateur": 10.0, "resistance": 0.0}
        with pytest.raises(ClientError, match="did you mean"):
            await client.read("ventilateu")
        assert await client.off() == {"ventilateur": 0.0, "resistance": 0.0}

    run(daemon.endpoint, use)


def test_a_stream_goes_on_while_other_tasks_ask(daemon: Daemon, bench: Client) -> None:
    async def use(client: AsyncClient) -> list[Any]:
        found = []
        async for sample in client.stream(["t_resistance"]):
            found.append(sample)
            await asyncio.gather(client.read("t_entree"), client.status(), client.read_many(["t_sortie", "t_resistance"]))
            if len(found) == 2:
                break
        return found

    first, second = run(daemon.endpoint, use)
    assert first.time < second.time


def test_a_daemon_that_is_not_there_is_said_and_nothing_waits_for_it() -> None:
    with pytest.raises(UnreachableError, match="did not answer within"):
        run("127.0.0.1:9", lambda client: client.set("GPIO18", 1), timeout=0.1)


def test_a_command_that_is_cancelled_ends_its_connection(daemon: Daemon, bench: Client) -> None:
    async def use(client: AsyncClient) -> None:
        await client.status()
        before = client._socket
        task = asyncio.create_task(client.set("GPIO18", 1))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.status()
        assert before is not None

    run(daemon.endpoint, use)
