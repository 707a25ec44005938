"""The real way to a sensor on SPI: the node of its entry, in the mode of its chip."""

import os
from typing import Any

import pytest

from actors.bench.devices import Bench, SensorSpec
from actors.drivers import SENSOR_DRIVER_REGISTRY
from actors.hardware.spi.bus import SPI_IOC_WR_MODE
from supervisor.rig.rig import HardwareRig
from tests.fakes import ManualClock


@pytest.mark.parametrize(("driver", "mode"), [("MAX31855", 0), ("MAX31856", 1), ("MAX31865", 1)])
def test_a_chip_on_spi_is_spoken_to_in_its_own_mode(driver: str, mode: int, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = SENSOR_DRIVER_REGISTRY[driver]
    spec = SensorSpec("it", "it", "it", driver, 0, "°C", 1.0, 1.0, 1.0, kind.Options(spi="1.2"))
    rig = HardwareRig(Bench("bench.py", 1, (spec,), ()), clock, ("localhost", 1))
    asked: list[Any] = []
    opens = os.open

    def opened(path: Any, flags: int) -> int:
        asked.append(str(path))
        return opens(os.devnull, flags)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr("fcntl.ioctl", lambda _fd, request, argument: asked.append((request, bytes(argument))))

    access = rig.elsewhere(spec, "spi")
    access.bus.transfer(0, b"\0", 1)
    access.close()
    rig.close()

    assert asked[:2] == ["/dev/spidev1.2", (SPI_IOC_WR_MODE, bytes((mode,)))]
