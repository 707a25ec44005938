"""Who may connect, read and drive: by network on the plain port, by key on the port with keys. Pure: no socket, no file.

Of several networks that hold an address, the smallest decides, as in a table of routes. Loopback is such a network, and may drive.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
"""The machine itself (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3)."""
MOST_KNOWN: Final = 1024
"""Addresses whose role is kept."""
_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_MAPPED_BITS: Final = 96


class Role(enum.StrEnum):
    """What somebody may do here."""

    NONE = "none"
    READ = "read"
    DRIVE = "drive"


class Secret:
    """A secret key in Z85 that nothing shows by accident: no `repr`, no log, no traceback, no pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the key, for the socket that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be written down")


@dataclass(frozen=True, slots=True)
class Key:
    """A client's key: its name, its role, and its public half, 32 bytes."""

    name: str
    role: Role
    public: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The server's secret key, and the clients it knows."""

    secret: Secret
    clients: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """The port with keys: the folder of its files, where it listens (None: as the plain port), the networks it is open to (None: all)."""

    port: int
    folder: str
    bind: str | None = None
    allow: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """The rules of a bench. `allow`: networks that may drive (None: everybody); `read_only`: networks that may read.

    `keyring` is what the files of `curve` hold; without it there is no port with keys.
    """

    allow: tuple[str, ...] | None = None
    read_only: tuple[str, ...] = ()
    curve: Curve | None = None
    keyring: Keyring | None = None

    @property
    def guarded(self) -> bool:
        """Whether the plain port asks where somebody comes from."""
        return self.allow is not None or bool(self.read_only)


def network_of(text: str) -> Network:
    """Return the network, or the single address, that `text` names; IPv4 written as IPv6 (`::ffff:10.0.0.0/104`) is IPv4.

    Raises ValueError.
    """
    if "%" in text:
        raise ValueError("a zone plays no part")
    network = ipaddress.ip_network(text)
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        start = int(network.network_address) & 0xFFFF_FFFF
        return ipaddress.IPv4Network((start, network.prefixlen - _MAPPED_BITS))
    return network


def address_of(text: str) -> Address | None:
    """Return the address that `text` is, without its zone (`%eth0`), IPv4 as IPv4; None if it is none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_loopback(host: str) -> bool:
    """Return whether nobody but this machine reaches a socket that is bound to `host`."""
    address = address_of(host.strip("[]"))
    return host == "localhost" or (address is not None and address.is_loopback)


class _Table:
    """Networks with the role of each, the smallest first."""

    def __init__(self, entries: Iterable[tuple[Network, Role]], other: Role) -> None:
        self._entries = sorted(dict(entries).items(), key=lambda entry: -entry[0].prefixlen)
        self._other = other

    def role(self, text: str) -> Role:
        address = address_of(text)
        if address is None:
            return Role.NONE
        return next((role for network, role in self._entries if address.version == network.version and address in network), self._other)


class Rules:
    """`Access`, ready to be asked.

    `own` are the addresses that the daemon itself is bound to: who comes from one of them is on this machine.
    """

    def __init__(self, access: Access, own: Iterable[str] = ()) -> None:
        self.access = access
        here = [(network_of(text), Role.DRIVE) for text in (*LOOPBACK, *filter(_is_one, own))]
        listed = [(network_of(text), Role.DRIVE) for text in access.allow or ()]
        listed += [(network_of(text), Role.READ) for text in access.read_only]
        self._plain = _Table([*here, *listed], Role.DRIVE if access.allow is None else Role.NONE)
        curve = access.curve
        everybody = curve is None or curve.allow is None
        let_in = [] if curve is None else [(network_of(text), Role.DRIVE) for text in curve.allow or ()]
        self._curve = _Table([*here, *let_in], Role.DRIVE if everybody else Role.NONE)
        self.keys = {} if access.keyring is None else {key.public: key for key in access.keyring.clients}
        self._known: dict[str, Role] = {}

    def role(self, address: str) -> Role:
        """Return what a client of the plain port may do that comes from `address`; one that is no address may do nothing."""
        if not self.access.guarded:
            return Role.DRIVE
        role = self._known.get(address)
        if role is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            role = self._known[address] = self._plain.role(address)
        return role

    def lets_in(self, address: str) -> bool:
        """Return whether the port with keys is open to `address`."""
        return self._curve.role(address) is not Role.NONE

    def everybody_drives(self, *, ipv6: bool) -> bool:
        """Return whether no rule keeps anybody on the network from driving through the plain port."""
        whole = {"0.0.0.0/0", "::/0"} if ipv6 else {"0.0.0.0/0"}
        return self.access.allow is None and not whole <= {str(network_of(text)) for text in self.access.read_only}


def _is_one(host: str) -> bool:
    """Return whether `host` is an address that something can come from, unlike `0.0.0.0`. Loopback stands for itself, as a network."""
    address = address_of(host)
    return address is not None and not address.is_unspecified and not address.is_loopback
