"""The gateway's ports: the plain one, and the one with keys if `config.py` has it. One ROUTER serves both.

libzmq takes over what a socket is set to when it binds, so each listener of a socket may have its own security.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import structlog
import zmq

from actors.bench.access import Access, Secret, is_loopback
from actors.core import events
from actors.core.clock import Clock
from actors.errors import PermanentError
from actors.gateway.auth.authorizer import Authorizer
from actors.gateway.auth.zap import DOMAIN
from actors.gateway.net.peers import Peers
from actors.gateway.net.router import host_of, listen, open_router
from actors.gateway.net.tcp import port_of

log = structlog.get_logger()

LINGER: Final = 0.25
"""Seconds for the last answers to leave: whoever does not read does not hold up the end."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen, and how: `asks` the authorizer before anybody is let in; with `secret`, for clients with a key only."""

    address: str
    port: int
    asks: bool = False
    secret: Secret | None = None

    def bind(self, router: zmq.Socket[bytes], clock: Clock) -> tuple[int, str]:
        """Return the port and the endpoint that `router` listens on from now on; raises PermanentError."""
        if self.asks or self.secret is not None:
            router.setsockopt(zmq.ZAP_DOMAIN, DOMAIN)  # which cannot be taken back
        if self.secret is not None:
            router.setsockopt(zmq.CURVE_SERVER, 1)
            router.setsockopt(zmq.CURVE_SECRETKEY, self.secret.reveal())
        elif zmq.has("curve"):
            router.setsockopt(zmq.CURVE_SERVER, 0)
        return listen(router, self.address, self.port, clock)


class Listening:
    """The context, the ROUTER and its listeners. Gateway thread. `port` 0 = any free port; then the one that was taken."""

    def __init__(self, address: str, port: int, clock: Clock, authorizer: Authorizer) -> None:
        self.router: zmq.Socket[bytes] | None = None
        self.endpoint = ""
        self.port = port
        self._address = address
        self._clock = clock
        self._authorizer = authorizer
        self._context: zmq.Context[Any] | None = None
        self._monitor: zmq.Socket[Any] | None = None
        self._asks = authorizer.access.guarded
        self._bound: dict[Listener, str] = {}

    def open(self, peers: Peers, *, first: bool) -> tuple[zmq.Socket[Any], ...]:
        """Bind what the authorizer's rules ask for; return the sockets that tell when somebody comes or goes. `first`: of this daemon.

        Raises PermanentError `port_in_use` or `bad_bind`; `close` is due in any case.
        """
        self._context, self.router = open_router()
        self._authorizer.open(self._context)
        self._monitor = peers.open(self.router)
        for listener in self._wanted(self._authorizer.access):
            self._bind(listener)
        peers.look()
        self._authorizer.bound(host_of(endpoint) for endpoint in self._bound.values())
        if first:
            self._warn()
        return self._watched()

    def follow(self, access: Access, peers: Peers) -> tuple[zmq.Socket[Any], ...]:
        """Apply other rules to those who are connected, and bind the port with keys anew if it is another. Return what `open` does.

        The plain listener stays as it is, because libzmq ends a listener together with its connections. If there were no rules when the
        daemon started, it asks nobody at the door; the authorizer then looks at every request instead.
        Raises PermanentError when the port with keys is lost for good.
        """
        assert self._context is not None  # noqa: S101 - open
        open_before = self._authorizer.everybody_drives(ipv6=True)
        self._authorizer.follow(access)
        self._authorizer.open(self._context)
        self._rebind(access, peers)
        self._authorizer.bound(host_of(endpoint) for endpoint in self._bound.values())
        peers.shut_out()
        log.info(events.ACCESS_CHANGED, reason=self._authorizer.in_words())
        if not open_before:
            self._warn()
        return self._watched()

    def _watched(self) -> tuple[zmq.Socket[Any], ...]:
        return tuple(
            each for each in (self._monitor, self._authorizer.zap.socket if self._authorizer.zap is not None else None) if each is not None
        )

    def _warn(self) -> None:
        """Say so if whoever reaches the plain port may drive."""
        host = host_of(self.endpoint)
        if not is_loopback(host) and self._authorizer.everybody_drives(ipv6=":" in host):
            log.warning(events.ACCESS_OPEN, endpoint=self.endpoint)

    def _rebind(self, access: Access, peers: Peers) -> None:
        wanted = self._wanted(access)
        former = [listener for listener in self._bound if listener not in wanted]
        for listener in wanted:
            if listener in self._bound:
                continue
            same = [other for other in former if (other.address, other.port) == (listener.address, listener.port)]
            for other in same:
                self._unbind(other, peers)
                former.remove(other)
            fault = self._try(listener)
            if fault is not None and same:
                raise fault
            if fault is not None:
                log.error(events.CONFIG_REFUSED, reason=fault.message)
                return
        for other in former:
            self._unbind(other, peers)

    def _try(self, listener: Listener) -> PermanentError | None:
        try:
            self._bind(listener)
        except PermanentError as error:
            return error
        return None

    def close(self) -> None:
        """Close every socket of the context; what was sent goes out first, for `LINGER` seconds at most."""
        self._authorizer.close()
        if self._context is not None:
            self._context.destroy(linger=round(LINGER * 1000))
        self._context = self.router = self._monitor = None
        self._bound.clear()

    def _wanted(self, access: Access) -> list[Listener]:
        listeners = [Listener(self._address, self.port, self._asks)]
        if access.curve is not None and access.keyring is not None:
            listeners.append(Listener(access.curve.bind or self._address, access.curve.port, secret=access.keyring.secret))
        return listeners

    def _bind(self, listener: Listener) -> None:
        assert self.router is not None  # noqa: S101 - open
        port, endpoint = listener.bind(self.router, self._clock)
        if listener.secret is None:
            self.port, self.endpoint = port, endpoint
            listener = Listener(listener.address, port, listener.asks)
        self._bound[listener] = endpoint
        log.info(events.GATEWAY_BOUND, endpoint=endpoint, port=port, security="none" if listener.secret is None else "CURVE")

    def _unbind(self, listener: Listener, peers: Peers) -> None:
        assert self.router is not None  # noqa: S101 - open
        endpoint = self._bound.pop(listener)
        peers.leave(port_of(endpoint.encode()))
        self.router.unbind(endpoint)
