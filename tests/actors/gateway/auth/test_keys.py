"""Clients with a key, over real sockets: who has which role, what is taken back, and that the plain port gains nothing by it."""

import dataclasses
import json

import pytest
from structlog.testing import capture_logs

from actors.bench.access import Access, Key, Keyring, Role, Secret
from actors.messages import SetPoint
from tests.actors.gateway.auth.doors import (
    DRIVER,
    HERE,
    READER,
    SERVER,
    SILENCE,
    STRANGER,
    THERE,
    House,
    Liar,
    Pair,
    access,
    keyring,
    linux,
)
from tests.actors.gateway.peer import aq, pi
from tests.actors.gateway.stage import FAN, HEATER
from tests.fakes import eventually

pytestmark = linux

SCAN = {"type": "scan"}


def with_keys(rules: Access, **clients: Pair) -> Access:
    """Return the same rules with the keys of these clients."""
    return dataclasses.replace(rules, keyring=keyring(**clients))


def test_a_key_that_may_drive_drives_and_one_that_may_read_reads() -> None:
    with House(access(driver=DRIVER, reader=READER)) as house:
        house.sensors["t1"].publish(temp=20.0)
        driver, reader = house.holder(DRIVER), house.holder(READER)
        assert driver.value(pi(18, 100)) == 100
        assert reader.value(aq("0x48")) == 20.0
        reply = reader.ask(pi(18, 200))
        assert (reply["code"], reply["value"]) == ("read_only", f"refused: {HERE} (reader) may read here, not drive")
        assert house.outputs["fan"].value == 100
        assert house.refusals() == [(f"{HERE} (reader)", "it may read here, not drive")]


def test_the_record_of_a_set_point_names_the_key() -> None:
    with House(access(laptop=DRIVER)) as house:
        house.holder(DRIVER).value(pi(18, 100))
        house.visitor(HERE).value(pi(18, 50))
        told = [told.client for told in house.outputs["fan"].told.items if isinstance(told, SetPoint)]
        assert told == [f"{HERE} (laptop)", HERE]


def test_an_unknown_key_is_not_let_in() -> None:
    with House(access(driver=DRIVER)) as house, capture_logs() as records:
        stranger = house.holder(STRANGER)
        stranger.send(SCAN)
        eventually(house.refusals, "it is refused")
        assert house.refusals() == [(HERE, "its key is none of those in the folder of keys")]
        assert not stranger.socket.poll(0)
        assert house.holder(DRIVER).ask(SCAN)["state"] == "ACK"
    text = json.dumps(records, default=repr)
    for pair in (SERVER, DRIVER, STRANGER):
        assert pair.secret.decode() not in text
        assert pair.public.decode() not in text
        assert pair.raw.hex() not in text


def test_a_client_without_a_key_on_the_port_with_keys_and_the_reverse_are_refused_with_the_reason() -> None:
    with House(access(driver=DRIVER)) as house:
        curve = house.bench.access.curve
        assert curve is not None
        plain = house.visitor(HERE)
        plain.socket.connect(f"tcp://{HERE}:{curve.port}")
        eventually(lambda: house.refusals(late=True), "it is refused")
        reasons = {reason for _, reason in house.refusals(late=True)}
        assert reasons <= {"it has no key, and this port wants one; or it has one, and this port takes none", SILENCE}


def test_a_key_for_another_daemon_is_refused() -> None:
    with House(access(driver=DRIVER)) as house:
        house.holder(DRIVER, server=STRANGER).send(SCAN)
        eventually(lambda: house.refusals(late=True), "it is refused")
        assert house.driven.items == []


def test_the_port_with_keys_can_be_closed_to_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.bench.access.LOOPBACK", ())
    rules = access(driver=DRIVER)
    assert rules.curve is not None
    with House(dataclasses.replace(rules, curve=dataclasses.replace(rules.curve, allow=(HERE,)))) as house:
        assert house.holder(DRIVER).value(pi(18, 100)) == 100
        house.holder(DRIVER, THERE).send(json.dumps(pi(18, 50)).encode())
        eventually(house.refusals, "it is refused")
        assert house.refusals() == [(THERE, "'allow' of CURVE in config.py does not name its address")]
        assert house.outputs["fan"].value == 100


def test_the_identity_of_a_client_with_a_key_is_no_key() -> None:
    with House(access(read_only=(HERE, THERE), driver=DRIVER)) as house:
        driver = house.holder(DRIVER, identity=b"the driver")
        assert driver.value(pi(18, 100)) == 100
        assert house.visitor(THERE, identity=b"the driver").code(pi(18, 200)) == "read_only"
        assert house.outputs["fan"].value == 100


def test_a_client_of_the_plain_port_cannot_write_a_key_on_its_connection() -> None:
    with House(access(driver=DRIVER)) as house:
        for user in (DRIVER.raw.hex(), f":{DRIVER.raw.hex()}", f"{'0' * 32}:{DRIVER.raw.hex()}"):
            with Liar(house.port, THERE, User_Id=user.encode()) as liar:
                assert liar.ask(pi(18, 1))["state"] == "ACK"
                house.rules(dataclasses.replace(house.bench.access, read_only=(THERE,)))
                assert liar.ask(pi(18, 100))["code"] == "read_only"
            house.rules(dataclasses.replace(house.bench.access, read_only=()))
        assert house.outputs["fan"].value == 1


