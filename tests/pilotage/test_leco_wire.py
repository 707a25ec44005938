"""LECO's wire: what is written is read back, and whatever a stranger sends raises nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyleco.core.message import Message as Reference

from pilotage.wire import leco

NAME = st.text("abcXYZ_019-", min_size=1, max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda x: st.lists(x, max_size=3),
    max_leaves=6,
)


@given(NAME, NAME, NAME, st.dictionaries(NAME, JSON, max_size=3), st.integers(0, 1 << 40))
def test_a_message_is_what_the_reference_writes_and_reads(
    space: str, name: str, method: str, params: dict[str, object], number: int
) -> None:
    sent = leco.Message(f"{space}.{name}", name, leco.conversation(1.8e9), payload=(leco.call(method, params, number),))
    read = Reference.from_frames(*sent.frames())
    assert read.receiver == f"{space}.{name}".encode()
    assert read.sender == name.encode()
    assert read.conversation_id == sent.conversation
    assert read.data == {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    written = Reference(receiver=f"{space}.{name}", sender=name, data=read.data, message_type=1, conversation_id=sent.conversation)
    again = leco.decode(written.to_frames())
    assert again is not None
    assert (again.receiver, again.sender, again.conversation, again.kind) == (sent.receiver, sent.sender, sent.conversation, leco.JSON)
    assert leco.content(again) == [leco.Call(method, params, number, wants_answer=True)]


@given(st.lists(st.binary(max_size=60), max_size=7), st.binary(max_size=60))
def test_nothing_that_a_stranger_sends_raises(frames: list[bytes], body: bytes) -> None:
    assert leco.decode(frames) is None or len(frames) >= 4
    for kind in (leco.JSON, 234):
        leco.content(leco.Message("a", "b", bytes(16), kind, (body, *frames)))


@given(
    JSON | st.lists(st.dictionaries(st.sampled_from(["method", "params", "id", "result", "error", "code"]), JSON | st.none()), max_size=4)
)
def test_any_document_is_calls_answers_and_what_is_wrong(document: object) -> None:
    found = leco.content(leco.Message("a", "b", bytes(16), payload=(json.dumps(document).encode(),)))
    assert found
    assert all(isinstance(part, leco.Call | leco.Answer | leco.Malformed) for part in found)


def test_bounds_are_kept_and_said() -> None:
    def wrong(*payload: bytes) -> int:
        (part,) = leco.content(leco.Message("a", "b", bytes(16), payload=payload))
        assert isinstance(part, leco.Malformed)
        return part.code

    assert leco.content(leco.Message("a", "b", bytes(16))) == []
    assert wrong(b" " * (leco.MOST_BODY + 1)) == leco.BAD_CALL
    assert wrong(json.dumps([{"method": "pong"}] * (leco.MOST_CALLS + 1)).encode()) == leco.BAD_CALL
    assert wrong(b"[" * 50_000) == leco.BAD_JSON
    assert wrong(b'{"method": "a", "params": {"x": NaN}}') == leco.BAD_JSON
    assert wrong(b'{"method": "a", "params": [1], "id": 2}') == leco.BAD_PARAMETERS


@given(st.floats(0, 4e9))
def test_a_conversation_tells_when_it_was_begun(wall: float) -> None:
    number = leco.conversation(wall)
    assert leco.sent_at(number) == pytest.approx(wall, abs=0.002)
    assert leco.sent_at(number[:6] + b"\x40" + number[7:]) is None
    assert leco.sent_at(b"") is None


@pytest.mark.parametrize(
    ("text", "right"), [("bench1", True), ("t_entree@0x48", True), ("a.b", False), ("é", False), ("", False), ("a b", False)]
)
def test_a_name_is_printable_and_has_no_dot(text: str, right: bool) -> None:
    assert leco.is_name(text) is right
