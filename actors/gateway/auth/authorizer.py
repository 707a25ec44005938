"""The gateway's authorizer: who is let in, and what each may do. What a client says of itself counts for nothing.

A message carries the address that its connection comes from (`Peer-Address`), and what we wrote on that connection when it was let in
(`User-Id`). An identity proves nothing: with ROUTER_HANDOVER whoever names one gets it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any, Final

import zmq

from actors.bench.access import Access, Key, Role, Rules
from actors.core.clock import Clock
from actors.core.requests import HARMLESS
from actors.errors import Fault
from actors.gateway.auth.refusals import Refusals
from actors.gateway.auth.zap import Question, Zap
from actors.gateway.exchange import Client
from actors.gateway.net.tcp import MAPPED
from actors.gateway.poller import Frames

UNKNOWN: Final = "unknown"
FAILURES: Final[dict[int, str]] = {
    zmq.PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: "its key was made for another daemon",
    zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: "it has no key, and this port wants one; or it has one, and this port takes none",
}
"""What a handshake failed of, where libzmq tells (zmq_socket_monitor(3))."""


class Authorizer:
    """Everything here belongs to the gateway's thread.

    `limited`: not everybody may drive, so requests that change something are looked at. `strict`: the rules have changed, and somebody
    may be connected who would not be let in now, so every request is looked at.
    """

    def __init__(self, access: Access, clock: Clock) -> None:
        self.refusals = Refusals(clock)
        self.strict = False
        self.zap: Zap | None = None
        self._token = secrets.token_hex(16)  # so that no client can send a User-Id of its own that looks like one of ours
        self._own: tuple[str, ...] = ()
        self._rules = Rules(access)
        self.limited = access.guarded or access.keyring is not None

    @property
    def access(self) -> Access:
        """The rules in force."""
        return self._rules.access

    def open(self, context: zmq.Context[Any]) -> None:
        """Be ready to be asked by listeners of `context`, if any of them will ask."""
        if self.zap is None and (self.access.guarded or self.access.keyring is not None):
            self.zap = Zap(context, self.decide)

    def close(self) -> None:
        """Let nobody in any more."""
        if self.zap is not None:
            self.zap.close()
        self.zap = None

    def bound(self, hosts: Iterable[str]) -> None:
        """Note what the daemon listens on: from such an address comes only this machine itself."""
        self._own = tuple(hosts)
        self._rules = Rules(self.access, self._own)

    def follow(self, access: Access) -> None:
        """Apply other rules from now on, to those who are connected already as well."""
        self._rules = Rules(access, self._own)
        self.strict = self.limited = True

    def everybody_drives(self, *, ipv6: bool) -> bool:
        """Return whether anybody on the network may drive."""
        return self._rules.everybody_drives(ipv6=ipv6)

    def decide(self, question: Question) -> str | None:
        """Return what to write on a new connection, or None to refuse it."""
        address = question.address.removeprefix(MAPPED)
        if question.key is None:
            if self._rules.role(address) is Role.NONE:
                self.refusals.note(address, "ALLOW in config.py does not name its address")
                return None
            return f"{self._token}:"
        if not self._rules.lets_in(address):
            self.refusals.note(address, "'allow' of CURVE in config.py does not name its address")
            return None
        if question.key not in self._rules.keys:
            self.refusals.note(address, "its key is none of those in the folder of keys")
            return None
        return f"{self._token}:{question.key.hex()}"

    def look(self) -> None:
        """Answer libzmq's questions."""
        if self.zap is not None:
            self.zap.answer()

    def handshake_failed(self, event: int, value: int, address: str) -> None:
        """Note that a connection came to nothing: `event` and `value` as the monitor has them. Who was refused is noted already."""
        if event == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            self.refusals.note(address or UNKNOWN, "it connected and said nothing that ZeroMQ understands", level="info")
        elif event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
            self.refusals.note(address or UNKNOWN, FAILURES.get(value, "it does not speak ZeroMQ as it should"))

    def refuses(self, frames: Frames, kind: str) -> Fault | None:
        """Return why a request of type `kind` is refused, or None if it is not."""
        if not self.limited or (kind in HARMLESS and not self.strict):
            return None
        address, public = self._sender(frames)
        role, who = self._role(address, public)
        if role is Role.DRIVE or (role is Role.READ and kind in HARMLESS):
            return None
        code, reason = ("not_allowed", "is not let in any more") if role is Role.NONE else ("read_only", "may read here, not drive")
        self.refusals.note(who, f"it {reason}")
        return Fault(code, f"refused: {who} {reason}")

    def shuts_out(self, frames: Frames) -> bool:
        """Return whether whoever sent this may not even read: somebody who is connected since before the rules were changed."""
        return self.strict and self._role(*self._sender(frames))[0] is Role.NONE

    def identify(self, client: Client, frames: Frames) -> None:
        """Note in `client` where the connection it uses now comes from, and with which key."""
        client.address, public = self._sender(frames)
        key = self._rules.keys.get(public) if public else None
        client.public = public
        client.key = key.name if key is not None else None

    def role(self, client: Client) -> Role:
        """Return what `client` may do now, by the connection it was last seen with."""
        return self._role(client.address, client.public)[0]

    def in_words(self) -> str:
        """Return the rules in a few words."""
        access = self.access
        words = [
            "everybody may drive" if access.allow is None else f"ALLOW has {len(access.allow)}",
            f"READ_ONLY has {len(access.read_only)}",
        ]
        return ", ".join([*words, f"keys of clients: {len(access.keyring.clients)}"] if access.keyring is not None else words)

    def status(self) -> dict[str, Any]:
        """Return what `status` says of access; no key is in it."""
        access, curve = self.access, self.access.curve
        return {
            "allow": None if access.allow is None else list(access.allow),
            "read_only": list(access.read_only),
            "curve": None if curve is None or access.keyring is None else {"port": curve.port, "clients": len(access.keyring.clients)},
            "refused": self.refusals.status(),
        }

    def _sender(self, frames: Frames) -> tuple[str, bytes]:
        """Return where `frames` come from, and the public key of that connection; empty on the plain port."""
        user = _property(frames, "User-Id")
        token, _, public = user.partition(":")
        address = _property(frames, "Peer-Address").removeprefix(MAPPED)
        return address or UNKNOWN, bytes.fromhex(public) if token == self._token else b""

    def _role(self, address: str, public: bytes) -> tuple[Role, str]:
        """Return the role, and who it is in words."""
        if not public:
            return self._rules.role(address), address
        key: Key | None = self._rules.keys.get(public)
        if key is None or not self._rules.lets_in(address):
            return Role.NONE, address
        return key.role, f"{address} ({key.name})"


def _property(frames: Frames, name: str) -> str:
    try:
        return str(frames.last.get(name))
    except (zmq.ZMQError, UnicodeDecodeError):
        return ""
