"""`ACTUATORS_CONFIG`: what is accepted and what is refused, entry by entry."""

from typing import Any

import pytest

from actors.bench.devices import OutputSpec
from tests.supervisor.configuration.benches import accepted, fan, judge, output, refused, refused_output, sensor, warnings_of

WHERE = "config.py: ACTUATORS_CONFIG[0] (resistance), "


def test_a_predecessors_entry_becomes_an_output_with_safe_defaults() -> None:
    bench = accepted(ACTUATORS_CONFIG=[output()])

    assert bench.outputs == (
        OutputSpec("resistance", "resistance", "Resistance", "PWM", 23, None, "%", 0.0, 255.0, 100.0, 0.0, "heater", False, None, False),
    )
    assert type(bench.outputs[0].max) is float


def test_every_optional_key_arrives() -> None:
    entry = fan(kind="output", safe=40, active_low=True, ramp=12.5, restore=True)

    spec = accepted(ACTUATORS_CONFIG=[entry]).outputs[0]

    assert (spec.kind, spec.safe, spec.active_low, spec.ramp, spec.restore) == ("output", 40.0, True, 12.5, True)


@pytest.mark.parametrize("key", ["name", "min", "max"])
def test_a_required_key_that_is_missing_is_named(key: str) -> None:
    text = refused_output(**{key: ...})

    assert f"{key}: found nothing" in text
    assert text.endswith("the key is required")


@pytest.mark.parametrize(
    ("pin", "found", "hint"),
    [
        ("18", "found '18'", "; write 18, without the quotes"),
        ("GPIO18", "found 'GPIO18'", "; write 18, without the quotes"),
        ("fan", "found 'fan'", ""),
        (True, "found True", "; True and False are no numbers"),
        (18.0, "found 18.0", "; write 18, without the decimal point"),
        (28, "found GPIO28", "; pin 28 of the header is GPIO1: write 1"),
        (-1, "found -1", ""),
        ([18], "found [18]", ""),
    ],
)
def test_a_pin_is_an_int_from_0_to_27(pin: Any, found: str, hint: str) -> None:
    assert refused_output(pin=pin) == f"{WHERE}pin: {found}; allowed: 0 to 27 (BCM numbering){hint}"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), "0", True, None, 10**400, 1j])
@pytest.mark.parametrize("key", ["min", "max", "safe"])
def test_limits_are_finite_numbers(key: str, value: Any) -> None:
    assert f"{key}: found " in refused_output(**{key: value})


@pytest.mark.parametrize("name", ["", "  ", None, 3, "a\nb", "a\x00", "\ud800", "x" * 101])
def test_a_name_is_a_text_that_can_be_printed(name: Any) -> None:
    text = refused_output(name=name)

    assert "name: found " in text
    assert "allowed: a text of 1 to 100 characters" in text
    text.encode()


def test_an_unknown_driver_is_refused_with_the_nearest_one() -> None:
    text = refused_output(driver="pmw")

    assert text.startswith(f"{WHERE}driver: found 'pmw'; allowed: DIGITAL, ")
    assert text.endswith("; did you mean `PWM`?")


@pytest.mark.parametrize(("low", "high"), [(255, 0), (5, 5)])
def test_min_must_be_less_than_max(low: int, high: int) -> None:
    assert refused_output(min=low, max=high) == f"{WHERE}min: found {low} with 'max' {high}; allowed: a 'min' less than 'max'"


def test_the_safe_value_is_a_set_point_or_0() -> None:
    assert accepted(ACTUATORS_CONFIG=[fan(min=30, safe=0)]).outputs[0].safe == 0.0
    assert "safe: found 20; allowed: 0, or 30 to 255" in refused(ACTUATORS_CONFIG=[fan(min=30, safe=20)])


def test_a_heater_has_no_safe_value_but_0_and_is_not_restored() -> None:
    bench, problems, _warnings = judge(ACTUATORS_CONFIG=[output(safe=10, restore=True)])

    assert bench is None
    assert [problem.key for problem in problems] == ["safe", "restore"]
    assert accepted(ACTUATORS_CONFIG=[output(safe=10, restore=True, kind="output")]).outputs[0].safe == 10.0


@pytest.mark.parametrize("ramp", [0, -5, float("nan")])
def test_a_ramp_is_greater_than_0(ramp: float) -> None:
    assert "ramp: found " in refused_output(ramp=ramp)


def test_what_the_driver_itself_refuses_is_an_error() -> None:
    assert (
        refused_output(pin=None, address=0x4C)
        == "config.py: ACTUATORS_CONFIG[0] (resistance): a PWM output needs a pin and a frequency ('pwm_frequency', in Hz)"
    )


def test_two_outputs_on_one_pin_are_refused() -> None:
    text = refused(ACTUATORS_CONFIG=[output(), output(name="lamp", title="")])

    assert text == (
        "config.py: ACTUATORS_CONFIG[1] (lamp), pin: found GPIO23, which ACTUATORS_CONFIG[0] (resistance) has; allowed: one owner per pin"
    )


def test_a_pin_of_the_i2c_bus_is_refused_while_it_is_on_that_bus() -> None:
    assert "pin: found GPIO2, which SDA of I2C bus 1 has" in refused_output(pin=2)
    assert "pin: found GPIO1, which SCL of I2C bus 0 has" in refused(I2C_BUS_ID=0, ACTUATORS_CONFIG=[output(pin=1)])
    assert accepted(I2C_BUS_ID=0, ACTUATORS_CONFIG=[output(pin=2)]).outputs[0].pin == 2


def test_a_fan_output_may_share_the_chip_of_its_sensor() -> None:
    entry = output(name="heat sink", title=..., driver="EMC2101_FAN", pin=None, address=0x4C, pwm_frequency=...)

    (spec,) = accepted(ACTUATORS_CONFIG=[entry], SENSORS_CONFIG={0x4C: sensor(driver="EMC2101")}).outputs

    assert (spec.driver, spec.address, spec.kind) == ("EMC2101_FAN", 0x4C, "fan")


def test_a_fan_output_of_a_chip_is_no_heater_and_has_one_address() -> None:
    entry = {"driver": "EMC2101_FAN", "pin": None, "address": 0x4C, "pwm_frequency": ...}

    assert "kind: found 'heater'; allowed: 'fan' or 'output': nothing outlives this program" in refused_output(kind="heater", **entry)
    assert "always at 0x4C" in refused_output(**entry | {"address": 0x4D})
    assert "always at 0x4C" in refused_output(**entry | {"address": None, "pin": 18})


def test_an_unknown_key_is_a_warning_with_the_nearest_known_one() -> None:
    warnings = warnings_of(ACTUATORS_CONFIG=[output(activ_low=True, 呼=1)])

    assert warnings == [
        "config.py: ACTUATORS_CONFIG[0] (resistance): unknown key 'activ_low' is ignored; did you mean `active_low`?",
        "config.py: ACTUATORS_CONFIG[0] (resistance): unknown key '呼' is ignored",
    ]


@pytest.mark.parametrize(
    ("name", "entry", "error"),
    [("resistance", output(safe=20), "safe: found 20"), ("ventilateur", fan(max=0), "min: found 0 with 'max' 0")],
)
def test_an_output_that_is_wrong_by_itself_is_not_wrong_in_an_interlock_as_well(name: str, entry: dict[str, Any], error: str) -> None:
    off = {"name": "it", "kind": "limit", "sensor": "t_resistance", "above": 90, "outputs": {name: 0}}
    assert error in refused(ACTUATORS_CONFIG=[entry], SENSORS_CONFIG={0x48: sensor()}, INTERLOCKS=[off])
