"""The rules by network: against a plain model of them, for any lists and any address."""

import copy
import ipaddress
import pickle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from actors.bench.access import LOOPBACK, Access, Key, Keyring, Role, Rules, Secret, network_of

V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6)
NEAR = st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.1.1", "10.255.0.1", "127.0.0.1", "127.0.0.2", "fd00::1", "fd00:0:1::1", "::1"])
ADDRESSES = st.one_of(V4.map(str), V6.map(str), NEAR)


def truncated(address: str, length: int) -> str:
    """Return the network of that length around an address."""
    bits = ipaddress.ip_address(address).max_prefixlen
    return str(ipaddress.ip_network((address, min(length, bits)), strict=False))


NETWORKS = st.builds(truncated, ADDRESSES, st.integers(0, 128))
LISTS = st.lists(NETWORKS, max_size=6)


def model(allow: list[str] | None, read_only: list[str], address: str) -> Role:
    """Return what the documentation says: the smallest network that holds the address decides, loopback may drive."""
    if allow is None and not read_only:
        return Role.DRIVE
    where = ipaddress.ip_address(address)
    if isinstance(where, ipaddress.IPv6Address) and where.ipv4_mapped is not None:
        where = where.ipv4_mapped
    best, role = -1, Role.DRIVE if allow is None else Role.NONE
    for networks, what in ((LOOPBACK, Role.DRIVE), (allow or (), Role.DRIVE), (read_only, Role.READ)):
        for text in networks:
            network = network_of(text)
            if network.version == where.version and where in network and network.prefixlen >= best:
                best, role = network.prefixlen, what
    return role


@given(st.none() | LISTS, LISTS, ADDRESSES)
@example([], [], "127.0.0.1")
@example(["10.0.0.0/8"], ["10.0.0.0/24"], "10.0.0.1")
@example(["10.0.0.1"], ["0.0.0.0/0"], "10.0.0.1")
def test_the_smallest_network_decides(allow: list[str] | None, read_only: list[str], address: str) -> None:
    rules = Rules(Access(None if allow is None else tuple(allow), tuple(read_only)))
    assert rules.role(address) is model(allow, read_only, address)
    assert rules.role(address) is model(allow, read_only, address), "the second time it is known"


@given(LISTS, LISTS, V4)
def test_an_ipv4_address_is_the_same_written_as_ipv6(allow: list[str], read_only: list[str], address: ipaddress.IPv4Address) -> None:
    rules = Rules(Access(tuple(allow), tuple(read_only)))
    mapped = f"::ffff:{address}"
    assert rules.role(mapped) is rules.role(str(address))
    assert Rules(Access((mapped,))).role(str(address)) is Role.DRIVE


@given(LISTS, LISTS)
def test_this_machine_is_always_let_in(allow: list[str], read_only: list[str]) -> None:
    rules = Rules(Access(tuple(allow), tuple(read_only)), ["192.168.7.7", "0.0.0.0", "::", "bench.lab"])
    for address in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "192.168.7.7"):
        assert rules.role(address) is not Role.NONE


def test_this_machine_drives_unless_the_lists_name_it() -> None:
    everybody_reads = Rules(Access((), ("0.0.0.0/0", "::/0")))
    assert everybody_reads.role("127.0.0.1") is Role.DRIVE
    assert everybody_reads.role("::1") is Role.DRIVE
    named = Rules(Access((), ("127.0.0.0/8", "::1")))
    assert named.role("127.0.0.1") is named.role("::1") is Role.READ
    one = Rules(Access(None, ("127.0.0.2",)))
    assert (one.role("127.0.0.1"), one.role("127.0.0.2")) == (Role.DRIVE, Role.READ)


@pytest.mark.parametrize("own", ["127.0.0.1", "127.0.0.5", "::1"])
def test_loopback_that_may_only_read_does_so_too_when_the_daemon_is_bound_to_it(own: str) -> None:
    rules = Rules(Access(None, ("127.0.0.0/8", "::1")), [own])
    assert rules.role(own) is Role.READ


def test_the_address_that_the_daemon_is_bound_to_is_this_machine_and_no_wildcard_is() -> None:
    rules = Rules(Access(()), ["192.168.7.7", "0.0.0.0", "::"])
    assert rules.role("192.168.7.7") is Role.DRIVE
    assert rules.role("192.168.7.8") is Role.NONE
    assert rules.role("8.8.8.8") is Role.NONE


@pytest.mark.parametrize("text", ["unknown", "", "10.0.0", "10.0.0.1.1", "localhost", "::ffff:", "10.0.0.1\0"])
def test_what_is_no_address_may_do_nothing_where_there_are_rules(text: str) -> None:
    assert Rules(Access(("0.0.0.0/0", "::/0"))).role(text) is Role.NONE
    assert Rules(Access(None, ("10.0.0.1",))).role(text) is Role.NONE
    assert Rules(Access()).role(text) is Role.DRIVE


def test_a_zone_plays_no_part() -> None:
    assert Rules(Access(("fe80::/10",))).role("fe80::1%eth0") is Role.DRIVE


@pytest.mark.parametrize(
    ("allow", "read_only", "ipv6", "open_to_all"),
    [
        (None, (), False, True),
        ((), (), False, False),
        (("0.0.0.0/0",), (), False, False),
        (None, ("10.0.0.0/8",), False, True),
        (None, ("0.0.0.0/0",), False, False),
        (None, ("0.0.0.0/0",), True, True),
        (None, ("0.0.0.0/0", "::/0"), True, False),
    ],
)
def test_a_port_is_open_to_all_when_no_rule_keeps_strangers_from_driving(
    allow: tuple[str, ...] | None, read_only: tuple[str, ...], ipv6: bool, open_to_all: bool
) -> None:
    assert Rules(Access(allow, read_only)).everybody_drives(ipv6=ipv6) is open_to_all


def test_a_key_shows_nowhere_by_accident() -> None:
    secret, public = b"(secret)" * 5, b"p" * 32
    keyring = Keyring(Secret(secret), (Key("laptop", Role.DRIVE, public),))
    access = Access(keyring=keyring)
    for text in (repr(access), str(access), f"{access}", repr(keyring.secret), repr(vars), repr(keyring.clients)):
        assert "secret)" not in text
        assert "ppp" not in text
    assert "laptop" in repr(access)
    with pytest.raises(TypeError, match="not to be written down"):
        pickle.dumps(keyring.secret)
    with pytest.raises(TypeError):
        copy.deepcopy(keyring)
