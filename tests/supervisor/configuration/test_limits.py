"""`LIMITS`: what may be set, what is refused in words, and that a gateway keeps to it."""

from dataclasses import replace
from typing import Any

import pytest

from actors.bench.devices import Limits
from actors.messages import Rewire
from supervisor.daemon.rlimits import make_room
from tests.actors.gateway.peer import aq, multi
from tests.actors.gateway.stage import BENCH, Stage
from tests.supervisor.configuration.benches import accepted, refused

SCAN = {"type": "scan"}


def test_the_defaults_are_64_kib_256_components_256_and_4096_requests_and_1024_clients() -> None:
    assert accepted().limits == accepted(LIMITS={}).limits == Limits(65536, 256, 256, 4096, 1024)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("body", 1023),
        ("body", 4 * 1024 * 1024 + 1),
        ("body", "65536"),
        ("components", 0),
        ("outstanding_per_client", 0),
        ("outstanding_per_client", 4097),
        ("outstanding", True),
        ("clients", 7),
        ("clients", 16385),
        ("clients", None),
    ],
)
def test_a_value_out_of_its_bounds_is_refused(key: str, value: Any) -> None:
    assert refused(LIMITS={key: value}).startswith(f"config.py: LIMITS, {key}: found {value!r}; allowed: ")


def test_more_for_one_client_than_for_all_together_is_refused() -> None:
    assert "not more than 'outstanding', which is 100" in refused(LIMITS={"outstanding_per_client": 200, "outstanding": 100})


def test_a_gateway_keeps_to_them_and_takes_over_others_while_it_serves() -> None:
    with Stage(limits=Limits(body=1024, components=2)) as stage:
        peer = stage.peer()
        three, long = multi("AQ-MULTI", *[aq("0x48")] * 3), {**SCAN, "x": "x" * 1024}
        assert peer.code(three) == "too_many_components"
        assert peer.code(long) == "body_too_large"
        stage.tell(Rewire(replace(BENCH, limits=Limits(body=2048, components=3, clients=8))))
        assert peer.ask(long)["state"] == "ACK"
        stage.sensors["t1"].publish(temp=20.0)
        assert peer.value(three) == [20.0] * 3


def test_the_process_may_open_as_many_files_as_clients_may_come() -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] != resource.RLIM_INFINITY and before[1] < 2000:
        pytest.skip("this system allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        assert make_room(1024) == 1536
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1536, before[1])
        assert make_room(16) == 1536, "it is never lowered"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
