"""Records of refusals: one for each client and reason a minute, few in all, none forgotten in the count, memory bounded."""

from typing import Any

from structlog.testing import capture_logs

from actors.gateway.auth.refusals import BURST, EVERY, KNOWN, SHOWN, Refusals
from tests.fakes import ManualClock

REASON = "a test says so"


def noted(refusals: Refusals, *who: str, reason: str = REASON) -> list[Any]:
    """Note these refusals and return the records."""
    with capture_logs() as records:
        for each in who:
            refusals.note(each, reason)
    assert {record["event"] for record in records} <= {"client_refused"}
    return records


def test_a_client_that_goes_on_trying_is_one_record_a_minute(clock: ManualClock) -> None:
    refusals = Refusals(clock)
    (first,) = noted(refusals, *["10.0.0.1"] * 600)
    assert (first["client"], first["reason"], first["log_level"]) == ("10.0.0.1", REASON, "warning")
    assert "count" not in first
    clock.sleep(EVERY)
    (second,) = noted(refusals, *["10.0.0.1"] * 600)
    assert second["count"] == 599, "what was not recorded before"
    assert refusals.status()["total"] == 1200


def test_many_clients_are_few_records_and_a_count(clock: ManualClock) -> None:
    refusals = Refusals(clock)
    assert len(noted(refusals, *(f"10.0.{number // 256}.{number % 256}" for number in range(5000)))) == BURST
    clock.sleep(EVERY)
    (record,) = noted(refusals, "10.9.9.9")
    assert record["count"] == 5000 - BURST
    assert refusals.status()["total"] == 5001


def test_only_so_many_are_remembered_and_status_shows_the_last_ones(clock: ManualClock) -> None:
    refusals = Refusals(clock)
    noted(refusals, *(f"10.0.{number // 256}.{number % 256}" for number in range(KNOWN + 1)), "10.9.9.9", "10.9.9.9", "10.0.0.0")
    clock.sleep(2.0)
    last = refusals.status()["last"]
    assert len(last) == SHOWN
    assert last[0] == {"client": "10.0.0.0", "reason": REASON, "count": 1, "ago_s": 2.0}, "its first refusal is forgotten"
    assert last[1] == {"client": "10.9.9.9", "reason": REASON, "count": 2, "ago_s": 2.0}
