"""How a person writes where a daemon is."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.endpoints import endpoint_of, host_and_port


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("raspberrypi", "tcp://raspberrypi:5555"),
        ("raspberrypi:5556", "tcp://raspberrypi:5556"),
        (" 192.168.1.20 ", "tcp://192.168.1.20:5555"),
        ("tcp://raspberrypi.local:1", "tcp://raspberrypi.local:1"),
        ("tcp://host/", "tcp://host:5555"),
        ("[fe80::1%eth0]:5555", "tcp://[fe80::1%eth0]:5555"),
    ],
)
def test_a_host_with_or_without_its_port_is_enough(text: str, endpoint: str) -> None:
    assert endpoint_of(text) == endpoint


@pytest.mark.parametrize("text", ["", "http://host", "a b", "tcp://", "ipc:///tmp/x", "host:5:5"])
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write raspberrypi, 192\.168\.1\.20:5555"):
        endpoint_of(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pi@raspberrypi", "raspberrypi"),
        ("pi@raspberrypi:5600", "raspberrypi:5600"),
        ("127.0.0.1,5555", "127.0.0.1:5555"),
    ],
)
def test_what_was_meant_by_an_address_that_is_none_is_named(text: str, meant: str) -> None:
    with pytest.raises(ValueError, match=rf"is no address of a daemon; write {re.escape(meant)}$"):
        endpoint_of(text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("127.0.0.1:99999", "a port is a number from 1 to 65535"),
        ("host:0", "a port is a number from 1 to 65535"),
        ("tcp://host:65536/", "a port is a number from 1 to 65535"),
        ("[::1]:123456", "a port is a number from 1 to 65535"),
        ("pi@host:99999", "a port is a number from 1 to 65535"),
        ("host:port", "a port is a number from 1 to 65535"),
        ("127.0.0.1:", "the port behind the colon is missing"),
        ("[::1]:", "the port behind the colon is missing"),
        ("::1", "an IPv6 address of one computer goes in brackets; write [::1], or [::1]:5555 with a port"),
        ("::", "an IPv6 address of one computer goes in brackets; write [::1], or [::1]:5555 with a port"),
        ("fe80::1", "an IPv6 address of one computer goes in brackets; write [fe80::1], or [fe80::1]:5555 with a port"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_and_nothing_is_advised_that_cannot_work(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=rf"is no address of a daemon: {re.escape(wrong)}$"):
        endpoint_of(text)


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_refused_in_words(text: str) -> None:
    with suppress(ValueError):
        assert endpoint_of(text).isascii()


@given(st.from_regex(r"[a-z0-9.-]{1,20}", fullmatch=True), st.integers(1, 65535))
def test_the_parts_come_back(host: str, port: int) -> None:
    assert host_and_port(endpoint_of(f"{host}:{port}")) == (host, port)
