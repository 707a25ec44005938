import pytest

from actors.drivers.registers import confirmed, read_register
from actors.errors import TransientError
from tests.actors.drivers.fakebus import FakeBus, Script


def test_a_register_is_read_with_a_repeated_start_and_the_most_significant_byte_first() -> None:
    bus = FakeBus(0x49, Script([b"\x19\x00"]))
    assert read_register(bus, 0x49, 0x07, 2) == 0x1900
    assert {(sent.data, sent.length) for sent in bus.transfers} == {(b"\x07", 2)}


def test_an_answer_counts_once_two_reads_in_a_row_agree() -> None:
    bus = FakeBus(0x38, Script([b"\x55", b"\x19", b"\x19"]))
    assert confirmed(bus, 0x38, None, 1) == b"\x19"
    assert len(bus.transfers) == 3


@pytest.mark.parametrize("answer", [b"", b"\x19", b"\x19\x00\x00"])
def test_an_answer_of_another_length_is_an_error_and_never_padded(answer: bytes) -> None:
    with pytest.raises(TransientError) as caught:
        read_register(FakeBus(0x49, Script([answer])), 0x49, 0, 2)
    assert caught.value.code == "bad_frame"
