from actors.drivers.simule import SIMULE, WAVE
from tests.actors.drivers.fakebus import FakeBus, Script
from tests.fakes import ManualClock


def test_the_bus_is_never_touched(clock: ManualClock) -> None:
    bus = FakeBus(0x20, Script([b""]))
    sensor = SIMULE(bus, 0x20, SIMULE.Options(), clock)
    sensor.connect()
    sensor.measure()
    assert bus.transfers == []


def test_both_channels_follow_one_slow_wave_of_the_clock() -> None:
    clock = ManualClock(0.0)
    sensor = SIMULE(FakeBus(0x20, Script([b""])), 0x20, SIMULE.Options(), clock)
    seen = []
    for _ in range(5):
        values = sensor.measure()
        seen.append((round(float(values["hum"]), 6), round(float(values["temp"]), 6)))  # type: ignore[arg-type]
        clock.advance(WAVE / 4)
    assert seen == [(50, 25), (60, 20), (50, 25), (40, 30), (50, 25)]
