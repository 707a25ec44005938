"""A generation's hold on the bus ends when it is fenced, also in the middle of a transfer."""

import errno
from collections.abc import Callable

import pytest

from actors.errors import BusError, PermanentError
from actors.hardware.i2c.breaker import Breaker
from actors.hardware.i2c.fence import FencedBus
from tests.fakes import ManualClock

TIMED_OUT = OSError(errno.ETIMEDOUT, "timed out")


class Wire:
    """A bus that does `act` in the middle of a transfer."""

    def __init__(self) -> None:
        self.transfers: list[int] = []
        self.act: Callable[[], object] = lambda: None

    def transfer(self, address: int, data: bytes | None = None, length: int = 0) -> bytes:
        self.transfers.append(address)
        self.act()
        return b"\x2a" * length


class Setting:
    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.wire = Wire()
        self.breaker = Breaker("bus", clock)
        self.bus = FencedBus(self.wire, clock, self.breaker)

    def fail(self, error: Exception) -> None:
        def act() -> None:
            raise error

        self.wire.act = act

    def read(self) -> bytes:
        return self.bus.transfer(0x48, b"\x00", 2)


@pytest.fixture
def setting(clock: ManualClock) -> Setting:
    return Setting(clock)


def revoked(setting: Setting) -> bool:
    """Return whether a transfer now fails because the bus was revoked."""
    with pytest.raises(PermanentError) as refused:
        setting.read()
    return refused.value.code == "revoked"


def test_a_revoked_bus_begins_no_transfer(setting: Setting) -> None:
    setting.bus.revoke()

    assert (revoked(setting), setting.wire.transfers) == (True, [])


def test_what_a_transfer_brings_after_it_was_revoked_is_thrown_away(setting: Setting) -> None:
    setting.wire.act = setting.bus.revoke

    assert (revoked(setting), setting.bus.inside) == (True, None)


def test_a_failure_after_it_was_revoked_says_that_it_was_revoked(setting: Setting) -> None:
    def act() -> None:
        setting.bus.revoke()
        raise TIMED_OUT

    setting.wire.act = act

    assert (revoked(setting), setting.bus.inside) == (True, None)


def test_a_transfer_under_way_shows_where_and_since_when(setting: Setting, clock: ManualClock) -> None:
    seen: list[object] = []
    setting.wire.act = lambda: seen.append(setting.bus.inside)
    setting.read()

    assert (seen, setting.bus.inside) == ([("0x48", clock.monotonic())], None)


def test_on_a_bus_that_is_down_no_transfer_begins(setting: Setting) -> None:
    setting.breaker.stuck(0x49)
    setting.breaker.stuck(0x4A)
    with pytest.raises(BusError) as refused:
        setting.read()

    assert (refused.value.code, setting.wire.transfers) == ("bus_stuck", [])
