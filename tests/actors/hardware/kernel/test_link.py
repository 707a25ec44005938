"""An output process in doubt is thrown away, and no call waits for it longer than it may."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.hardware.kernel import link
from actors.hardware.kernel.link import Link


@pytest.fixture
def liar(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Link]:
    monkeypatch.setattr(link, "MODULE", "tests.actors.hardware.kernel.liar")
    monkeypatch.setattr(link, "LIMIT", 0.3)
    monkeypatch.setattr(link, "START", 0.5 if request.param == "silent" else 2.0 if request.param == "dies" else 10.0)
    made = Link(dict, lambda: None, {**os.environ, "LIE": request.param, "LIVES": str(tmp_path / "lives")})
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize(
    ("liar", "reason"),
    [
        ("silent", "it has not started|timed out"),
        ("dies", "exit status 3"),
        ("leaves", "exit status 4"),
        ("garbage", "Expecting value"),
        ("endless", "more than 4096 bytes"),
        ("no object", "no object"),
        ("another's answer", "belongs to no question"),
        ("hears nothing", "no answer within 0.3 s"),
    ],
    indirect=["liar"],
)
def test_an_answer_in_doubt_ends_the_call_in_time_with_its_reason(liar: Link, reason: str) -> None:
    with pytest.raises(OSError, match=reason):
        liar.call({"do": "read", "pin": 1})


@pytest.mark.parametrize("liar", ["hears nothing"], indirect=True)
def test_a_process_that_did_not_answer_is_replaced(liar: Link, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(TimeoutError):
            liar.call({"do": "read", "pin": 1})
    assert len(set((tmp_path / "lives").read_text().split())) == 2


def test_what_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    monkeypatch.setattr(link, "START", 0.3)
    made = Link(dict, lambda: None, os.environ)
    try:
        with pytest.raises(ConnectionRefusedError, match=r"cannot be started: .*No such file"):
            made.call({"do": "read", "pin": 1})
    finally:
        made.close()
