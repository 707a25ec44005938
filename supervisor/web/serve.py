"""The life of the process: the recorder in a thread, the server in the main thread, until a signal, or until who began it is gone."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from actors.bench.page import Page, Settings
from pilotage.client import Client
from pilotage.here import own_files
from recorder.recording import Recorder
from recorder.store import Store
from supervisor.web.acts import ACTS
from supervisor.web.asking import Questions
from supervisor.web.board import Board
from supervisor.web.notes import note
from supervisor.web.pages import GONE, ROUTES, Files
from supervisor.web.service import Service
from supervisor.web.sessions import Sessions

EX_OK, EX_UNAVAILABLE = 0, 69
IDLE: Final = 5.0
"""Seconds after which a connection is closed that has not sent a whole request: without it, 300 silent ones keep everybody else out."""
BODY: Final = 4096
HEADER: Final = 8192
"""Bytes of a request at most."""
LONGEST_END: Final = 5.0
"""Seconds for the recorder to write what waits."""


def application(service: Service) -> Application:
    """Return what answers requests."""
    routes = [(route, handler, {"service": service}) for route, handler in (*ROUTES, *ACTS)]
    return Application([*routes, (r"/(.*)", Files, {"service": service})], compress_response=True, log_function=lambda _handler: None)


def server(service: Service) -> HTTPServer:
    """Return the server, with the bounds of what anybody may send; it trusts no header that says where a request comes from."""
    return HTTPServer(
        application(service), xheaders=False, idle_connection_timeout=IDLE, body_timeout=IDLE, max_header_size=HEADER, max_body_size=BODY
    )


@contextlib.contextmanager
def _folder(settings: Settings) -> Iterator[Path]:
    """Have the folder of the history: one that goes with the process, if none is named."""
    if settings.folder:
        yield Path(settings.folder)
        return
    with tempfile.TemporaryDirectory(prefix="pilotage-history-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def run(settings: Settings) -> int:
    """Keep the history, and serve the page if there is one, until the end; return the exit code. Main thread."""
    with _folder(settings) as folder, Client(settings.endpoint) as client:
        store = Store(folder, say=note)
        recorder = Recorder(store, client)
        stop = threading.Event()
        thread = threading.Thread(target=recorder.run, args=(stop,), name="recorder", daemon=True)
        try:
            return asyncio.run(_serve(settings, store, recorder, client, thread))
        finally:
            stop.set()
            if thread.ident is not None:
                thread.join(LONGEST_END)


async def _serve(settings: Settings, store: Store, recorder: Recorder, client: Client, thread: threading.Thread) -> int:
    loop = asyncio.get_running_loop()
    service: Service

    def tell(document: dict[str, object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended before the recorder
            loop.call_soon_threadsafe(service.tell, document)

    board = Board(client, tell)
    service = Service(settings, store, recorder, board, Questions(store, board.units))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.end())
    if settings.parent:
        threading.Thread(target=_end_with_parent, args=(service,), name="parent", daemon=True).start()
    recorder.followers += [service.meter.follow, board.take]
    thread.start()
    code, listening = EX_OK, None
    if settings.page is not None:
        listening = _listen(service, settings.page)
        code = EX_UNAVAILABLE if listening is None and settings.parent else EX_OK  # without a page there is a history, alone
    if code == EX_OK:
        await _until_the_end(service, listens=listening is not None)
    if listening is not None:
        listening.stop()
        service.watchers.wake()
    service.ending.set()
    service.questions.close()
    return code


async def _until_the_end(service: Service, *, listens: bool) -> None:
    """Look after reloads, and after who has logged in where that is possible."""
    with contextlib.ExitStack() as logins:
        beside: list[asyncio.Task[None]] = []

        def admit() -> None:
            page = service.settings.page
            if listens and page is not None and page.drive and service.sessions is None:
                service.sessions = Sessions(logins.enter_context(_logins(page)), note)
                beside.append(asyncio.create_task(_look_after(service.sessions)))

        admit()
        beside.append(asyncio.create_task(_reloads(service, admit)))
        await service.ending.wait()
        for task in beside:
            task.cancel()
        if service.sessions is not None:
            service.sessions.close()


def _listen(service: Service, page: Page) -> HTTPServer | None:
    """Serve the page; return None, and say why, where that cannot be."""
    try:
        sockets = bind_sockets(page.port, None if page.bind == "*" else page.bind)
    except OSError as error:
        note("warning", "page_failed", f"There is no page: port {page.port} of {page.bind} cannot be had: {error.strerror or error}")
        return None
    for each in sockets:
        notice_who_is_gone(each)
    found = server(service)
    found.add_sockets(sockets)
    note("info", "page_ready", f"The page is at {page.address}")
    return found


def notice_who_is_gone(listening: socket.socket) -> None:
    """Have the kernel close a connection, each of which inherits this, whose other end confirms nothing for `GONE` seconds.

    A telephone that leaves the network says no farewell; it would count as somebody who looks for a quarter of an hour (tcp(7)).
    """
    if sys.platform == "linux":
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(GONE * 1000))


@contextlib.contextmanager
def _logins(page: Page) -> Iterator[Path]:
    """Have a folder for the codes of `pilotage web-login`, which finds it by a file beside it; nobody else may look into it."""
    told = {"pid": os.getpid(), "port": page.port}
    path = own_files.write("web", told, os.environ, among=str(os.getpid()), mode=0o644)
    folder = path.with_suffix(".logins")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        yield folder
    finally:
        path.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


async def _look_after(sessions: Sessions) -> None:
    """End what is over, each second."""
    while True:
        sessions.look()
        await asyncio.sleep(1)


def _end_with_parent(service: Service) -> None:
    """End when standard input does: who began this process is gone, however that was."""
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 512):
            pass
    service.end()


def _kept(former: Settings, told: Settings) -> Settings:
    """Return the settings that hold now: a simulated bench has its page without a `WEB`, and where it listens stays as it is."""
    page, had = told.page or (Page() if former.parent else None), former.page or Page()
    if told.page is not None and not former.parent and (former.page is None or (told.page.port, told.page.bind) != (had.port, had.bind)):
        note("warning", "page_settings", "WEB says another place for the page, which goes there at its next start: restart pilotage-web")
    if page is not None:
        page = dataclasses.replace(page, port=had.port, bind=had.bind)
    return dataclasses.replace(told, page=page, parent=former.parent, folder=former.folder)


async def _reloads(service: Service, admit: Callable[[], None]) -> None:
    """Go by the new `config.py` once the daemon does; where it listens stays as it is until the process begins anew."""
    while True:
        await asyncio.sleep(1)
        if not service.board.reloaded.is_set() or not service.settings.reload:
            continue
        service.board.reloaded.clear()
        process = await asyncio.create_subprocess_exec(
            *service.settings.reload, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        told, _ = await process.communicate()
        try:
            service.apply(_kept(service.settings, Settings.of(told.decode())))
            admit()
        except (ValueError, KeyError, TypeError):
            note("warning", "page_settings", "config.py was not read anew for the page: it goes by the former one")
