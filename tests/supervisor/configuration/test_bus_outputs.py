"""Outputs driven by a chip: which output of it, never a heater, one frequency, and no multiplexer at its all-call address."""

from __future__ import annotations

from typing import Any

import pytest

from tests.supervisor.configuration.benches import accepted, judge, refused


def driven(driver: str = "PCA9685", address: int = 0x40, **entry: Any) -> dict[str, Any]:
    return {"name": "valve", "driver": driver, "address": address, "min": 0, "max": 100, "kind": "output", "wire": 0x140} | entry


def refusal(*entries: dict[str, Any], **names: Any) -> str:
    return refused(ACTUATORS_CONFIG=list(entries), **names)


def test_several_outputs_of_one_chip_are_told_apart_by_channel_and_number() -> None:
    bench = accepted(ACTUATORS_CONFIG=[driven(channel=0), driven(name="lamp", channel=15, wire=0x14F, bus=3)])

    assert [(spec.where, spec.number, spec.kind, spec.goes_on) for spec in bench.outputs] == [
        ("0x40.0", 0x140, "output", True),
        ("i2c-3:0x40.15", 0x14F, "output", True),
    ]
    assert "channel: found 0x40.3, which ACTUATORS_CONFIG[0] (valve) has" in refusal(
        driven(channel=3), driven(name="lamp", channel=3, wire=0x150)
    )


@pytest.mark.parametrize(("driver", "address"), [("PCA9685", 0x40), ("MCP4725", 0x60), ("MCP23017", 0x20), ("PCF8574", 0x20)])
@pytest.mark.parametrize("kind", [{"kind": "heater"}, {"kind": None}, {"kind": None, "name": "four"}])
def test_none_of_them_is_a_heater(driver: str, address: int, kind: dict[str, Any]) -> None:
    channel = {} if driver == "MCP4725" else {"channel": 0}
    text = refusal(driven(driver, address, **channel, **kind))

    assert (
        f"'fan' or 'output': nothing outlives this program that could switch off what `{driver}` drives; it is taken for a heater" in text
    )


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (driven(), "channel: found nothing; allowed: 0 to 15: which output of the PCA9685"),
        (driven(channel=16), "channel: found 16; allowed: 0 to 15"),
        (driven("PCF8574", 0x20, channel=8), "channel: found 8; allowed: 0 to 7"),
        (driven("MCP4725", 0x60, channel=1), "channel: found 1; allowed: nothing: `MCP4725` has one output"),
        (driven(channel=0, pwm_frequency=25000), "a PCA9685 makes 24 to 1526 Hz, not 25000 Hz"),
        (driven(channel=0, wire=None), "wire: found nothing; allowed: a number by which clients reach it"),
        (driven("MCP4725", 0x60, full_scale=50), "with 'full_scale' 50 V cannot make 'max' 100 V"),
    ],
)
def test_what_a_chip_cannot_do_is_refused(entry: dict[str, Any], text: str) -> None:
    assert text in refusal(entry)


def test_a_chip_with_one_output_on_the_benchs_own_bus_needs_no_number() -> None:
    assert accepted(ACTUATORS_CONFIG=[driven("MCP4725", 0x60, wire=None)]).outputs[0].number == 0x60


def test_a_pca9685_has_one_frequency_and_answers_at_its_all_call_address_too() -> None:
    assert "all outputs of a PCA9685 have one frequency" in refusal(
        driven(channel=0, pwm_frequency=50), driven(name="lamp", channel=1, wire=0x150, pwm_frequency=60)
    )
    behind = {"driver": "TMP102", "bus": {"parent": 1, "mux": 0x70, "channel": 0}, "address": 0x48, "wire": 0x900}
    assert "a PCA9685 answers at 0x70 too (all-call)" in refusal(driven(channel=0), SENSORS_CONFIG={"t": behind})


def test_an_expander_where_none_can_be_is_warned_of() -> None:
    _bench, problems, warnings = judge(ACTUATORS_CONFIG=[driven("PCF8574", 0x48, channel=0)])

    assert problems == []
    assert any("PCF8574 is never at 0x48" in warning for warning in warnings)
