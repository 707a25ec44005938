"""Requests and frame lists that nobody would send, drawn by Hypothesis: no crash, no silence, no word of Python."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.core.requests import REQUESTS
from actors.gateway.protocol import BadRequestError, Request, decode
from actors.messages import Done
from benchmarks.fuzz_inputs import PYTHON, SEEDS, Inputs
from tests.actors.gateway.peer import error, strict
from tests.actors.gateway.stage import Stage

INPUTS = st.randoms(use_true_random=False).map(Inputs)
FRAME = st.binary(max_size=60) | st.sampled_from([b"", b"\0", b'{"type":"scan"}', b"x" * 70_000]) | INPUTS.map(Inputs.mutated)


@pytest.fixture
def busy() -> Iterator[Stage]:
    """A gateway whose supervisor answers at once."""
    with Stage() as stage:
        stage.on_query = lambda query: query.reply(Done(query.ticket, {"kind": query.kind}))
        for sensor in stage.sensors.values():
            stage.route(sensor.spec.id, "backoff")  # what is not there is answered at once too
        yield stage


def decoded(body: bytes) -> Request | BadRequestError:
    """Return the request, or what is wrong with it; anything else that is raised fails the test."""
    try:
        return decode(body)
    except BadRequestError as refusal:
        return refusal


def test_the_seeds_are_good_requests_of_every_type() -> None:
    assert {decode(seed).type for seed in SEEDS} == set(REQUESTS)


@given(INPUTS.flatmap(lambda inputs: st.sampled_from([inputs.mutated(), inputs.reshaped()])) | st.binary(max_size=200))
@settings(max_examples=400)
def test_any_body_is_a_request_or_refused_in_words(body: bytes) -> None:
    found = decoded(body)
    assert found.id is None or json.loads(found.id) is not None
    if isinstance(found, Request):
        assert found.type in REQUESTS
        return
    error({"state": "ERROR", "value": found.message, "code": found.code})
    said = PYTHON.search(found.message)
    assert said is None or said.group().encode() in body, found.message


def test_any_frames_from_any_client_get_one_answer_each_in_order(busy: Stage) -> None:
    peers = [busy.peer(), busy.peer()]

    @given(
        st.lists(st.tuples(st.integers(0, 1), st.lists(FRAME, min_size=1, max_size=70) | INPUTS.map(Inputs.any)), min_size=1, max_size=6)
    )
    @settings(max_examples=120)
    def check(sent: list[tuple[int, list[bytes]]]) -> None:
        for number, frames in sent:
            peers[number].socket.send_multipart(frames)
        for number, frames in sent:
            *before, body = peers[number].frames()
            assert before == ([b""] if len(frames) > 1 and not frames[0] else [])
            strict(body)
        for peer in peers:
            assert peer.ask({"type": "scan", "id": "last"})["id"] == "last", "an answer too many"

    check()
