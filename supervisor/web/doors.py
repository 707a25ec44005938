"""Who may look, who may drive, and which requests are answered at all. Pure.

Nothing here reads `X-Forwarded-For` or its like: anybody can write them. Behind a proxy the page is for the proxy's address.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Final
from urllib.parse import urlsplit

from actors.bench.access import Role, Rules, address_of
from actors.bench.page import Page, Settings

LOCAL: Final = "localhost"
_HOST: Final = re.compile(r"(\[[^\]]*\]|[^:]*)(?::[0-9]{1,5})?")


class Doors:
    """The rules of `WEB`, `ALLOW` and `READ_ONLY`, ready to be asked."""

    def __init__(self, settings: Settings) -> None:
        self.page: Final = settings.page or Page()
        self._allow, self._closed = settings.allow, settings.page is None
        self._rules = Rules(settings.access, [self.page.bind])
        name = socket.gethostname().lower()
        self._hosts = {LOCAL, name, name.partition(".")[0], f"{name.partition('.')[0]}.local", *self.page.hosts}

    def knows(self, host: str) -> bool:
        """Return whether the `Host` of a request is this machine: an address, which no foreign name can be, or a name of its own."""
        name = _without_port(host)
        try:
            ipaddress.ip_address(name[1:-1] if name.startswith("[") and name.endswith("]") else name)
        except ValueError:
            return name.lower().removesuffix(".") in self._hosts
        return True

    def role(self, address: str) -> Role:
        """Return what somebody at `address` may do; driving takes a session beside that. Without a `WEB`, nobody may do anything."""
        role = Role.NONE if self._closed else self._rules.role(address)
        if role is not Role.DRIVE:
            return role
        return Role.DRIVE if self._may_drive(address) else Role.READ

    def _may_drive(self, address: str) -> bool:
        where = address_of(address)
        return self.page.drive and (self._allow is not None or (where is not None and where.is_loopback))


def same_origin(origin: str | None, host: str) -> bool:
    """Return whether a request that acts comes from a page of this very server; one that does not say so is refused.

    Cookies and `SameSite` do not tell that: another port of this host is the same site.
    """
    if not origin or not host:
        return False
    parts = urlsplit(origin)
    return (
        parts.scheme in {"http", "https"}
        and parts.netloc.lower() == host.lower()
        and origin.lower() == f"{parts.scheme}://{parts.netloc}".lower()
    )


def _without_port(host: str) -> str:
    found = _HOST.fullmatch(host)
    return "" if found is None else found[1]
