"""A list of benches in a file: a line for each address, with a key file behind it if the daemon wants one, or `leco` and a coordinator."""

from __future__ import annotations

from pathlib import Path

from pilotage.endpoints import endpoint_of
from pilotage.errors import ClientError
from pilotage.wire import leco

COORDINATOR = "leco"
"""How a line begins that names a coordinator."""
Address = tuple[str, str | None]


def read_list(path: Path) -> tuple[list[Address], list[str]]:
    """Return the addresses, each with its key file or None, and the coordinators; a key file is looked for beside the list.

    Raises ClientError `bad_list` for a file that cannot be read, or has a line that is none of these.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ClientError("bad_list", f"the list of benches {path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    addresses: list[Address] = []
    coordinators: list[str] = []
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        try:
            if words[:1] == [COORDINATOR] and len(words) == 2:  # noqa: PLR2004 - the word and the address
                endpoint_of(words[1], leco.PORT)
                coordinators.append(words[1])
            elif words:
                address, key = words if len(words) > 1 else (words[0], None)
                endpoint_of(address)
                addresses.append((address, None if key is None else str(path.parent / Path(key).expanduser())))
        except ValueError as error:
            meant = error if len(words) <= 2 else "a line is ADDRESS, ADDRESS KEYFILE or leco HOST"  # noqa: PLR2004 - as above
            raise ClientError("bad_list", f"{path}, line {number}: {meant}") from None
    return addresses, coordinators
