"""`ALLOW`, `READ_ONLY` and `CURVE`: who may connect, and who may only read. The key files themselves are read by `file.keys`."""

from __future__ import annotations

import ast
import dataclasses
import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from actors.bench.access import Access, Curve, network_of
from supervisor.configuration import model
from supervisor.configuration.entries import read, warn_unknown
from supervisor.configuration.model import Section, key
from supervisor.configuration.problems import Report, shown

ALLOW, READ_ONLY, CURVE = "ALLOW", "READ_ONLY", "CURVE"
SECTIONS: Final = frozenset({ALLOW, READ_ONLY, CURVE})
NETWORKS: Final = "a list of networks and addresses: ['192.168.1.0/24', 'fd00::/8', '10.0.0.7']"
NETWORK: Final = "a network or an address, as '192.168.1.0/24', 'fd00::/8' or '10.0.0.7'"


class Networks(Section):
    """The two lists."""

    ALLOW: Any = key(None, NETWORKS, "who may connect and drive; this machine always may", "everybody, which the log warns of")
    READ_ONLY: Any = key((), NETWORKS, "who may connect and read, but drive nothing", "nobody is restricted so")


class CurvePort(Section):
    """`CURVE`."""

    port: int = key(5556, "1 to 65535, not PORT", "TCP port for clients with a key", ge=1, le=65535)
    bind: model.BindAddress | None = key(None, f"as BIND: {model.HOSTS}", "where that port listens", "where the plain port does")
    folder: str = key("keys", "a folder, made by `pilotage keygen`", "the key files; relative to the folder of `config.py`", min_length=1)
    allow: Any = key(None, NETWORKS, "from where clients with a key may come", "from everywhere")


def read_access(names: Mapping[str, Any], port: Any, report: Report) -> Access:
    """Validate the three; every error is reported. `port` is PORT, if that is right by itself."""
    allow = _networks(names, ALLOW, ALLOW, report)
    read_only = _networks(names, READ_ONLY, READ_ONLY, report) or ()
    for network in read_only:
        if network in (allow or ()):
            report.error("", READ_ONLY, f"{network!r}, which is in ALLOW as well", "one of the two: who may drive is in ALLOW")
    return Access(allow, read_only, _curve(names.get(CURVE), port, report))


def _networks(names: Mapping[str, Any], name: str, label: str, report: Report) -> tuple[str, ...] | None:
    """Return the networks of a list as texts of one form, or None if there is no such list."""
    section = names.get(name)
    if section is None:
        return None
    if not isinstance(section, list | tuple):
        hint = f"write [{section!r}]" if isinstance(section, str) and _parsed(section) is not None else ""
        report.error("", label, shown(section), NETWORKS, hint)
        return ()
    found: dict[str, None] = {}
    for index, entry in enumerate(section):
        network = _parsed(entry)
        if network is None:
            report.error(f"{label}[{index}]", "", shown(entry), NETWORK, _hint(entry))
        else:
            found[network] = None
    return tuple(found)


def _parsed(entry: Any) -> str | None:
    """Return a network in its one form, an address without `/32` or `/128`; None if `entry` is none."""
    known = ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Network | ipaddress.IPv6Network
    try:
        network = network_of(str(entry) if isinstance(entry, str | known) else "")
    except ValueError:
        return None
    return str(network.network_address if network.num_addresses == 1 else network)


def _hint(entry: Any) -> str:
    """Return what was probably meant."""
    if not isinstance(entry, str):
        return "write it in quotes" if isinstance(entry, int | float) else ""
    text = entry.strip()
    if text != entry and _parsed(text) is not None:
        return f"write {text!r}, without blanks"
    if "%" in text and _parsed(text.partition("%")[0]) is not None:
        return f"write {text.partition('%')[0]!r}: the zone behind % plays no part"
    if text.endswith((".*", ".")) and text.removesuffix("*").removesuffix(".").count(".") == 2:  # noqa: PLR2004 - three of four parts
        return f"write '{text.removesuffix('*').removesuffix('.')}.0/24'"
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        looks_like_name = text[:1].isalpha() and ":" not in text
        return "a host name is not looked up: write its address" if looks_like_name else ""
    return f"{text!r} is an address in a network: write '{network}' for all of it, or {text.partition('/')[0]!r}"


def _curve(section: Any, port: Any, report: Report) -> Curve | None:
    if section is None:
        return None
    if not isinstance(section, dict):
        report.error("", CURVE, shown(section), "a dict: {'port': 5556, 'folder': '/etc/pilotage/keys'}, or {} for the defaults")
        return None
    import zmq

    if not zmq.has("curve"):
        report.error("", CURVE, "a port with keys", "none on this computer: its libzmq was built without CURVE (pyzmq from PyPI has it)")
    entry = read(CurvePort, section, CURVE, report)
    warn_unknown(CURVE, section, CurvePort.model_fields, report)
    if entry.good.get("port") is not None and entry.good["port"] == port:
        entry.error(report, "port", str(port), "another port than PORT: that one is for clients without a key")
    allow = _networks(section, "allow", f"{CURVE}.allow", report)
    if report.problems or not entry.sound:
        return None
    folder = Path(report.file).resolve().parent / Path(entry.good["folder"]).expanduser()
    bind = entry.good["bind"]
    return Curve(entry.good["port"], str(folder), bind and bind.removeprefix("[").removesuffix("]"), allow)


def locate(tree: ast.Module, report: Report) -> None:
    """Add to every problem of these three the line that it is in."""
    values = {target.id: value for target, value in _assigned(tree) if isinstance(target, ast.Name)}
    for number, problem in enumerate(report.problems):
        place = problem.entry or problem.key
        name, _, rest = place.partition("[")
        section = name.partition(".")[0]
        node = values.get(section) if section in SECTIONS else None
        if node is not None and problem.line is None:
            line = _element(node, name.partition(".")[2] or problem.key, rest.removesuffix("]")).lineno
            report.problems[number] = dataclasses.replace(problem, line=line)


def _assigned(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.target, node.value


def _element(node: ast.expr, key: str, index: str) -> ast.expr:
    """Return the part of a literal that a key, and then a number, leads to, as far as the file writes it out."""
    if isinstance(node, ast.Dict):
        keys = [part.value if isinstance(part, ast.Constant) else None for part in node.keys]
        node = node.values[keys.index(key)] if key in keys else node
    if index.isdecimal() and isinstance(node, ast.List | ast.Tuple) and int(index) < len(node.elts):
        node = node.elts[int(index)]
    return node
