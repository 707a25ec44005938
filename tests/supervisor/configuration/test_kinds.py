"""What an output is taken for: only what is plainly a fan, or said to be free, is treated as anything but a heater."""

import unicodedata
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supervisor.configuration.rules.names import FAN_ENDINGS, FANS, HARMLESS
from tests.actors.gateway.whole import Whole
from tests.supervisor.configuration.benches import accepted, fan, output, refused, sensor, warnings_of

NOTHING = "nothing says otherwise; write 'kind': 'fan' or 'kind': 'output' if it does not heat"
CHIP_FAN = {"driver": "EMC2101_FAN", "pin": None, "address": 0x4C, "pwm_frequency": ...}
HEATS = {"name": "not_heating", "kind": "progress", "sensor": "t_resistance"}


def taken_for(**changes: Any) -> tuple[str, str]:
    """Return kind and reason of one output."""
    spec = accepted(ACTUATORS_CONFIG=[output(**{"title": "", **changes})]).outputs[0]
    return spec.kind, spec.kind_reason


@pytest.mark.parametrize(
    "name",
    [
        "R1",
        "out",
        "valve",
        "pump",
        "Ventil",
        "Relais 2",
        "Stefan",
        "Fantasie",
        "infant",
        "lamp IR",
        "Lüftung",
        "Vanne",
        "DAC",
        "18",
        "風扇",
    ],
)
def test_what_says_nothing_is_a_heater(name: str) -> None:
    kind, reason = taken_for(name=name)

    assert kind == "heater"
    assert reason in {NOTHING, "its name says `lamp`"}


@pytest.mark.parametrize(
    ("name", "title", "word"),
    [
        ("ventilo", "", "ventilo"),
        ("Fan 2", "", "fan"),
        ("fan2", "", "fan"),
        ("FanLeft", "", "fan"),
        ("exhaust_fans", "", "fans"),
        ("out2", "Lüfter", "lufter"),
        ("pwm", "Luefter", "luefter"),
        ("Gehäuselüfter", "", "gehauselufter"),
        ("o1", "Ventilateur d\N{RIGHT SINGLE QUOTATION MARK}entrée, à gauche", "ventilateur"),
        ("fan_cpu", "Fan 12 V (80 mm) n° 2", "fan"),
        ("fan", "Ventilateur du dissipateur", "fan"),
        ("Kühlkörper-Lüfter oben", "", "lufter"),
        ("cooling blower", "", "blower"),
        ("blower", "", "blower"),
        ("Heatsink fan", "", "fan"),
        ("heat_sink_fan", "", "fan"),
        ("HeatSink-Fan", "", "fan"),
    ],
)
def test_a_fan_says_so(name: str, title: str, word: str) -> None:
    assert taken_for(name=name, title=title) == ("fan", f"its name says `{word}`")


HOT_FANS = (
    """
Heißluftgebläse, Heissluft-Ventilator, Föhngebläse, Brennergebläse, Heizlüfter, Strahler-Lüfter, Glühkerze Lüfter,
Kochplatte Lüfter, Tauchsieder mit Ventilator, Burner blower, Torch blower, hot air blower, Hotend fan, TEC fan, Bulb
fan, Fan filament, HTR fan, R1 fan, Fan R_load, fan 100 Ω, fan 🔥, Fan 2000W, heater fan, Ventilateur du four, Radiateur
soufflant ventilateur, Convecteur ventilateur, Sèche-cheveux ventilateur, Thermoplongeur ventilateur, calefacteur
ventilateur, ventilateur étuve
""".strip()
    .replace("\n", " ")
    .split(", ")
)


@pytest.mark.parametrize("name", HOT_FANS)
def test_a_heater_that_blows_is_no_fan_in_silence(name: str) -> None:
    for entry in (output(name=name, title=""), output(name="fan", title=name), output(name=name, title="Fan")):
        assert accepted(ACTUATORS_CONFIG=[entry]).outputs[0].kind == "heater"
        (warning,) = warnings_of(ACTUATORS_CONFIG=[entry])
        assert "it is taken for a heater: its name says `" in warning
        assert warning.endswith("; write 'kind': 'fan' if it is one")


def plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


