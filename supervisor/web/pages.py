"""What the server answers to a GET: the page and its files, the bench, the stream, the history. None of it changes anything."""

from __future__ import annotations

import asyncio
import json
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler, StaticFileHandler

from actors.bench.access import Role
from pilotage.documents import Description
from pilotage.words import scale
from supervisor.web.asking import BadQuestionError, asked
from supervisor.web.service import Service

FILES: Final = Path(__file__).resolve().parent / "static"
ALIVE: Final = 2.0
"""Seconds after which the stream says that there is nothing new: the page takes 4.5 s of silence for a lost server."""
GONE: Final = 20.0
"""Seconds after which a browser counts as gone that takes nothing of what it has asked for."""
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "pilotage",
}
"""The curve's library sets styles of its own elements; scripts come from this server alone.

With `no-referrer` a browser would send `Origin: null` with each request that acts (Fetch standard, section 3.2), which is refused.
"""


async def sent(handler: RequestHandler) -> None:
    """Send what is written; raises StreamClosedError for a browser that is gone, or takes nothing for `GONE` seconds: it is let go."""
    try:
        await asyncio.wait_for(handler.flush(), GONE)
    except TimeoutError:
        handler.request.connection.stream.close()  # type: ignore[union-attr]  # tornado names no type that has it
        raise StreamClosedError from None


class Door(RequestHandler):
    """What holds for every request: who may come at all. Its answers are not kept anywhere."""

    kept: str = "no-store"

    def initialize(self, service: Service) -> None:
        """Remember where everything is."""
        self.service = service

    def set_default_headers(self) -> None:
        """Have no other site show, read or change this one."""
        for name, value in _HEADERS.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", self.kept)

    def prepare(self) -> None:
        """Refuse who may not come, and any name that is not this machine's: a foreign one that leads here is an attack."""
        self.address = self.request.remote_ip or ""
        if not self.service.doors.knows(self.request.host):
            self.refuse(
                HTTPStatus.MISDIRECTED_REQUEST, "unknown_host", "this name is not known here; WEB['hosts'] in config.py lists further ones"
            )
        elif self.role is Role.NONE:
            self.refuse(HTTPStatus.FORBIDDEN, "not_allowed", "ALLOW in config.py keeps this address out")

    @property
    def role(self) -> Role:
        """What somebody at this address may do at most."""
        return self.service.doors.role(self.address)

    def refuse(self, status: int, code: str, sentence: str) -> None:
        """Answer with a code and a sentence, and with nothing else."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish({"code": code, "message": sentence})

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what is wrong without telling of the inside."""
        del kwargs
        self.finish({"code": "refused", "message": HTTPStatus(status_code).phrase})

    @property
    def asked(self) -> dict[str, str]:
        """What stands behind the question mark."""
        return {name: self.get_query_argument(name) for name in self.request.query_arguments}

    @property
    def names(self) -> list[str]:
        """Which names are asked for."""
        return [name for name in self.asked.get("names", "").split(",") if name]


class Files(Door, StaticFileHandler):
    """The page itself. A browser asks each time whether it has changed."""

    kept = "no-cache"

    def initialize(self, service: Service) -> None:  # type: ignore[override]
        """Serve the files of the page, and the page for nothing."""
        Door.initialize(self, service)
        StaticFileHandler.initialize(self, str(FILES), "index.html")


class Bench(Door):
    """What the bench is made of, and what whoever asks may do."""

    def get(self) -> None:
        """Answer."""
        service = self.service
        service.board.look()
        limits = [
            {"interlock": one.interlock, "name": service.name_of(one.sensor, one.channel), "value": one.value}
            for one in service.settings.limits
        ]
        bench = None if service.board.description is None else shown(service.board.description)
        self.finish({"bench": bench, "limits": limits, "version": service.version, "me": service.me(self), "last": service.last})


def shown(description: Description) -> dict[str, Any]:
    """Return what the page shows of a bench; outputs with what stands behind a value of theirs, as `of 255`."""
    outputs = [{**each, "scale": scale(each["units"], each["driver"], each["min"], each["max"])} for each in description["outputs"]]
    parts = ("simulated", "sensors", "loops")
    return {"outputs": outputs, **{key: value for key, value in description.items() if key in parts}}


