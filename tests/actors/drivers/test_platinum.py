import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.drivers.temperature.pt100.platinum import RATIOS, relative_resistance, temperature

IEC_60751 = [
    (-50, 80.306),
    (-40, 84.271),
    (-25, 90.192),
    (0, 100.000),
    (25, 109.735),
    (50, 119.397),
    (75, 128.987),
    (100, 138.506),
    (125, 147.951),
    (150, 157.325),
    (175, 166.627),
    (200, 175.856),
]
LINEAR_ERROR = [-1.15, -0.86, -0.47, 0, 0.28, 0.38, 0.29, 0.01, -0.45, -1.10, -1.94, -2.97]


@pytest.mark.parametrize(("celsius", "ohm"), IEC_60751)
def test_the_standards_table_is_met_in_both_directions(celsius: float, ohm: float) -> None:
    assert relative_resistance(celsius) * 100 == pytest.approx(ohm, abs=6e-4)
    assert temperature(ohm / 100, "iec60751") == pytest.approx(celsius, abs=2e-3)


@pytest.mark.parametrize(("celsius", "ohm", "error"), [(*row, error) for row, error in zip(IEC_60751, LINEAR_ERROR, strict=True)])
def test_the_linear_law_is_off_by_what_is_documented(celsius: float, ohm: float, error: float) -> None:
    assert temperature(ohm / 100, "linear") - celsius == pytest.approx(error, abs=0.006)


@given(st.floats(*RATIOS), st.floats(*RATIOS))
def test_a_higher_resistance_is_never_a_lower_temperature(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert temperature(low, "iec60751") <= temperature(high, "iec60751") + 1e-9