OTHER_WORDS = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=20).map(partial(unicodedata.normalize, "NFC"))


@given(
    fan=st.sampled_from([*sorted(FANS), *FAN_ENDINGS]),
    other=OTHER_WORDS,
    between=st.sampled_from([" ", "_", "-", " 2 "]),
    swap=st.booleans(),
)
@example(fan="fan", other="glow", between=" ", swap=False)
def test_whatever_word_stands_beside_a_fan_it_is_never_a_fan_in_silence(fan: str, other: str, between: str, *, swap: bool) -> None:
    if plain(other) in {*HARMLESS, *FANS, *FAN_ENDINGS} or not plain(other).isalpha() or other != other.casefold():
        return
    names = (other, fan) if swap else (fan, other)
    for entry in (output(name=between.join(names), title=""), output(name=names[0], title=names[1])):
        assert accepted(ACTUATORS_CONFIG=[entry]).outputs[0].kind == "heater"
        (warning,) = warnings_of(ACTUATORS_CONFIG=[entry])
        assert f"it is taken for a heater: its name says `{fan}`, but also `{plain(other)}`" in warning


@pytest.mark.parametrize("kind", ["heater", "fan", "output"])
def test_the_entry_itself_has_the_last_word(kind: str) -> None:
    assert taken_for(name="heater fan", kind=kind) == (kind, "'kind' says so")
    assert warnings_of(ACTUATORS_CONFIG=[output(name="heater fan", kind=kind)]) == []


def test_a_driver_that_drives_nothing_but_fans_makes_a_fan() -> None:
    assert taken_for(name="R1", **CHIP_FAN) == ("fan", "`EMC2101_FAN` drives nothing else")
    assert taken_for(name="heater", **CHIP_FAN)[0] == "fan"


@pytest.mark.parametrize("rule", ["progress", "stuck_on"])
@pytest.mark.parametrize(("name", "kind"), [("ventilateur", None), ("R1", "output"), ("R1", "fan")])
def test_an_output_that_a_rule_says_to_heat_is_a_heater_in_any_case(rule: str, name: str, kind: str | None) -> None:
    names = {
        "ACTUATORS_CONFIG": [output(name=name, title="", kind=kind)],
        "SENSORS_CONFIG": {0x48: sensor()},
        "INTERLOCKS": [HEATS | {"kind": rule, "output": name}, {"name": "lost", "kind": "stale", "sensor": "t_resistance"}],
    }
    spec = accepted(**names).outputs[0]
    assert (spec.kind, spec.kind_reason) == ("heater", "interlock not_heating says that it heats")
    (warning,) = warnings_of(**names)
    assert "it is taken for a heater, since interlock not_heating says that it heats; without that it would be a" in warning


def test_a_rule_about_the_heat_of_what_cannot_heat_is_refused() -> None:
    entry = output(name="chip fan", title="", **CHIP_FAN)
    text = refused(ACTUATORS_CONFIG=[entry], SENSORS_CONFIG={0x48: sensor()}, INTERLOCKS=[HEATS | {"output": "chip fan"}])
    assert "driver: found `EMC2101_FAN`, while interlock not_heating says that it heats; allowed: a driver that can heat" in text


def test_what_nobody_named_has_a_lease_and_the_documents_say_what_it_is_taken_for() -> None:
    entries = [output(name="Four", title="", driver="DIGITAL", max=1, pwm_frequency=...), output(name="R1", title="", pin=24), fan()]
    bench = accepted(ACTUATORS_CONFIG=entries, BIND="127.0.0.1")
    with Whole(bench) as daemon:
        peer = daemon.peer()
        outputs = peer.ask({"type": "status"})["value"]["outputs"]
        described = {each["child"]: each for each in peer.ask({"type": "describe"})["value"]["outputs"]}
    assert {name: each["lease"] is not None for name, each in outputs.items()} == {"Four": True, "R1": True, "ventilateur": False}
    for documents in (outputs, described):
        assert {name: (each["kind"], each["kind_reason"]) for name, each in documents.items()} == {
            "Four": ("heater", "its name says `four`"),
            "R1": ("heater", NOTHING),
            "ventilateur": ("fan", "its name says `ventilateur`"),
        }
