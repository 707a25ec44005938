"""Draws the pictures of the page: a simulated bench that heats, loses a sensor and gets it back, in a real browser.

`python -m docs.pictures.page`, or `python3 dev.py pictures page`, with Chromium installed; takes about two minutes.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from pilotage import Client
from tests.browser import Browser
from tests.e2e.daemon import Daemon
from tests.supervisor.web.conftest import Site

FOLDER = Path(__file__).parent


def main() -> None:
    """Let the bench live, then draw both pictures."""
    with tempfile.TemporaryDirectory() as folder, Daemon(Path(folder), "--simulate", "--web", "0", "--speed", "5") as daemon:
        site = Site(daemon.ready().running())
        with Client(daemon.endpoint) as bench:
            for name, value, seconds in (("resistance", 60, 30), ("ventilateur", 90, 20), ("resistance", 20, 15)):
                bench.set(name, value)
                time.sleep(seconds)
            bench.fault("t_entree", "unplug")
            time.sleep(12)
            bench.fault("t_entree", "clear")
            bench.set("resistance", 60)
            time.sleep(25)
        with Browser() as browser:
            for name, width, height, dark in (("phone", 390, 844, False), ("desktop", 1280, 860, True)):
                browser.screen(width, height, dark=dark, phone=name == "phone")
                browser.open(site.url)
                browser.wait("document.querySelector('#curve canvas') && document.querySelectorAll('#values tr').length > 5", "it is drawn")
                time.sleep(2)
                browser.picture(FOLDER / f"page-{name}.png")


if __name__ == "__main__":
    main()
