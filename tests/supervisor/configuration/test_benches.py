"""The files that come with the project, and one as the predecessor's users have it."""

from pathlib import Path

import pytest

from supervisor.configuration import check, load
from supervisor.configuration.table import BEGIN, DOCS, PAGES, rewrite
from tests.supervisor.configuration.benches import UNWATCHED

ROOT = Path(__file__).resolve().parents[3]

PREDECESSOR = """
I2C_BUS_ID      = 1
VENTILATEUR_PIN = 18
RESISTANCE_PIN  = 23
CAPTEUR_AHT10   = 0x38
CAPTEUR_TMP102  = 0x48
CAPTEUR_EMC2101 = 0x4C

ACTUATORS_CONFIG = [
    {'pin': VENTILATEUR_PIN, 'title': 'Ventilateur', 'name': 'ventilateur', 'driver': 'PWM', 'units': '%',
     'min': 0, 'max': 255, 'address': None, 'pwm_frequency': 25000},
    {'pin': RESISTANCE_PIN, 'title': 'Resistance', 'name': 'resistance', 'driver': 'PWM', 'units': '%',
     'min': 0, 'max': 255, 'address': None, 'pwm_frequency': 100},
]

SENSORS_CONFIG = {
    CAPTEUR_AHT10:   {'driver': 'AHT10', 'title': 'aht10', 'name': 'rh_sortie', 'units': 'RH'},
    CAPTEUR_TMP102:  {'driver': 'TMP102', 'title': 'tmp102', 'name': 't_resistance', 'units': '°C'},
    0x49: {'driver': 'TMP102', 'title': 'tmp102', 'name': 't_dissipateur', 'units': '°C'},
    0x4A: {'driver': 'TMP102', 'title': 'tmp102', 'name': 't_entree', 'units': '°C'},
    0x4B: {'driver': 'TMP102', 'title': 'tmp102', 'name': 't_sortie', 'units': '°C'},
    CAPTEUR_EMC2101: {'driver': 'EMC2101', 'title': 'emc2101', 'name': 'T_emc', 'units': '°C'},
    'default': {'driver': 'Unknown', 'title': 'Unknown', 'name': 'unknown', 'units': ''},
}
"""
SENSORS = [
    (0x38, "AHT10", "rh_sortie", "RH"),
    (0x48, "TMP102", "t_resistance", "°C"),
    (0x49, "TMP102", "t_dissipateur", "°C"),
    (0x4A, "TMP102", "t_entree", "°C"),
    (0x4B, "TMP102", "t_sortie", "°C"),
    (0x4C, "EMC2101", "T_emc", "°C"),
]
PWM_OUTPUTS = [(18, "ventilateur", "PWM", "%", 0.0, 255.0, 25000.0, "fan"), (23, "resistance", "PWM", "%", 0.0, 255.0, 100.0, "heater")]
DIGITAL_OUTPUTS = [(13, "ventilateur", "DIGITAL", "", 0.0, 1.0, None, "fan"), (19, "resistance", "DIGITAL", "", 0.0, 1.0, None, "heater")]


@pytest.fixture
def predecessor(tmp_path: Path) -> Path:
    path = tmp_path / "config.py"
    path.write_text(PREDECESSOR, encoding="utf-8")
    return path


@pytest.mark.parametrize("which", ["default", "predecessor"])
def test_the_default_bench_is_the_predecessors(which: str, predecessor: Path) -> None:
    bench, problems, warnings = check(ROOT / "config.py" if which == "default" else predecessor)

    assert bench is not None
    assert problems == ()
    assert [UNWATCHED in warning for warning in warnings] == ([] if which == "default" else [True])
    assert bench.bus == 1
    assert [(spec.address, spec.driver, spec.id, spec.units) for spec in bench.sensors] == SENSORS
    assert [(o.pin, o.id, o.driver, o.units, o.min, o.max, o.pwm_frequency, o.kind) for o in bench.outputs] == PWM_OUTPUTS
    assert {output.safe for output in bench.outputs} == {0.0}
    assert {spec.id: spec.coupling for spec in bench.sensors if spec.id in {"t_resistance", "t_entree"}} == {
        "t_resistance": 1.0,
        "t_entree": 0.0,
    }


def test_the_pi_zero_bench_has_digital_outputs_and_a_pt_100() -> None:
    bench, problems, warnings = check(ROOT / "examples" / "config_pizero.py")

    assert bench is not None
    assert (problems, warnings) == ((), ())
    assert [(spec.address, spec.driver) for spec in bench.sensors] == [
        (0x38, "AHT10"),
        (0x48, "PT-100"),
        (0x49, "TMP102"),
        (0x4A, "TMP102"),
        (0x4B, "TMP102"),
        (0x4C, "EMC2101"),
    ]
    assert [(o.pin, o.id, o.driver, o.units, o.min, o.max, o.pwm_frequency, o.kind) for o in bench.outputs] == DIGITAL_OUTPUTS


def test_the_example_of_the_documentation_loads(tmp_path: Path) -> None:
    text = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")
    example = text.partition("```python\n")[2].partition("```")[0]
    path = tmp_path / "config.py"
    path.write_text(example, encoding="utf-8")

    bench = load(path)

    assert bench.warnings == ()
    assert [spec.id for spec in bench.outputs] == ["resistance"]
    assert [spec.id for spec in bench.sensors] == ["t_resistance", "rh_sortie"]


def test_the_error_lines_of_the_documentation_are_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")
    expected = text.partition("```text\n")[2].partition("```")[0].splitlines()
    source = PREDECESSOR.replace("'driver': 'PWM', 'units': '%',\n     'min': 0, 'max': 255, 'address': None, 'pwm_frequency': 25000", _PMW)
    (tmp_path / "config.py").write_text(source.replace("CAPTEUR_TMP102:", "'0x48':"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    _bench, problems, _warnings = check(Path("config.py"))

    assert [str(problem) for problem in problems] == expected


_PMW = "'driver': 'PMW', 'units': '%', 'min': 0, 'max': 255, 'pwm_frequency': 25000"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_of_the_documentation_are_those_of_the_model(page: Path) -> None:
    document = page.read_text(encoding="utf-8")

    assert rewrite(document, *PAGES[page]) == document, "run `python -m supervisor.configuration.table`"


def test_a_document_without_marks_is_not_rewritten() -> None:
    with pytest.raises(ValueError, match="tables: begin"):
        rewrite(f"# Configuration\n{BEGIN}\n", list)
