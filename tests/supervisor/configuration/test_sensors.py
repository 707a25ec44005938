"""`SENSORS_CONFIG`: what is accepted and what is refused, entry by entry."""

from typing import Any

import pytest

from actors.drivers import SENSOR_DRIVER_REGISTRY
from tests.supervisor.configuration.benches import accepted, judge, output, refused, refused_sensor, sensor, warnings_of

WHERE = "config.py: SENSORS_CONFIG[0x48] (t_resistance), "


def test_a_predecessors_entry_gets_the_defaults_of_its_chip() -> None:
    spec = accepted(SENSORS_CONFIG={0x48: sensor()}).sensors[0]

    driver = SENSOR_DRIVER_REGISTRY["TMP102"]
    assert (spec.id, spec.name, spec.title, spec.driver, spec.address, spec.units) == (
        "t_resistance",
        "t_resistance",
        "T",
        "TMP102",
        0x48,
        "°C",
    )
    assert (spec.period, spec.max_age, spec.coupling) == (1.0, driver.max_age, 1.0)
    assert spec.options == driver.Options()
    assert spec.calibration == {}


@pytest.mark.parametrize(
    ("name", "title", "coupling"),
    [
        ("t_entree", "", 0.0),
        ("t", "Entrée d'air", 0.0),
        ("Inlet", "", 0.0),
        ("T_ambient", "", 0.0),
        ("ambiante", "", 0.0),
        ("t_sortie", "", 1.0),
    ],
)
def test_the_coupling_is_understood_from_name_and_title(name: str, title: str, coupling: float) -> None:
    assert accepted(SENSORS_CONFIG={0x48: sensor(name=name, title=title)}).sensors[0].coupling == coupling


def test_the_template_is_no_device_and_is_not_validated() -> None:
    for template in ({"driver": "Unknown"}, None, {"pin": object()}):
        assert warnings_of(SENSORS_CONFIG={"default": template}) == []
        assert accepted(SENSORS_CONFIG={"default": template}).sensors == ()


@pytest.mark.parametrize(
    ("key", "found", "hint"),
    [
        ("0x48", "key '0x48'", "; write 0x48, without the quotes"),
        ("72", "key '72'", "; write 0x48, without the quotes"),
        ("0X4a", "key '0X4a'", "; write 0x4A, without the quotes"),
        ("defaut", "key 'defaut'", "; did you mean `default`?"),
        (3, "key 0x03", ""),
        (0x07, "key 0x07", ""),
        (0x78, "key 0x78", ""),
        (0x7F, "key 0x7F", ""),
        (-1, "key -1", ""),
        (True, "key True", "; True and False are no numbers"),
        (72.0, "key 72.0", "; write 0x48, without the decimal point"),
        (None, "key None", ""),
        ((0x48,), "key (72,)", ""),
    ],
)
def test_an_address_is_an_int_that_is_not_reserved(key: Any, found: str, hint: str) -> None:
    text = refused_sensor(key)

    assert text == f"config.py: SENSORS_CONFIG: found {found}; allowed: 0x08 to 0x77, the addresses that are not reserved{hint}"


def test_an_unknown_driver_is_refused_with_the_nearest_one() -> None:
    text = refused_sensor(driver="TPM102")

    assert text == f"{WHERE}driver: found 'TPM102'; allowed: {', '.join(sorted(SENSOR_DRIVER_REGISTRY))}; did you mean `TMP102`?"


def test_a_period_below_the_chips_fastest_is_refused_with_the_limit() -> None:
    text = refused_sensor(0x38, driver="AHT10", period=1)

    assert "period: found 1 s; allowed: 2 s or more for AHT10: faster, the chip has nothing new or warms itself" in text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("period", 0),
        ("period", -1),
        ("period", 86401),
        ("max_age", -0.1),
        ("coupling", 1.5),
        ("coupling", -0.1),
        ("period", "5"),
        ("max_age", True),
    ],
)
def test_a_number_out_of_its_limits_is_refused(key: str, value: Any) -> None:
    assert f"{key}: found {value!r}; allowed: " in refused_sensor(**{key: value})


def test_a_calibration_of_an_unknown_channel_is_refused_with_the_known_ones() -> None:
    text = refused_sensor(0x38, driver="AHT10", calibration={"tmp": {"offset": 1}})

    assert "calibration: found channel 'tmp'; allowed: hum, temp; did you mean `temp`?" in text


@pytest.mark.parametrize(
    ("calibration", "place", "end"),
    [
        ({"temp": {"ofset": 1}}, "calibration.temp.ofset: found 1", "did you mean `offset`?"),
        ({"temp": {"scale": 0}}, "calibration.temp.scale: found 0", "}}"),
        ({"temp": {"scale": "1"}}, "calibration.temp.scale: found '1'", "write 1, without the quotes"),
        ({"temp": {"offset": float("nan")}}, "calibration.temp.offset: found nan", "}}"),
        ({"temp": 1.0}, "calibration.temp: found 1.0", "}}"),
        ([1], "calibration: found [1]", "}}"),
    ],
)
def test_a_calibration_that_cannot_be_applied_is_refused(calibration: Any, place: str, end: str) -> None:
    text = refused_sensor(calibration=calibration)

    assert place in text
    assert text.endswith(end)


def test_every_bad_option_is_listed() -> None:
    entry = sensor(driver="PT-100", law="linar", data_rate=100, lead_resistance=-1, series_resistance=0, nominal_resistance="100")

    bench, problems, _warnings = judge(SENSORS_CONFIG={0x48: entry})

    assert bench is None
    assert {problem.key for problem in problems} == {"law", "data_rate", "lead_resistance", "series_resistance", "nominal_resistance"}
    texts = {problem.key: str(problem) for problem in problems}
    assert texts["law"].endswith("found 'linar'; allowed: 'linear' or 'iec60751'; did you mean `linear`?")
    assert texts["nominal_resistance"].endswith("write 100, without the quotes")
    assert "128" in texts["data_rate"]


def test_an_unknown_key_is_a_warning_that_knows_the_options_of_the_chip() -> None:
    (warning,) = warnings_of(SENSORS_CONFIG={0x48: sensor(driver="PT-100", data_rat=8)})

    assert warning == ("config.py: SENSORS_CONFIG[0x48] (t_resistance): unknown key 'data_rat' is ignored; did you mean `data_rate`?")


def test_equal_names_get_their_place_behind_them() -> None:
    bench = accepted(
        ACTUATORS_CONFIG=[output(name="a", title="")], SENSORS_CONFIG={0x48: sensor(name="a"), 0x4A: sensor(name="a"), 0x4B: sensor()}
    )

    assert [item.id for item in bench.sensors] == ["a@0x48", "a@0x4A", "t_resistance"]
    assert [item.id for item in bench.outputs] == ["a@GPIO23"]
    assert {item.name for item in bench.sensors} == {"a", "t_resistance"}


def test_a_name_that_imitates_a_place_is_refused() -> None:
    entries = {0x48: sensor(name="a@0x49"), 0x49: sensor(name="a"), 0x4A: sensor(name="a")}

    assert "cannot be told from SENSORS_CONFIG[0x48] (a@0x49)" in refused(SENSORS_CONFIG=entries)
