"""What a request body must be, and what every other one is told."""

import json
from typing import Any

import pytest

from actors.errors import Fault
from actors.gateway.protocol import MAX_BODY, MAX_ECHO, BadRequestError, Request, decode
from actors.gateway.replies import refused
from tests.actors.gateway.peer import EXCEPTION_TEXT


def body(**request: Any) -> bytes:
    return json.dumps(request).encode()


def refusal(data: bytes) -> BadRequestError:
    """Return why `data` is refused, after checking that a person can read it."""
    with pytest.raises(BadRequestError) as caught:
        decode(data)
    assert not EXCEPTION_TEXT.search(caught.value.message), caught.value.message
    assert len(caught.value.message) < 3 * MAX_ECHO
    return caught.value


def code(data: bytes) -> str:
    return refusal(data).code


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b'{"type":"scan"',
        b'{"type":"scan"}x',
        b'{"type":"scan"}{"type":"scan"}',
        b'{"type":"scan"}\x00',
        b'{"type":"scan",}',
        b"{'type':'scan'}",
        b'{type:"scan"}',
        b'{"type":"scan","x":NaN}',
        b'{"type":"scan","x":Infinity}',
        b'{"type":"scan","x":-Infinity}',
        b'{"type":"scan","x":01}',
        b'{"type":"scan","x":+1}',
        b'{"type":"scan","x":.5}',
        b'{"type":"scan","x":1.}',
        b'{"type":"scan","x":0x10}',
        b'{"type":"scan","x":"\n"}',
        b'{"type":"scan"} // a remark',
    ],
)
def test_what_is_not_strict_json_is_refused(data: bytes) -> None:
    assert code(data) == "bad_json"


def test_a_key_named_twice_is_refused_at_any_depth() -> None:
    assert code(b'{"type":"scan","type":"off"}') == "bad_json"
    assert code(b'{"type":"AQ-MULTI","components":[{"register":"pin","pin":18,"pin":23}]}') == "bad_json"


def test_text_that_is_not_utf_8_is_refused() -> None:
    assert code(b'{"type":"scan","x":"\xff"}') == "bad_encoding"
    assert code('{"type":"scan","x":"é"}'.encode("latin-1")) == "bad_encoding"
    assert code(b'{"type":"scan","x":"\xed\xa0\x80"}') == "bad_encoding"  # a surrogate written as if it were a character


