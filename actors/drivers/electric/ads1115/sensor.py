"""ADS1115 (TI SBAS444) as a voltmeter: up to eight channels, each an input with a gain, or what a transmitter makes of a voltage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from actors.drivers.base import Channel, SensorDriver, Value
from actors.drivers.channels import channel
from actors.drivers.electric.ads1115.codes import OUTSIDE
from actors.drivers.electric.ads1115.converter import ADS1115 as CONVERTER
from actors.drivers.electric.ads1115.options import FULL_SCALES, INPUTS, VoltmeterOptions, gain_code
from actors.drivers.ends import within
from actors.errors import OVER, UNDER, Fault, PermanentError


class ADS1115(SensorDriver):
    """A voltage beyond the full scale is a Fault of its channel. Raises `wrong_chip`, `settings_lost`, `not_converted`, `bad_frame`."""

    chip = "ADS1115"
    channels = (Channel("voltage", "V", 125e-6, None, -4.096, 4.096),)
    addresses = (0x48, 0x49, 0x4A, 0x4B)  # ADDR at ground, VDD, SDA, SCL
    ids: ClassVar = {0x01: (2, 0x001F, 0x0003)}  # SBAS444, 8.1: the comparator is off
    max_age = min_period = 0.1
    Options = VoltmeterOptions

    @classmethod
    def channels_of(cls, options: Any) -> tuple[Channel, ...]:
        """Return the channels that `config.py` names."""
        return tuple(channel(name, line) for name, line in options.lines.items()) if options.channels else cls.channels

    def connect(self) -> None:
        """Refuse another chip (PermanentError `wrong_chip`), then prove by one conversion that this one does as it is told."""
        self._adc.check(PermanentError)
        self._value(next(iter(self.options.lines.values())))

    def measure(self) -> Mapping[str, Value]:
        """Return every channel, one conversion after the other: 9 ms each at 128 samples per second."""
        return {name: self._value(line) for name, line in self.options.lines.items()}

    def _value(self, line: Mapping[str, Any]) -> Value:
        gain = gain_code(line["gain"])
        code = self._adc.convert(INPUTS[line["input"]], gain)
        if code in OUTSIDE:
            high = (code > 0) == (line["scale"] > 0)
            text = f"the voltage at {line['input']} of the ADS1115 is beyond its full scale, {FULL_SCALES[gain]:g} V: take a smaller gain"
            return Fault(OVER if high else UNDER, text)
        value = code * FULL_SCALES[gain] / 0x8000 * line["scale"] + line["offset"]
        lowest, highest = (end if end is not None else value for end in (line["min"], line["max"]))
        return within(value, lowest, highest, f"transmitter at {line['input']}", 0.0, line["units"] or "V")

    @property
    def _adc(self) -> CONVERTER:
        return CONVERTER(self.bus, self.address, self.clock, self.options.data_rate, "ADS1115")
