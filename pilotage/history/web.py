"""Asking the recorder of a bench for its history, over HTTP: the daemon itself keeps minutes only.

Light: what speaks HTTP is loaded when somebody asks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pilotage.endpoints import host_and_port
from pilotage.errors import ClientError, UnreachableError
from pilotage.history.columns import Columns

if TYPE_CHECKING:
    from urllib.error import HTTPError

PORT: Final = 8080
PORT_VARIABLE: Final = "PILOTAGE_WEB"
"""What says another port, as for `pilotage run`."""
PATIENCE: Final = 60.0
"""Seconds for an answer: a month of every reading is read from a card."""


def page_of(endpoint: str, environ: Mapping[str, str]) -> str:
    """Return where the page of the bench is whose daemon is at `endpoint`."""
    port = environ.get(PORT_VARIABLE, "")
    return f"http://{host_and_port(endpoint)[0]}:{port if port.isdecimal() else PORT}"


def ask(page: str, names: Sequence[str], start: float, end: float, every: float | None) -> Columns:
    """Return a stretch of history; raises UnreachableError, or ClientError with what the recorder says."""
    from urllib.error import HTTPError, URLError
    from urllib.parse import urlencode
    from urllib.request import ProxyHandler, Request, build_opener

    fields = {"names": ",".join(names), "from": repr(start), "to": repr(end), **({} if every is None else {"every": repr(every)})}
    url = f"{page.rstrip('/')}/history?{urlencode(fields)}"
    if not url.startswith(("http://", "https://")):
        raise ClientError("bad_endpoint", f"{page} is no address of a page: write http://raspberrypi:{PORT}")
    try:
        # No proxy of the institute knows a bench of its own network.
        with build_opener(ProxyHandler({})).open(Request(url), timeout=PATIENCE) as reply:  # noqa: S310 - http alone, looked at above
            document: Any = json.load(reply)
        return Columns.of(document)
    except HTTPError as error:
        raise _refusal(page, error) from None
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        text = f"no recorder answers at {page} ({reason}): is `WEB` in its config.py, and may this computer reach it?"
        raise UnreachableError("unreachable", text) from None
    except (ValueError, KeyError, TypeError):
        raise ClientError("no_history", f"what answers at {page} is no recorder of pilotage") from None


def _refusal(page: str, error: HTTPError) -> ClientError:
    """Return what the recorder says against a question."""
    try:
        reason = str(json.load(error)["message"])
    except (OSError, ValueError, KeyError, TypeError):
        reason = f"{error.code} {error.reason}"
    return ClientError("unknown_name" if "nothing was kept of" in reason else "no_history", f"the recorder at {page} refuses: {reason}")