class Stream(Door):
    """What is new, as it comes (server-sent events)."""

    async def get(self) -> None:
        """Answer until the browser goes, or the process ends."""
        service = self.service
        if not service.watchers.free:
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too_many", "as many browsers look on already as may")
            return
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        watcher = service.watchers.add()
        leave, patience = service.joined(self), 0.0
        try:
            while not service.ending.is_set():
                service.board.look()
                documents, patience = await watcher.next(patience), ALIVE
                told = documents or [{"quiet": True}]
                for document in told:
                    reached = {"reached": service.recorder.reached.is_set(), "kept": service.store.problem, "me": service.me(self)}
                    self.write(f"data: {json.dumps({**document, **reached}, ensure_ascii=False)}\n\n")
                await sent(self)
        except StreamClosedError:
            return
        finally:
            service.watchers.remove(watcher)
            leave()

    def on_connection_close(self) -> None:
        """Notice a browser that has gone at once."""
        self.service.watchers.wake()


class Asked(Door):
    """A question to the history, whose answer is one document."""

    async def get(self) -> None:
        """Answer, or say what is wrong with the question."""
        try:
            await self.answer(asked(self.asked, time.time()))
        except BadQuestionError as error:
            self.refuse(HTTPStatus.BAD_REQUEST, "bad_question", str(error))

    async def answer(self, span: tuple[float, float]) -> None:
        """Answer for a stretch of time."""
        raise NotImplementedError

    @property
    def every(self) -> float | None:
        """How many seconds a mean is asked to be over."""
        try:
            every = float(self.asked["every"]) if "every" in self.asked else None
        except ValueError:
            raise BadQuestionError("every is a number of seconds") from None
        if every is not None and not 1e-3 <= every <= 1e7:  # noqa: PLR2004 - from a millisecond to months
            raise BadQuestionError("every is a number of seconds, from 0.001")
        return every


class Curve(Asked):
    """All channels, as a screen draws them."""

    async def answer(self, span: tuple[float, float]) -> None:
        """Answer."""
        self.service.board.look()
        self.finish(await self.service.questions.curve(span))


class History(Asked):
    """The history for `Client.history` on another computer."""

    async def answer(self, span: tuple[float, float]) -> None:
        """Answer."""
        found = await self.service.questions.columns(self.names, span, self.every)
        self.finish(found.document())


class Events(Asked):
    """What was logged."""

    async def answer(self, span: tuple[float, float]) -> None:
        """Answer."""
        self.finish({"events": await self.service.questions.events(span, 200)})


class Table(Asked):
    """The numbers as CSV, `decimal=comma` for Excel in French; one table at a time, and none for a browser that has gone."""

    async def answer(self, span: tuple[float, float]) -> None:
        """Answer piece by piece."""
        questions, every = self.service.questions, self.every or 1.0
        await questions.known(self.names)
        if (span[1] - span[0]) / every > 5_000_000:  # noqa: PLR2004 - half a gigabyte
            raise BadQuestionError("too many rows for one table: take a longer `every`")
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        name = time.strftime("bench-%Y-%m-%d-%H%M.csv", time.gmtime(span[0]))
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        async with questions.exporting:
            try:
                async for piece in questions.table(self.names, span, every, french=self.asked.get("decimal") == "comma"):
                    self.write(piece)
                    await sent(self)
            except StreamClosedError:
                return


class Metrics(Door):
    """The bench for Prometheus."""

    async def get(self) -> None:
        """Answer with what holds now; what cannot be read is left out."""
        board = self.service.board
        board.look()
        watcher = self.service.watchers.add()
        try:
            if time.monotonic() - board.status_at > ALIVE:
                await watcher.next(ALIVE)
        finally:
            self.service.watchers.remove(watcher)
        status = board.status if time.monotonic() - board.status_at < 2 * ALIVE else None
        text = self.service.meter.text(status, board.description, self.service.store.size())
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish(text)


ROUTES: Final = [
    (r"/bench", Bench),
    (r"/stream", Stream),
    (r"/curve", Curve),
    (r"/history", History),
    (r"/events", Events),
    (r"/csv", Table),
    (r"/metrics", Metrics),
]
