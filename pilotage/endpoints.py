"""Where a daemon is reached: `raspberrypi`, `192.168.1.20:5556`, `tcp://[fe80::1]:5555`. Light: imported by every command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from pilotage.here import reach

DEFAULT_PORT: Final = 5555
DEFAULT_TIMEOUT: Final = 3.0
"""Seconds to wait for an answer: twice the deadline within which a daemon answers everything."""
MAX_PORT: Final = 65535
_TCP: Final = re.compile(r"(?:tcp://)?(?P<host>\[[0-9A-Fa-f:.]+(?:%\w+)?\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?/?", re.ASCII)


def endpoint_of(text: str, default: int = DEFAULT_PORT) -> str:
    """Return the ZeroMQ address that `text` means: a host, with or without `tcp://` and port (else `default`).

    Raises ValueError in words.
    """
    endpoint = _endpoint(_ascii(text.strip()), default)
    if endpoint is None:
        raise ValueError(f"{text!r} is no address of a daemon{_advice(text.strip())}")
    return endpoint


def _endpoint(text: str, default: int) -> str | None:
    match = _TCP.fullmatch(text)
    port = int(match["port"] or default) if match is not None else 0
    return f"tcp://{match['host']}:{port}" if match is not None and 0 < port <= MAX_PORT else None


def _ascii(text: str) -> str:
    """Return a host's name with accents as the network spells it (IDNA); anything else as it is."""
    if text.isascii():
        return text
    start, slashes, rest = text.rpartition("//")
    host, colon, port = rest.partition(":")
    try:
        return f"{start}{slashes}{host.encode('idna').decode()}{colon}{port}"
    except UnicodeError:
        return text


def _advice(text: str) -> str:
    """Return the rest of a refusal: what is wrong with an address that is none, or what was probably meant by it."""
    for meant in (text.rpartition("@")[2], text.replace(",", ":", 1)):
        if meant != text and _endpoint(meant, DEFAULT_PORT):
            return f"; write {meant}"
    host, colon, port = text.removeprefix("tcp://").rstrip("/").rpartition(":")
    if colon and (":" not in host or host.endswith("]")) and (port.isalnum() or not port):
        return ": a port is a number from 1 to 65535" if port else ": the port behind the colon is missing"
    if _is_ipv6(text):
        meant = "[::1]" if text == "::" else f"[{text}]"
        return f": an IPv6 address of one computer goes in brackets; write {meant}, or {meant}:{DEFAULT_PORT} with a port"
    return "; write raspberrypi, 192.168.1.20:5555 or tcp://raspberrypi:5555"


def _is_ipv6(text: str) -> bool:
    from ipaddress import IPv6Address

    try:
        return bool(IPv6Address(text))
    except ValueError:
        return False


def default_endpoint(environ: Mapping[str, str], default: int = DEFAULT_PORT) -> str:
    """Return `$PILOTAGE_ENDPOINT`, else where the daemon of this computer says it is, at `$PILOTAGE_PORT` if that is set.

    `default` is the usual port, or the one with keys. Without such a word it is tried at 127.0.0.1.
    Raises ValueError if a variable is wrong.
    """
    name = "PILOTAGE_ENDPOINT" if environ.get("PILOTAGE_ENDPOINT") else "PILOTAGE_PORT"
    text = environ.get("PILOTAGE_ENDPOINT") or f"127.0.0.1:{environ.get('PILOTAGE_PORT') or default}"
    try:
        endpoint = endpoint_of(text, default)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if name == "PILOTAGE_ENDPOINT":
        return endpoint
    if environ.get("PILOTAGE_PORT") or default != DEFAULT_PORT:
        return reach.at_port(environ, host_and_port(endpoint)[1]) or endpoint
    return reach.default(environ, default) or endpoint


def is_here(host: str) -> bool:
    """Return whether `host` means this computer, and to no other one."""
    return host.strip("[]") in {"localhost", "127.0.0.1", "::1"}


def host_and_port(endpoint: str) -> tuple[str, int]:
    """Return the two parts of what `endpoint_of` returned."""
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    return host, int(port)
