"""The rules of a page that can heat, one by one."""

import hashlib
import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from pilotage import Client
from supervisor.web.sessions import ALONE, ATTEMPTS, Sessions
from tests.browser import Browser
from tests.e2e.daemon import command
from tests.fakes import eventually
from tests.supervisor.web.conftest import DEFAULT, DRIVEN, Person, unplugged


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Origin": None}, 403),
        ({"Origin": "http://attacker.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Host": "attacker.example", "Origin": "http://attacker.example"}, 421),
        ({"Content_Type": "text/plain"}, 415),
        ({"Cookie": None}, 403),
        ({"Cookie": "pilotage-1=x"}, 403),
        ({"X_Pilotage_Token": None}, 403),
        ({"X_Pilotage_Token": "x"}, 403),
    ],
)
def test_only_the_page_of_a_person_who_has_logged_in_acts(person: Person, changed: dict[str, str | None], status: int) -> None:
    assert person.post("/set", {"name": "ventilateur", "value": 9}, **changed)[0] == status
    assert person.post("/off", {}, **changed)[0] == status
    with Client(person.daemon.endpoint) as bench:
        assert bench.read("ventilateur") != 9


def recorded(person: Person, name: str) -> None:
    """Wait until a set-point stands in the log under a person's name."""
    who = f"127.0.0.1 (web, {name})"
    eventually(lambda: who in {record["client"] for record in person.daemon.records("set_point")}, "the record says who")


def test_a_fan_is_set_at_once_and_the_record_says_who(person: Person) -> None:
    assert person.post("/set", {"name": "ventilateur", "value": 77}) == (200, {"value": 77.0})
    recorded(person, "anna")
    assert person.post("/off", {})[1]["value"]["ventilateur"] == 0


@pytest.mark.parametrize("value", [True, "9", None, 1e9, -1])
def test_what_is_no_set_point_is_refused(person: Person, value: Any) -> None:
    assert person.post("/set", {"name": "ventilateur", "value": value})[0] == 400
    assert person.post("/set", {"name": "nobody", "value": 1})[0] == 400


def confirmed(person: Person, value: float) -> tuple[int, dict[str, Any]]:
    found: dict[str, Any] = {}

    def asked() -> bool:
        found.update(person.post("/set", {"name": "resistance", "value": value})[1])
        return "confirm" in found

    eventually(asked, "the heater may be set", 30)
    assert [read["name"] for read in found["reads"]] == ["t_resistance"]
    assert found["reads"][0]["units"] == "°C"
    return person.post("/set", {"name": "resistance", "value": value, "confirm": found["confirm"]})


def test_a_heater_is_confirmed_against_its_temperature_and_only_that_very_value_once(person: Person) -> None:
    person.ask("/bench")
    with Client(person.daemon.endpoint) as bench:
        assert person.post("/set", {"name": "resistance", "value": 20, "confirm": "x"})[0] == 409
        assert bench.read("resistance") == 0
        assert confirmed(person, 20) == (200, {"value": 20.0})
        assert bench.read("resistance") == 20
        assert person.post("/off", {})[0] == 200
        assert bench.read("resistance") == 0


def test_a_heater_whose_sensor_is_lost_is_not_set_and_off_is_never_in_the_way_of_that(person: Person) -> None:
    with unplugged(person, "t_resistance"):
        refused = eventually_refused(person)
        assert refused["code"] == "not_now"
        assert person.post("/off", {})[0] == 200
        assert person.post("/set", {"name": "resistance", "value": 0})[0] in {200, 409}


def eventually_refused(person: Person) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def refused() -> bool:
        person.ask("/bench")
        found.update(person.post("/set", {"name": "resistance", "value": 20})[1])
        return found.get("code") == "not_now"

    eventually(refused, "the heater is locked", 30)
    return found


