"""A record reads as a sentence."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core import events
from supervisor.journal.sentences import sentence


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (
            {"event": events.SENSOR_ABSENT, "actor": "t_sortie", "reason": "no acknowledge at 0x4B"},
            "t_sortie is absent: no acknowledge at 0x4B",
        ),
        (
            {"event": events.SET_POINT, "actor": "fan", "client": "10.0.0.7", "value": 128.0, "before": 0.0, "units": "of 255"},
            "10.0.0.7 set fan from 0 to 128 of 255 (50 %)",
        ),
        ({"event": events.SET_POINT, "actor": "fan", "client": "10.0.0.7", "value": 25.5, "units": ""}, "10.0.0.7 set fan to 25.5"),
        ({"event": events.OUTPUT_SAFE, "actor": "fan", "reason": "off"}, "fan is at its safe value (off)"),
        (
            {"event": events.OUTPUT_SAFE, "actor": "fan", "reason": "off", "value": 0.0, "client": "192.0.2.7"},
            "fan is at its safe value, 0 (off, asked by 192.0.2.7)",
        ),
        (
            {"event": events.OUTPUT_SAFE, "actor": "fan", "reason": "off", "value": 0.1 + 0.2, "units": "V"},
            "fan is at its safe value, 0.3 V (off)",
        ),
    ],
)
def test_the_words_of_the_event_are_filled_in(record: dict[str, Any], said: str) -> None:
    assert sentence(record) == said


FACTS = st.dictionaries(st.sampled_from(["actor", "reason", "value", "units", "client"]), st.one_of(st.text(), st.floats(), st.booleans()))


@given(st.sampled_from(sorted(events.VOCABULARY)), FACTS)
def test_every_event_says_something_whatever_its_record_has(event: str, facts: dict[str, Any]) -> None:
    assert sentence({"event": event, "level": "info", **facts}).strip() or not str(facts.get("reason", "x")).strip()
