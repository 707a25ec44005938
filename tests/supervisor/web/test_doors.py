"""Who may come to the page, and as whose page a request counts."""

import socket
from pathlib import Path

import pytest

from actors.bench.access import Role
from actors.bench.page import Limit, Page, Settings
from supervisor.configuration import ConfigurationError, load
from supervisor.web.doors import Doors, same_origin

DEFAULT = Path("config.py").read_text(encoding="utf-8")


def doors(*, allow: tuple[str, ...] | None = None, read_only: tuple[str, ...] = (), drive: bool = True) -> Doors:
    return Doors(Settings("tcp://127.0.0.1:1", "", Page(drive=drive, hosts=("bench.lab.example",)), allow, read_only))


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "192.168.1.20", "[::1]:8080", "localhost:8080", "LOCALHOST", "bench.lab.example:80"])
def test_an_address_and_a_name_of_this_machine_are_known(host: str) -> None:
    assert doors().knows(host)
    assert doors().knows(socket.gethostname())


@pytest.mark.parametrize(
    "host",
    [
        "",
        "attacker.example",
        "127.0.0.1.attacker.example",
        "localhost.attacker.example:8080",
        "[::1",
        "a@127.0.0.1",
        "127.0.0.1:80@b.example",
        "[::1]b.example",
    ],
)
def test_a_foreign_name_that_leads_here_is_not(host: str) -> None:
    assert not doors().knows(host)


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://10.0.0.7:8080", "10.0.0.7:8080", True),
        ("https://bench", "bench", True),
        ("http://[fd00::7]:8080", "[fd00::7]:8080", True),
        ("http://[fd00::7]:8081", "[fd00::7]:8080", False),
        ("http://10.0.0.7:8888", "10.0.0.7:8080", False),
        ("http://attacker.example", "10.0.0.7:8080", False),
        ("null", "10.0.0.7:8080", False),
        ("", "10.0.0.7:8080", False),
        (None, "10.0.0.7:8080", False),
        ("http://10.0.0.7:8080/path", "10.0.0.7:8080", False),
    ],
)
def test_a_request_that_acts_comes_from_this_very_server_or_is_refused(origin: str | None, host: str, same: bool) -> None:
    assert same_origin(origin, host) is same


def test_without_allow_only_this_machine_may_drive() -> None:
    assert doors().role("127.0.0.1") is Role.DRIVE
    assert doors().role("::1") is Role.DRIVE
    assert doors().role("192.168.1.20") is Role.READ


def test_the_rules_of_the_daemon_hold_for_the_browsers_address() -> None:
    found = doors(allow=("192.168.1.20",), read_only=("192.168.1.0/24",))
    assert [found.role(each) for each in ("192.168.1.20", "192.168.1.21", "10.0.0.7", "nonsense")] == [
        Role.DRIVE,
        Role.READ,
        Role.NONE,
        Role.NONE,
    ]


def test_nobody_drives_unless_config_says_so() -> None:
    found = doors(allow=("192.168.1.20",), drive=False)
    assert {found.role(each) for each in ("127.0.0.1", "192.168.1.20")} == {Role.READ}


def test_a_page_that_a_reload_took_away_is_for_nobody() -> None:
    assert Doors(Settings("tcp://127.0.0.1:1", "")).role("127.0.0.1") is Role.NONE


def test_what_the_process_is_told_is_read_back_as_it_was() -> None:
    told = Settings(
        "tcp://[::1]:5555", "/x", Page(81, "*", drive=True, hosts=("a",)), ("10.0.0.0/8",), (), (Limit("hot", "t", "temp", 90.0),)
    )
    assert Settings.of(told.text()) == told
    assert Settings.of(Settings("tcp://h:1", "").text()) == Settings("tcp://h:1", "")


def written(folder: Path, section: str) -> Path:
    path = folder / "config.py"
    path.write_text(f"{DEFAULT}\n{section}\n", encoding="utf-8")
    return path


def test_without_web_there_is_no_page_and_an_empty_one_is_for_reading_on_this_machine(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")).page is None
    assert load(written(tmp_path, "WEB = {}")).page == Page(8080, "127.0.0.1", drive=False, hosts=())


@pytest.mark.parametrize(
    ("section", "word"),
    [
        ("WEB = 8080", "WEB"),
        ("WEB = {'port': 0}", "port"),
        ("WEB = {'port': 5555}", "another port than PORT"),
        ("WEB = {'drive': 1}", "drive"),
        ("WEB = {'hosts': ['http://bench']}", "host names"),
    ],
)
def test_what_is_wrong_in_web_is_named(section: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        load(written(tmp_path, section))
    assert word in str(wrong.value)


def test_driving_from_the_network_without_allow_is_warned_of(tmp_path: Path) -> None:
    warnings = load(written(tmp_path, "WEB = {'bind': '*', 'drive': True}")).warnings
    assert [warning for warning in warnings if "without ALLOW nobody on the network may drive from the page" in warning]
