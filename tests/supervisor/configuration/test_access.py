"""`ALLOW`, `READ_ONLY` and `CURVE` in `config.py`."""

import ipaddress
from pathlib import Path
from typing import Any

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from supervisor.configuration import check
from tests.supervisor.configuration.benches import accepted, judge, refused

NETWORK = "a network or an address, as '192.168.1.0/24', 'fd00::/8' or '10.0.0.7'"
LIST = "a list of networks and addresses: ['192.168.1.0/24', 'fd00::/8', '10.0.0.7']"


def test_networks_and_addresses_get_one_form() -> None:
    given_ = ["192.168.1.0/24", "192.168.1.7", "192.168.1.7/32", "10.0.0.0/255.0.0.0", "FD00::/8", "::ffff:172.16.0.0/108", "::1/128"]
    access = accepted(ALLOW=given_, READ_ONLY=("10.1.0.0/16",)).access
    assert access.allow == ("192.168.1.0/24", "192.168.1.7", "10.0.0.0/8", "fd00::/8", "172.16.0.0/12", "::1")
    assert access.read_only == ("10.1.0.0/16",)


@pytest.mark.parametrize("name", ["ALLOW", "READ_ONLY"])
@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("192.168.1.7/24", "; '192.168.1.7/24' is an address in a network: write '192.168.1.0/24' for all of it, or '192.168.1.7'"),
        ("raspberrypi", "; a host name is not looked up: write its address"),
        (" 10.0.0.7", "; write '10.0.0.7', without blanks"),
        ("10.0.0.*", "; write '10.0.0.0/24'"),
        ("10.0.0.", "; write '10.0.0.0/24'"),
        ("fe80::1%eth0", "; write 'fe80::1': the zone behind % plays no part"),
        (10, "; write it in quotes"),
        ("10.0.0.0/33", ""),
        ("10.0.0.256", ""),
        ("", ""),
        (b"10.0.0.7", ""),
        (None, ""),
        (["10.0.0.7"], ""),
    ],
)
def test_an_entry_that_is_no_network_is_refused_with_what_was_probably_meant(name: str, entry: Any, hint: str) -> None:
    assert refused(**{name: ["10.0.0.1", entry]}) == f"config.py: {name}[1]: found {entry!r}; allowed: {NETWORK}{hint}"


@pytest.mark.parametrize("name", ["ALLOW", "READ_ONLY"])
def test_a_network_that_is_in_no_list_is_refused(name: str) -> None:
    assert refused(**{name: "10.0.0.0/8"}) == f"config.py: {name}: found '10.0.0.0/8'; allowed: {LIST}; write ['10.0.0.0/8']"
    assert refused(**{name: {"10.0.0.7": True}}) == f"config.py: {name}: found {{'10.0.0.7': True}}; allowed: {LIST}"


def test_a_network_in_both_lists_is_refused_but_one_within_another_is_not() -> None:
    found = refused(ALLOW=["10.0.0.0/8"], READ_ONLY=["10.0.0.0/255.0.0.0"])
    assert (
        found == "config.py: READ_ONLY: found '10.0.0.0/8', which is in ALLOW as well; allowed: one of the two: who may drive is in ALLOW"
    )
    assert accepted(ALLOW=["10.0.0.0/8"], READ_ONLY=["10.1.0.0/16", "0.0.0.0/0"]).access.read_only == ("10.1.0.0/16", "0.0.0.0/0")


@given(st.lists(st.one_of(st.text(max_size=30), st.integers(), st.none(), st.binary(max_size=8), st.ip_addresses().map(str)), max_size=5))
def test_any_list_is_accepted_or_refused_and_never_let_through_as_it_is(entries: list[Any]) -> None:
    bench, problems, _ = judge(ALLOW=entries)
    assert (bench is None) == bool(problems)
    if bench is not None:
        assert bench.access.allow is not None
        assert len(bench.access.allow) <= len(entries)
        for network in bench.access.allow:
            ipaddress.ip_network(network)


@pytest.mark.parametrize("name", ["ALLOWED", "READONLY", "Allow", "read_only", "CURVES"])
def test_a_slip_in_a_name_is_warned_of_since_it_would_guard_nothing(name: str) -> None:
    _, _, warnings = judge(**{name: ["10.0.0.0/8"]})
    assert any(f"`{name}` is no key of the file, and guards nothing; did you mean" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("section", "found"),
    [
        ([], "CURVE: found []; allowed: a dict: {'port': 5556, 'folder': '/etc/pilotage/keys'}, or {} for the defaults"),
        ({"port": 5555}, "CURVE, port: found 5555; allowed: another port than PORT: that one is for clients without a key"),
        ({"port": "5556"}, "CURVE, port: found '5556'; allowed: 1 to 65535, not PORT; write 5556, without the quotes"),
        ({"folder": ""}, "CURVE, folder: found ''; allowed: a folder, made by `pilotage keygen`"),
        ({"folder": 5}, "CURVE, folder: found 5; allowed: a folder, made by `pilotage keygen`"),
        ({"bind": "a b"}, "CURVE, bind: found 'a b'; allowed: as BIND: '*', an IP address, a host name or an interface"),
    ],
)
def test_a_wrong_port_with_keys_is_refused(section: Any, found: str) -> None:
    assert refused(CURVE=section) == f"config.py: {found}"


def test_a_libzmq_without_curve_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zmq, "has", lambda _feature: False)
    assert "its libzmq was built without CURVE" in refused(CURVE={})


def test_an_error_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "config.py"
    file.write_text(
        "SENSORS_CONFIG = {}\n"
        "ALLOW: list = [\n"
        "    '10.0.0.0/8',\n"
        "    'nonsense',\n"
        "]\n"
        "READ_ONLY = 5\n"
        "CURVE = {\n"
        "    'port': 0,\n"
        "    'allow': ['10.0.0.0/8',\n"
        "              'x'],\n"
        "}\n",
        encoding="utf-8",
    )
    _, problems, _ = check(file)
    assert [problem.line for problem in problems] == [4, 6, 8, 10]
    assert str(problems[0]).startswith(f"{file}:4: ALLOW[1]: found 'nonsense'")
