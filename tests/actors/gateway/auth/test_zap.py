"""libzmq's question and our answer: whatever the frames are, only a question that was decided with yes lets anybody in."""

from hypothesis import given
from hypothesis import strategies as st

from actors.gateway.auth.zap import DOMAIN, Question, reply

KEY = bytes(range(32))
FRAMES = st.lists(
    st.one_of(st.binary(max_size=40), st.sampled_from([b"1.0", DOMAIN, b"NULL", b"CURVE", b"PLAIN", b"10.0.0.1"])), max_size=9
)


def question(mechanism: bytes = b"NULL", *credentials: bytes, version: bytes = b"1.0", domain: bytes = DOMAIN) -> list[bytes]:
    return [version, b"7", domain, b"10.0.0.1", b"identity", mechanism, *credentials]


def yes(_question: Question) -> str:
    return "user"


def asked(frames: list[bytes]) -> list[Question]:
    """Return what is decided about."""
    found: list[Question] = []

    def decide(question: Question) -> str | None:
        found.append(question)
        return None

    assert reply(frames, decide)[2] == b"400"
    return found


def test_a_question_becomes_an_address_and_a_key() -> None:
    assert asked(question()) == [Question("10.0.0.1", None)]
    assert asked(question(b"CURVE", KEY)) == [Question("10.0.0.1", KEY)]


def test_yes_carries_the_user_and_no_carries_none() -> None:
    assert reply(question(), yes) == [b"1.0", b"7", b"200", b"OK", b"user", b""]
    assert reply(question(), lambda _question: None) == [b"1.0", b"7", b"400", b"refused", b"", b""]


def test_what_is_no_question_of_ours_is_refused_without_asking() -> None:
    assert asked(question(version=b"2.0")) == []
    assert asked(question(domain=b"other")) == []
    assert asked(question(b"PLAIN", b"user", b"password")) == []
    assert asked(question(b"CURVE")) == []
    assert asked(question(b"CURVE", KEY, KEY)) == []
    assert asked([b"1.0", b"7"]) == []
    assert asked([]) == []


@given(FRAMES)
def test_any_frames_get_an_answer_of_six_and_a_yes_only_for_a_question(frames: list[bytes]) -> None:
    answer = reply(frames, yes)
    assert len(answer) == 6
    assert answer[0] == b"1.0"
    if answer[2] == b"200":
        assert frames[0] == b"1.0"
        assert frames[2] == DOMAIN
        assert frames[5] in {b"NULL", b"CURVE"}
    else:
        assert (answer[2], answer[4]) == (b"400", b"")
