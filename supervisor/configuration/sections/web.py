"""`WEB`: the page that a browser shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from actors.bench.access import is_loopback
from actors.bench.page import Page
from supervisor.configuration import model
from supervisor.configuration.entries import read, warn_unknown
from supervisor.configuration.model import Section, key
from supervisor.configuration.problems import Report, shown

SECTION: Final = "WEB"
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII | re.IGNORECASE)


class Keys(Section):
    """`WEB`."""

    port: int = key(8080, "1 to 65535, not PORT", "TCP port of the page", ge=1, le=65535)
    bind: model.BindAddress = key("127.0.0.1", f"as BIND: {model.HOSTS}", "where the page is served; `'*'` is every interface")
    drive: bool = key(default=False, allowed="True or False", meaning="True: who logs in with a code may set outputs from the page")
    hosts: Any = key((), "a list of host names", "further names under which browsers find this machine", "its own name and addresses")


def read_web(names: Mapping[str, Any], port: Any, allow: tuple[str, ...] | None, report: Report) -> Page | None:
    """Validate `WEB`; every error is reported. `port` is PORT, `allow` the networks of ALLOW, None for no such list."""
    section = names.get(SECTION)
    if section is None:
        return None
    if not isinstance(section, dict):
        report.error("", SECTION, shown(section), "a dict: {'port': 8080, 'bind': '127.0.0.1'}, or {} for the defaults")
        return None
    entry = read(Keys, section, SECTION, report)
    warn_unknown(SECTION, section, Keys.model_fields, report)
    good = entry.good
    if good.get("port") is not None and good["port"] == port:
        entry.error(report, "port", str(port), "another port than PORT: that one is the daemon's")
    hosts = good.get("hosts") or ()
    if not isinstance(hosts, list | tuple) or not all(isinstance(host, str) and _HOST.fullmatch(host) for host in hosts):
        entry.error(report, "hosts", shown(hosts), "a list of host names, as ['bench.lab.example'], without http:// and port")
    if not entry.sound:
        return None
    bind = str(good["bind"]).removeprefix("[").removesuffix("]")
    if good["drive"] and allow is None and not is_loopback(bind):
        report.warn(SECTION, "without ALLOW nobody on the network may drive from the page; it is for reading there")
    return Page(good["port"], bind, good["drive"], tuple(str(host).lower() for host in hosts))
