"""The ROUTER socket: its options, each with the attack or fault it answers, and how it gets its port."""

from __future__ import annotations

from typing import Any, Final

import zmq

from actors.core.clock import Clock
from actors.errors import PermanentError

BOUND_WITHIN: Final = 1.2
"""Seconds to go on trying to bind: after a restart of the gateway its port was seen taken for up to 26 ms; another owner keeps it."""
BIND_PAUSE: Final = 0.02
"""Seconds between two tries."""
IO_THREADS: Final = 1
"""Threads of libzmq that move bytes: one, so that what the monitor tells comes in the order in which it happened."""
OPTIONS: Final[dict[int, int]] = {
    zmq.ROUTER_HANDOVER: 1,  # a client that comes back after a cable pull with its old identity is served at once
    zmq.ROUTER_MANDATORY: 1,  # with NOBLOCK: a client that does not read is an error we see, not memory
    zmq.MAXMSGSIZE: 4 * 1024 * 1024,  # bytes; a larger frame cuts its connection
    zmq.SNDHWM: 16,  # answers that ZeroMQ keeps for a client that does not read; `actors.gateway.sessions` keeps more, for a while
    zmq.SNDBUF: 256 * 1024,  # bytes; without a bound Linux keeps some MiB more
    # No limit, and no heartbeats: where the reading of a connection is stopped, libzmq 4.3 aborts the process when that connection breaks
    # and a heartbeat is due (`stream_engine_base_t::out_event`). `actors.gateway.net.growth` bounds what is received.
    zmq.RCVHWM: 0,
    zmq.LINGER: 0,
    zmq.HANDSHAKE_IVL: 2000,  # ms; silent TCP connections are dropped
    zmq.TCP_KEEPALIVE: 1,  # a pulled cable and a frozen computer show after 5 s and two more
    zmq.TCP_KEEPALIVE_IDLE: 5,  # s
    zmq.TCP_KEEPALIVE_INTVL: 5,  # s
    zmq.TCP_KEEPALIVE_CNT: 2,
    zmq.TCP_MAXRT: 15000,  # ms; the same where an answer is on its way
}


def open_router() -> tuple[zmq.Context[Any], zmq.Socket[bytes]]:
    """Return a context and a ROUTER that listens nowhere yet. Thread: the one that will use them."""
    context: zmq.Context[Any] = zmq.Context(IO_THREADS)
    try:
        router = context.socket(zmq.ROUTER)
        for option, value in OPTIONS.items():
            router.setsockopt(option, value)
    except BaseException:
        context.destroy(linger=0)
        raise
    return context, router


def listen(router: zmq.Socket[bytes], address: str, port: int, clock: Clock) -> tuple[int, str]:
    """Have `router` listen on `address`:`port` (0 = any free port); return the port, and the endpoint as `tcp://192.168.1.7:5555`.

    `*` is every address of both families (`tcp://[::]:5555`); where IPv6 is switched off, of IPv4 (`tcp://0.0.0.0:5555`).
    Raises PermanentError `port_in_use` or `bad_bind`.
    """
    router.setsockopt(zmq.IPV6, int(":" in address or address == "*"))  # libzmq goes on without IPv6 where there is none
    taken = _bound(router, f"tcp://{f'[{address}]' if ':' in address else address}", port, clock)
    endpoint = router.getsockopt(zmq.LAST_ENDPOINT)
    return taken, endpoint.decode().rstrip("\0") if isinstance(endpoint, bytes) else ""


def host_of(endpoint: str) -> str:
    """Return the address in an endpoint."""
    return endpoint.removeprefix("tcp://").rpartition(":")[0].strip("[]")


def _bound(router: zmq.Socket[bytes], endpoint: str, port: int, clock: Clock) -> int:
    until = clock.monotonic() + BOUND_WITHIN
    while True:
        try:
            if port == 0:
                return int(router.bind_to_random_port(endpoint))
            router.bind(f"{endpoint}:{port}")
        except zmq.ZMQError as error:
            if error.errno != zmq.EADDRINUSE:
                text = f"cannot listen on {endpoint}:{port}: {error.strerror}"
                raise PermanentError("bad_bind", text, error.errno) from error
            if clock.monotonic() >= until:
                text = f"port {port} is in use: another daemon is running, or another program has taken it"
                raise PermanentError("port_in_use", text, error.errno) from error
            clock.sleep(BIND_PAUSE)
        else:
            return port
