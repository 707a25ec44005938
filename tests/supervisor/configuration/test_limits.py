"""`LIMITS`: what may be set, what is refused in words, and that a gateway keeps to it."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from actors.bench.devices import Limits
from actors.messages import Rewire
from supervisor.configuration.sections.limits import Keys
from supervisor.daemon.rlimits import make_room
from tests.actors.gateway.peer import aq, multi
from tests.actors.gateway.stage import BENCH, Stage
from tests.supervisor.configuration.benches import accepted, refused, warnings_of

SCAN = {"type": "scan"}


def test_the_defaults_are_64_kib_256_components_256_and_4096_requests_and_1024_clients() -> None:
    assert accepted().limits == accepted(LIMITS={}).limits == Limits(65536, 256, 256, 4096, 1024)


def test_the_keys_are_those_of_the_limits() -> None:
    assert {name: info.default for name, info in Keys.model_fields.items()} == asdict(Limits())


def test_what_is_given_arrives_and_the_rest_keeps_its_default() -> None:
    assert accepted(LIMITS={"body": 4096, "clients": 16}).limits == Limits(body=4096, clients=16)


def test_fewer_in_all_are_fewer_for_one() -> None:
    assert accepted(LIMITS={"outstanding": 10}).limits == Limits(outstanding_per_client=10, outstanding=10)


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


@pytest.mark.parametrize("section", [None, [], 1024, "1024"])
def test_anything_but_a_dict_is_refused(section: Any) -> None:
    assert "LIMITS: found" in refused(LIMITS=section)


def test_a_misspelt_key_and_a_misspelt_section_are_warned_of_with_what_was_meant() -> None:
    (warning,) = warnings_of(LIMITS={"client": 100})
    assert "did you mean `clients`?" in warning
    (warning,) = warnings_of(LIMIT={"clients": 100})
    assert "did you mean `LIMITS`?" in warning


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