def test_a_key_that_is_taken_back_drives_no_more_and_comes_in_no_more() -> None:
    with House(access(driver=DRIVER, other=READER)) as house:
        driver, other = house.holder(DRIVER, identity=b"driver"), house.holder(READER, identity=b"other")
        assert (driver.value(pi(18, 100)), other.value(pi(18, 101))) == (100, 101)
        connection = house.connection(b"other")
        house.rules(with_keys(house.bench.access, other=READER))
        driver.send(pi(18, 200))
        eventually(house.refusals, "it came back, and is refused")
        assert house.outputs["fan"].value == 101
        assert house.refusals() == [(HERE, "its key is none of those in the folder of keys")]
        assert not driver.socket.poll(0)
        assert other.value(pi(18, 50)) == 50
        assert house.connection(b"other") == connection, "who is not meant notices nothing"


def test_a_key_that_is_taken_back_is_refused_though_its_connection_cannot_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.gateway.net.peers.Peers.cut", lambda *_: None)
    with House(access(driver=DRIVER)) as house:
        house.sensors["t1"].publish(temp=20.0)
        driver = house.holder(DRIVER)
        assert driver.value(aq("0x48")) == 20.0
        house.rules(with_keys(house.bench.access))
        assert driver.code(pi(18, 100)) == "not_allowed"
        assert driver.code(aq("0x48")) == "not_allowed"
        house.rules(with_keys(house.bench.access, driver=STRANGER))
        assert driver.code(pi(18, 100)) == "not_allowed", "another key of the same name is not that key"
        house.rules(with_keys(house.bench.access, read_now=DRIVER))
        assert driver.value(aq("0x48")) == 20.0
        assert driver.code(pi(18, 100)) == "read_only"
        assert house.outputs["fan"].told.items == []


def test_a_role_that_was_lowered_holds_at_once() -> None:
    with House(access(client=DRIVER)) as house:
        client = house.holder(DRIVER)
        assert client.value(pi(18, 100)) == 100
        house.rules(with_keys(house.bench.access, read_client=DRIVER))
        assert client.code(pi(18, 200)) == "read_only"
        assert house.outputs["fan"].value == 100


def test_the_port_with_keys_opens_and_closes_in_a_reload() -> None:
    with House(access()) as house:
        plain = house.visitor(HERE)
        assert plain.ask(SCAN)["state"] == "ACK"
        house.rules(access(driver=DRIVER))
        driver = house.holder(DRIVER)
        assert driver.value(pi(18, 100)) == 100
        house.rules(access())
        assert plain.value(pi(18, 50)) == 50
        driver.send(pi(18, 200))
        assert not driver.socket.poll(300)
        assert house.outputs["fan"].value == 50


def test_the_port_with_keys_moves_and_gets_another_server_key() -> None:
    with House(access(driver=DRIVER)) as house:
        assert house.holder(DRIVER).value(pi(18, 100)) == 100
        moved = access(driver=DRIVER)
        house.rules(moved)
        assert house.holder(DRIVER).value(pi(18, 101)) == 101
        new = Pair()
        house.rules(dataclasses.replace(moved, keyring=Keyring(Secret(new.secret), (Key("driver", Role.DRIVE, DRIVER.raw),))))
        assert house.holder(DRIVER, server=new).value(pi(18, 102)) == 102


def test_who_drove_through_a_port_that_is_closed_has_gone() -> None:
    rules = access(None, driver=DRIVER)
    with House(rules) as house:
        house.holder(DRIVER).value(pi(HEATER.pin, 100))
        here = house.visitor()
        here.value(pi(FAN.pin, 80))
        with capture_logs() as records:
            house.rules(dataclasses.replace(rules, curve=None, keyring=None))
        assert set(house.clientele.gone) == {"heater"}
        assert [record["reason"] for record in records if record["event"] == "connection_cut"] == ["its port is closed"]
        here.value(pi(FAN.pin, 90))


def test_a_port_that_is_taken_leaves_the_former_one_open() -> None:
    with House(access(driver=DRIVER)) as house, House(access()) as neighbour:
        former = house.bench.access.curve
        assert former is not None
        with capture_logs() as records:
            house.rules(dataclasses.replace(house.bench.access, curve=dataclasses.replace(former, port=neighbour.port)))
        assert [record["event"] for record in records if record["log_level"] == "error"] == ["config_refused"]
        house.bench = dataclasses.replace(house.bench, access=dataclasses.replace(house.bench.access, curve=former))
        assert house.holder(DRIVER).value(pi(18, 100)) == 100


def test_status_names_clients_by_their_keys_and_shows_none() -> None:
    with House(access(driver=DRIVER, reader=READER)) as house:
        house.holder(READER).ask(SCAN)
        house.holder(DRIVER).send({"type": "status"})
        told = house.query("status").arguments
        assert {(client["key"], client["role"]) for client in told["clients"]} == {("reader", "read"), ("driver", "drive")}
        curve = house.bench.access.curve
        assert curve is not None
        assert told["access"]["curve"] == {"port": curve.port, "clients": 2}
        text = json.dumps(dict(told)) + repr(house.bench)
        for pair in (SERVER, DRIVER, READER):
            assert pair.secret.decode() not in text
            assert pair.public.decode() not in text