def test_half_a_surrogate_pair_is_refused_wherever_it_stands() -> None:
    assert code(b'{"type":"scan","x":"\\ud83d"}') == "bad_json"
    assert code(b'{"type":"scan","\\udc00":1}') == "bad_json"
    assert code(b'{"type":"scan","id":"\\uDBFF"}') == "bad_json"
    assert code(b'{"type":"scan","x":["\\ude00\\ud83d"]}') == "bad_json"


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"type":"AQ","register":', b'{"type":"AQ-MULTI","components":'])
def test_a_depth_bomb_is_refused(opening: bytes) -> None:
    assert code((opening * MAX_BODY)[:MAX_BODY]) == "bad_json"
    depth = (MAX_BODY - 1) // (len(opening) + 1)
    whole = opening * depth + b"1" + (b"]" if opening == b"[" else b"}") * depth
    assert code(whole) in {"bad_json", "bad_request"}


def test_a_body_of_64_kib_is_parsed_and_a_longer_one_is_not() -> None:
    filled = b'{"type":"scan","x":"' + b"y" * (MAX_BODY - 22) + b'"}'
    assert len(filled) == MAX_BODY
    assert decode(filled) == Request("scan")
    assert code(filled + b" ") == "body_too_large"
    assert code(b"\xff" * (MAX_BODY + 1)) == "body_too_large"


@pytest.mark.parametrize("digits", [5000, 60_000])
@pytest.mark.parametrize("key", ["pin", "add", "max_age", "id"])
def test_an_integer_of_thousands_of_digits_is_refused_wherever_it_stands(digits: int, key: str) -> None:
    assert code(b'{"type":"AQ","register":"pin","%s":%s}' % (key.encode(), b"9" * digits)) == "bad_json"


@pytest.mark.parametrize("kind", ["aq", "SCAN", "", "PI ", "MOVE", None, 1, True, ["AQ"], {"AQ": 1}])
def test_an_unknown_type_is_refused_with_the_known_ones(kind: Any) -> None:
    why = refusal(body(type=kind))
    assert why.code == "unknown_type"
    assert "AQ-MULTI" in why.message
    assert code(b"{}") == "unknown_type"


def test_an_error_repeats_at_most_about_a_hundred_characters_of_the_request() -> None:
    long = "y" * 60_000
    for request in (
        {"type": long},
        {"type": "AQ", "register": long},
        {"type": "AQ", "register": "add", "add": long},
        {"type": "AQ", "register": "pin", "pin": [long]},
        {"type": "AQ", "register": "add", "add": "0x38", "channel": [long]},
        {"type": "AQ", "register": "add", "add": "0x38", "max_age": long},
        {"type": "PI", "register": "pin", "pin": 18, "value": long},
        {"type": "retry", "child": [long]},
        {"type": "retry", "child": long},
        {"type": "reset", "interlock": long},
        {"type": "fault", "target": long, "kind": "hang"},
        {"type": "fault", "target": "bus", "kind": long},
        {"type": "fault", "target": "bus", "kind": "garbage", "variant": long},
    ):
        why = refusal(json.dumps(request).encode())
        assert len(why.message) < 3 * MAX_ECHO, why.message
        assert long[: MAX_ECHO + 1] not in why.message


@pytest.mark.parametrize("request_id", ["", "a", "été", 'quote " and \\', 0, -1, 7, 1.5, 1e300, -0.0, 10**100])
def test_an_id_that_is_a_string_or_a_number_is_kept_as_it_was(request_id: Any) -> None:
    kept = decode(body(type="scan", id=request_id)).id
    assert kept is not None
    assert json.loads(kept) == request_id
    assert type(json.loads(kept)) is type(request_id)


def test_an_id_too_large_for_a_number_is_refused_without_being_repeated() -> None:
    why = refusal(b'{"type":"scan","id":1e999}')
    assert why.id is None


@pytest.mark.parametrize(
    "request_",
    [
        {"type": "nothing"},
        {"type": "AQ"},
        {"type": "PI", "register": "pin", "pin": 18, "value": "x"},
        {"type": "AQ-MULTI"},
        {"type": "AQ-MULTI", "components": [{}] * 257},
        {"type": "retry"},
    ],
)
def test_a_refusal_repeats_the_id(request_: dict[str, Any]) -> None:
    why = refusal(json.dumps(request_ | {"id": "seven"}).encode())
    assert json.loads(refused(Fault.of(why), why.id))["id"] == "seven"


@pytest.mark.parametrize("kind", ["AQ-MULTI", "PI-MULTI"])
class TestComponents:
    @pytest.mark.parametrize("components", [None, 1, "x", True, {"register": "pin"}, {}])
    def test_must_be_a_list(self, kind: str, components: Any) -> None:
        assert code(body(type=kind, components=components)) == "bad_request"

    def test_may_be_256_and_no_more(self, kind: str) -> None:
        one = {"register": "pin", "pin": 18, "value": 1}
        assert len(decode(body(type=kind, components=[one] * 256)).components) == 256
        assert code(body(type=kind, components=[one] * 257)) == "too_many_components"

    def test_may_be_as_many_as_configured(self, kind: str) -> None:
        with pytest.raises(BadRequestError) as caught:
            decode(body(type=kind, components=[{}, {}, {}]), max_components=2)
        assert caught.value.code == "too_many_components"

    @pytest.mark.parametrize("odd", [None, 1, "0x38", [], True, ["register", "pin"]])
    def test_one_that_is_no_object_is_an_error_in_its_place(self, kind: str, odd: Any) -> None:
        good = {"register": "pin", "pin": 18, "value": 1}
        first, second, third = decode(body(type=kind, components=[good, odd, good])).components
        assert isinstance(second, Fault)
        assert second.code == "bad_component"
        assert first == third
        assert not isinstance(first, Fault)