def test_a_person_in_a_browser_logs_in_sets_the_fan_and_switches_off(person: Person, browser: Browser) -> None:
    browser.screen(390, 844, phone=True)
    browser.open(person.url)
    browser.wait("!document.querySelector('#person').hidden", "somebody may log in")
    assert browser.evaluate("document.querySelector('#off').hidden")
    code = command(person.folder, "web-login").stdout.split()[0]
    browser.click("#person")
    browser.evaluate(f"document.querySelector('#code').value = '{code}'; document.querySelector('#name').value = 'ben'")
    browser.click("#dialog button[type=submit]")
    browser.wait("!document.querySelector('#off').hidden && document.querySelectorAll('#outputs button').length > 0", "it may drive")
    browser.click("#outputs button")
    browser.evaluate("document.querySelector('#wanted').value = 55")
    browser.click("#dialog button[type=submit]")
    browser.wait("document.querySelector('#outputs').innerText.includes('55 of 255')", "the read-back says so")
    browser.click("#outputs tr:last-of-type button")
    browser.evaluate("document.querySelector('#wanted').value = 20")
    browser.click("#dialog button[type=submit]")
    browser.wait("document.querySelector('#dialog').innerText.includes('t_resistance')", "the temperature is shown")
    assert "Confirm 20" in browser.text("#dialog")
    browser.click("#dialog .row button:last-of-type")
    browser.wait("document.querySelector('#said').innerText.includes('reads back 20')", "the heater is on")
    browser.click("#off")
    browser.wait("document.querySelector('#said').innerText.includes('every output is off')", "it is off")
    recorded(person, "ben")
    assert "ben" in command(person.folder, "web-login", "--list").stdout
    command(person.folder, "web-login", "--revoke", "ben")
    browser.wait("document.querySelector('#off').hidden", "he is logged out")


def code_in(folder: Path, code: str = "abcdefgh", seconds: float = 100.0) -> str:
    hashed = hashlib.sha256(code.encode()).hexdigest()
    (folder / f"{code}.code").write_text(json.dumps({"hash": hashed, "until": time.time() + seconds}), encoding="utf-8")
    return code


def test_a_code_serves_once_and_not_when_it_is_old_or_made_to_last(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, lambda *_: None)
    cookie = sessions.login(code_in(tmp_path), "anna", "10.0.0.7")
    session = sessions.find(cookie)
    assert session is not None
    assert session.who == "10.0.0.7 (web, anna)"
    assert sessions.login("abcdefgh", "anna", "10.0.0.7") is None
    assert sessions.login(code_in(tmp_path, seconds=-1), "anna", "10.0.0.7") is None
    assert sessions.login(code_in(tmp_path, seconds=1e6), "anna", "10.0.0.7") is None
    assert sessions.find(None) is None
    assert sessions.find("x") is None


def test_five_attempts_a_minute_are_all_there_are(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, lambda *_: None)
    assert [sessions.may_try() for _ in range(ATTEMPTS + 1)] == [True] * ATTEMPTS + [False]


def test_the_connection_of_a_person_goes_with_the_last_page(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, lambda *_: None)
    session = sessions.find(sessions.login(code_in(tmp_path), "anna", "10.0.0.7"))
    assert session is not None
    session.driving = Client("127.0.0.1:9")
    session.open()
    session.alone_since -= ALONE + 1
    sessions.look()
    assert session.driving is not None
    session.shut()
    sessions.look()
    assert session.driving is not None
    session.alone_since -= ALONE + 1
    sessions.look()
    assert session.driving is None


def test_a_reload_that_forbids_driving_holds_for_who_is_logged_in_until_another_one_allows_it(person: Person) -> None:
    config = person.folder / "config.py"

    def reload(text: str, status: int) -> None:
        config.write_text(text, encoding="utf-8")
        person.daemon.process.send_signal(signal.SIGHUP)
        eventually(lambda: person.post("/set", {"name": "ventilateur", "value": 0})[0] == status, "the page goes by that", 40)

    try:
        reload(f"{DEFAULT}\nWEB = {{}}\nFRAME_INTERVAL = 0.2\n", 403)
        for path in ("/off", "/set", "/login", "/logout"):
            assert person.post(path, {})[0] == 403
            assert person.ask(path, "GET", None, Origin=person.url, Content_Type="application/json")[0] in {403, 405}
        assert json.loads(person.ask("/bench", Cookie=person.cookie)[2])["me"] == {"drive": False, "login": False}
    finally:
        reload(DRIVEN, 200)
