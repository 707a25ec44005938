"""Run by test_portable.py in a process of its own: takes away what Windows lacks, then starts the simulated bench and talks to it.

Arguments: the configuration file and the port. Prints one JSON object: what came back, and the exit code of `pilotage run`.
"""

import asyncio
import concurrent.futures
import importlib.metadata
import json
import logging.handlers
import multiprocessing
import os
import platform
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from types import SimpleNamespace
from typing import Any

import pydantic
import pykka
import structlog
import zmq

# Imported before anything is taken away: libraries that are at home on Windows and look at the platform while they are imported.
PORTABLE = (
    asyncio,
    concurrent.futures,
    importlib.metadata,
    logging.handlers,
    multiprocessing,
    pydantic.TypeAdapter,
    pykka,
    structlog,
    subprocess,
    tempfile,
)

MODULES = "crypt curses fcntl grp posix pty pwd readline resource spwd syslog termios tty"
SIGNALS = {"SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM", "SIG_DFL", "SIG_IGN"}
"""The signals that Windows has."""
LACKING = {
    os: """
        WNOHANG chown chroot ctermid eventfd eventfd_read eventfd_write fchdir fchmod fchown fork forkpty getegid geteuid getgid getgroups
        getloadavg getpgid getpgrp getpriority getresuid getsid getuid initgroups killpg lchown lockf major memfd_create mkfifo mknod nice
        openpty pathconf pidfd_open pipe2 posix_spawn pread preadv pwrite pwritev register_at_fork sched_getaffinity sched_setaffinity
        sched_yield sendfile set_blocking setegid seteuid setgid setgroups setpgid setpriority setsid setuid splice statvfs sync sysconf
        tcgetpgrp ttyname uname wait wait3 wait4 waitid
    """,
    select: "epoll poll",
    signal: "alarm getitimer pause pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigtimedwait sigwait sigwaitinfo",
    socket: "AF_NETLINK AF_UNIX CMSG_LEN MSG_NOSIGNAL SCM_RIGHTS SO_PEERCRED SO_REUSEPORT sethostname",
}


def windows_socketpair(*_: object) -> tuple[socket.socket, socket.socket]:
    """Two connected sockets over loopback: how Python makes a pair on Windows."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        return one, server.accept()[0]


def take_away() -> None:
    """Make this process look like one on Windows to whatever is imported from here on."""
    for module in (os, signal):  # how Python starts a process is its own matter
        setattr(subprocess, module.__name__, SimpleNamespace(**vars(module)))
    for name in MODULES.split():
        sys.modules[name] = None  # type: ignore[assignment]
    lacking = {module: names.split() for module, names in LACKING.items()}
    lacking[signal] += [name for name in dir(signal) if name.startswith("SIG") and name not in SIGNALS]
    for module, names in lacking.items():
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    socket.socketpair = windows_socketpair  # type: ignore[assignment]
    sys.platform = "win32"
    vars(platform)["_uname_cache"] = None


def ask(client: zmq.Socket[bytes], request: dict[str, object]) -> dict[str, Any]:
    """Send a request and return the reply, as a DEALER client does."""
    client.send_json(request)
    if not client.poll(10_000):
        return {"state": "silence"}
    reply: dict[str, Any] = json.loads(client.recv())
    return reply


def talk(port: int) -> dict[str, object]:
    """Read every sensor until it has a value, drive an output, and return what came back."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with context, context.socket(zmq.DEALER) as client:
        client.linger = 0
        client.connect(f"tcp://127.0.0.1:{port}")
        scan = ask(client, {"type": "scan"})
        replies = {}
        end = time.monotonic() + 15
        for sensor in scan["detector"]:
            request = {"type": "AQ", "register": "add", "add": sensor["address"]}
            while (reply := ask(client, request))["state"] != "ACK" and time.monotonic() < end:
                time.sleep(0.1)
            replies[sensor["name"]] = reply
        command = {"type": "PI", "register": "pin", "pin": 18, "value": 128, "boot": scan["boot"]}
        return {"sensors": replies, "output": ask(client, command)}


def main() -> None:
    """Run the daemon in the main thread, as a person does, and talk to it from another, ending with Ctrl-C."""
    configuration, port = sys.argv[1:]
    take_away()
    from supervisor.cli.main import main as pilotage

    found: dict[str, object] = {}

    def client() -> None:
        try:
            found.update(talk(int(port)))
        except Exception as error:
            found["client"] = repr(error)
        finally:
            signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=client)
    thread.start()
    found["exit"] = pilotage(["run", "--simulate", "--bind", "127.0.0.1", "--port", port, "--config", configuration])
    thread.join()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
