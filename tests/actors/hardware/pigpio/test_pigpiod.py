"""What becomes of the back end when pigpiod fails, in every way it does; with the real `pigpio` client."""

import atexit
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from actors.errors import DeviceError
from actors.hardware.pigpio.client import Wire, connect, connector, pigpiod_gpio
from actors.hardware.pigpio.connection import BACK_OFF
from actors.hardware.pigpio.gpio import PigpioGpio
from tests.fakes import PATIENCE, ManualClock, wait
from tests.pigpiod_emulator import Emulator

FAN, HEATER, VALVE = 18, 23, 13
SOON = 0.3
"""Seconds after which these tests lose patience with a daemon that does not answer."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def gpio(emulator: Emulator, clock: ManualClock) -> Iterator[PigpioGpio]:
    import pigpio

    gpio = PigpioGpio(connector("127.0.0.1", emulator.port, SOON), (pigpio.error,), safe_pins={HEATER: 0}, clock=clock)
    yield gpio
    gpio.close()


def unavailable(act: Callable[[], object]) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        act()
    assert caught.value.code == "gpio_unavailable"
    return caught.value


def test_one_connection_no_thread_no_handle_and_no_exit_handler(emulator: Emulator) -> None:
    threads = threading.active_count()
    handlers = atexit._ncallbacks()
    pi = connect("127.0.0.1", emulator.port)
    assert (pi.connected, pi.get_pigpio_version()) == (True, 79)
    assert threading.active_count() == threads + 1  # the emulator's own, for this connection
    assert atexit._ncallbacks() == handlers
    pi.stop()
    assert emulator.connections_made == 1
    assert emulator.called("NOIB") == []


@pytest.mark.parametrize("kind", ["garble", "cut", "mute"])
@pytest.mark.parametrize("command", ["WRITE", "MODEG", "READ"])
def test_a_reply_that_gives_rise_to_doubt_ends_the_connection(
    emulator: Emulator, gpio: PigpioGpio, clock: ManualClock, kind: str, command: str
) -> None:
    gpio.write(VALVE, 1)
    emulator.fault(kind, command)
    assert "pigpiod" in unavailable(lambda: gpio.write(VALVE, 0)).message
    clock.advance(BACK_OFF[0])
    gpio.write(VALVE, 0)
    assert (gpio.generation, emulator.pin(VALVE)["level"]) == (2, 0)


@pytest.mark.parametrize("connected", [False, True])
def test_a_daemon_that_hangs_costs_one_time_out_and_then_nothing(emulator: Emulator, gpio: PigpioGpio, connected: bool) -> None:
    if connected:
        gpio.write(VALVE, 1)
    emulator.hang()
    begun = time.monotonic()
    unavailable(lambda: gpio.write(VALVE, 0))
    assert SOON * 0.9 < time.monotonic() - begun < SOON + 10.0
    made = emulator.connections_made
    for _ in range(100):
        unavailable(lambda: gpio.write(VALVE, 0))
    assert emulator.connections_made == made


def test_a_daemon_that_trickles_its_answer_gets_one_time_limit_for_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now, limits = [0.0], []

    class Trickle(socket.socket):
        def settimeout(self, value: float | None) -> None:
            limits.append(value)

        def sendall(self, *_: object) -> None:
            pass

        def recv(self, *_: object) -> bytes:
            now[0] += 0.25
            return b"\0"

    monkeypatch.setattr("actors.hardware.pigpio.client.time.monotonic", lambda: now[0])
    with Trickle() as connection:
        wire = Wire(connection, 1.0)
        wire.send(bytes(16))
        with pytest.raises(TimeoutError):
            wire.recv(16)
    assert limits == [1.0, 1.0, 0.75, 0.5, 0.25]


def test_a_daemon_that_closes_the_connection_is_found_again_after_the_back_off(
    emulator: Emulator, gpio: PigpioGpio, clock: ManualClock
) -> None:
    gpio.write(VALVE, 1)
    emulator.drop()
    unavailable(lambda: gpio.read(VALVE))
    unavailable(lambda: gpio.read(VALVE))
    clock.advance(BACK_OFF[0])
    assert gpio.read(VALVE) == 1
    assert gpio.generation == 2


@pytest.mark.parametrize(("failures", "pause"), [(1, 0.5), (2, 1.0), (3, 1.5), (4, 1.5), (9, 1.5)])
def test_attempts_to_connect_back_off_and_start_afresh_after_success(
    emulator: Emulator, gpio: PigpioGpio, clock: ManualClock, failures: int, pause: float
) -> None:
    emulator.refuse()
    for _ in range(failures):
        clock.advance(2.0)
        assert "is it running?" in unavailable(lambda: gpio.read(VALVE)).message
    emulator.start()
    clock.advance(pause - 0.01)
    unavailable(lambda: gpio.read(VALVE))
    clock.advance(0.01)
    gpio.write(VALVE, 1)
    emulator.drop()
    unavailable(lambda: gpio.read(VALVE))
    clock.advance(0.49)
    unavailable(lambda: gpio.read(VALVE))
    clock.advance(0.01)
    gpio.write(VALVE, 1)


@pytest.mark.parametrize("frozen", [0, 1])
def test_the_heater_comes_back_off_before_anything_else_is_done(
    emulator: Emulator, gpio: PigpioGpio, clock: ManualClock, frozen: int
) -> None:
    gpio.set_pwm(HEATER, 100.0, 0.9, 25_500)
    gpio.set_pwm(FAN, 25_000.0, 0.5, 25_500)
    emulator.restart(frozen)
    assert emulator.pin(HEATER)["level"] == frozen
    unavailable(lambda: gpio.pwm(FAN))
    clock.advance(BACK_OFF[0])
    done = len(emulator.called())
    with pytest.raises(DeviceError) as caught:
        gpio.pwm(FAN)
    assert caught.value.code == "pwm_unknown"
    assert emulator.called()[done : done + 2] == [("PIGPV", 0, 0), ("WRITE", HEATER, 0)]
    assert emulator.pin(HEATER)["level"] == 0
    assert gpio.generation == 2


@pytest.mark.parametrize("restarts", [1, 2])
def test_a_pin_driven_before_a_restart_that_another_one_met_says_so_once(
    emulator: Emulator, gpio: PigpioGpio, clock: ManualClock, restarts: int
) -> None:
    gpio.set_pwm(FAN, 25_000.0, 0.5, 1)
    gpio.write(VALVE, 1)
    for _ in range(restarts):
        gpio.write(HEATER, 0)
        emulator.restart(0)
        unavailable(lambda: gpio.read(HEATER))
        clock.advance(BACK_OFF[-1])
        assert gpio.write(HEATER, 0) == 0
    assert "is a new one, and GPIO18 is no longer driven as it was" in unavailable(lambda: gpio.pwm(FAN)).message
    assert "GPIO13" in unavailable(lambda: gpio.write(VALVE, 1)).message
    assert (gpio.write(VALVE, 1), gpio.set_pwm(FAN, 25_000.0, 0.5, 1).duty) == (1, 0.5)


def test_a_heater_pin_that_does_not_go_low_does_not_take_the_fan_with_it(emulator: Emulator, gpio: PigpioGpio) -> None:
    emulator.board.forced[HEATER] = 1
    gpio.set_pwm(FAN, 25_000.0, 1.0, 25_500)
    assert gpio.generation == 1
    with pytest.raises(DeviceError) as caught:
        gpio.write(HEATER, 0)
    assert caught.value.code == "gpio_untrue"


def test_a_daemon_lost_while_the_heater_is_being_made_safe_is_no_connection(
    emulator: Emulator, gpio: PigpioGpio, clock: ManualClock
) -> None:
    emulator.fault("cut", "WRITE")
    unavailable(lambda: gpio.read(VALVE))
    assert gpio.generation == 0
    clock.advance(BACK_OFF[0])
    gpio.write(VALVE, 1)
    assert gpio.generation == 1
    assert emulator.called("WRITE")[-2:] == [("WRITE", HEATER, 0), ("WRITE", VALVE, 1)]


def test_outputs_share_one_connection_and_their_answers_are_not_mixed_up(emulator: Emulator, clock: ManualClock) -> None:
    gpio = pigpiod_gpio("127.0.0.1", emulator.port, clock=clock)
    wrong: list[str] = []

    def use(pin: int, level: int) -> None:
        for _ in range(50):
            gpio.write(pin, level)
            if gpio.read(pin) != level:
                wrong.append(f"GPIO{pin}")

    threads = [threading.Thread(target=use, args=(pin, pin % 2)) for pin in (5, 6, 13, 22)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    gpio.close()
    assert wrong == []
    assert emulator.connections_made == 1


def test_while_one_output_waits_for_a_daemon_that_hangs_the_others_fail_in_bounded_time(emulator: Emulator, gpio: PigpioGpio) -> None:
    gpio.write(VALVE, 1)
    emulator.hang()
    started, ends = threading.Event(), []

    def use() -> None:
        started.set()
        unavailable(lambda: gpio.read(VALVE))
        ends.append(time.monotonic())

    begun = time.monotonic()
    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait(started)
    for thread in threads:
        thread.join(PATIENCE)
    assert len(ends) == 4
    assert max(ends) - begun < 2 * SOON + 10.0


@pytest.mark.parametrize("host", ["localhost", ""])
@pytest.mark.parametrize("listening", ["127.0.0.1", "::1"])
def test_a_local_daemon_is_found_on_whichever_family_it_listens(host: str, listening: str) -> None:
    with Emulator(hosts=(listening,)) as emulator:
        if emulator.port == 0:
            pytest.skip("no IPv6 here")
        pi = connect(host, emulator.port)
        assert pi.get_pigpio_version() == 79
        pi.stop()


def test_something_else_on_the_port_is_no_pigpiod() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(16)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(ConnectionError, match="no pigpiod answers"):
            connect("127.0.0.1", port)
        thread.join(PATIENCE)
