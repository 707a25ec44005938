"""The page in a real browser."""

import os
import signal
from pathlib import Path

import pytest

from pilotage import Client
from tests.browser import Browser
from tests.e2e.daemon import Daemon
from tests.fakes import eventually
from tests.supervisor.web.conftest import Site, unplugged

READY = "document.querySelector('#curve canvas') && document.querySelectorAll('#values tr').length > 5"
WIDTH = "document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture
def page(browser: Browser, site: Site) -> Browser:
    browser.open("about:blank")  # what the page of an earlier test still asks for is not this one's
    browser.complaints.clear()
    browser.requests.clear()
    browser.screen(390, 844, phone=True)
    browser.open(site.url)
    browser.wait(READY, "values and curve are drawn")
    return browser


def test_a_telephone_shows_every_value_its_curve_and_asks_nothing_of_anybody_else(page: Browser, site: Site) -> None:
    text = page.text("#values")
    assert "Température de la résistance" in text
    assert "°C" in text
    assert page.text("#outputs").count("ventilateur") == 1
    assert "too_hot" in page.text("#interlocks")
    page.wait("document.querySelector('#events').children.length > 2", "events are listed")
    assert page.evaluate(WIDTH)
    assert page.evaluate("document.querySelector('#off').hidden")
    assert all(request.startswith((site.url, "data:")) for request in page.requests)
    assert page.complaints == []
    assert page.evaluate("performance.getEntriesByType('resource').reduce((sum, one) => sum + one.transferSize, 0)") <= 150_000


def test_a_desktop_in_the_dark_and_in_french_shows_the_same(page: Browser) -> None:
    page.screen(1280, 900, dark=True)
    page.click("#language")
    page.wait("document.querySelector('#values-title').innerText === 'Mesures'", "it speaks French")
    assert page.evaluate("document.documentElement.lang") == "fr"
    page.wait("document.querySelector('#interlocks').innerText.includes('armée')", "states are in French")
    page.wait("/en marche|arrêt/.test(document.querySelector('#outputs').innerText)", "states are in French")  # or made safe before
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 21, 27)"
    assert page.evaluate(WIDTH)
    page.click("#language")
    page.click("#spans button:nth-of-type(2)")
    page.wait("document.querySelector('#spans button:nth-of-type(2)').getAttribute('aria-pressed') === 'true'", "an hour is shown")
    page.click("#table-part summary")
    page.wait("document.querySelector('#table').innerText.includes('t_resistance')", "the curve is there as a table")
    assert "channels over" in page.evaluate("document.querySelector('#curve').getAttribute('aria-label')")
    assert page.complaints == []


def row(name: str, *words: str) -> str:
    """Return a script that tells whether the row of a channel says these words."""
    told = " && ".join(f"row.innerText.includes({word!r})" for word in (name, *words))
    return f"[...document.querySelectorAll('#values tr')].some((row) => {told})"


def test_a_lost_sensor_is_no_number_but_words(page: Browser, site: Site) -> None:
    with unplugged(site, "t_entree"):
        page.wait(row("t_entree", "absent", "\N{EN DASH}"), "it says so")
        page.wait("document.querySelector('#events').innerText.includes('t_entree')", "the event is there")
    page.wait(row("t_entree", " ago"), "it is back")


def test_a_tab_that_slept_shows_at_once_how_old_it_is_and_finds_the_server_again(page: Browser) -> None:
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("const real = performance.now.bind(performance); performance.now = () => real() + 3600e3")
    page.evaluate("Object.defineProperty(document, 'hidden', { value: false, configurable: true })")
    assert page.evaluate(
        "document.dispatchEvent(new Event('visibilitychange')); document.body.classList.contains('old') && "
        "document.querySelector('#values').innerText.includes('60 min ago')"
    )
    page.wait(
        "!document.body.classList.contains('old') && !document.querySelector('#values').innerText.includes('60 min ago')", "it is live"
    )
    page.evaluate("performance.now = () => real() + 7200e3")  # a connection that died while this computer slept says nothing
    page.wait("document.querySelector('#old').innerText.includes('No answer')", "it says so")
    page.wait("document.querySelector('#old').hidden", "another connection is made")


def test_a_page_that_dies_costs_the_page_alone_and_the_browser_says_so(browser: Browser, tmp_path: Path) -> None:
    with Daemon(tmp_path, "--simulate", "--web", "0", "--state", str(tmp_path / "kept")) as daemon:
        browser.screen(390, 844, phone=True)
        browser.open(Site(daemon.ready()).url)
        browser.wait(READY, "values and curve are drawn")
        assert not browser.evaluate("document.body.classList.contains('old')")
        (process,) = children(daemon.process.pid)
        os.kill(process, signal.SIGKILL)
        browser.wait("document.querySelector('#old').innerText.includes('No answer from the server')", "it is said")
        assert browser.evaluate("document.body.classList.contains('old')")
        eventually(lambda: daemon.records("page_failed"), "the daemon says so")
        with Client(daemon.endpoint) as bench:
            assert bench.read("ventilateur") == 0
        assert list((tmp_path / "kept").glob("history-*.db"))
        assert daemon.end() == 0


def children(pid: int) -> list[int]:
    """Return the processes that one has begun."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
