"""AQ and AQ-MULTI when a sensor fails, is lost, comes back or says nothing: an ERROR with its reason, in time, and in its place."""

from actors.errors import Fault
from tests.actors.gateway.peer import aq, aq_pin, error, multi
from tests.actors.gateway.stage import Stage

LOST = Fault("no_ack", "no acknowledge at 0x48: not powered, not plugged in, or wrong address")


class TestFailure:
    def test_a_measurement_that_fails_while_one_waits_is_an_error_with_its_reason(self, still: Stage) -> None:
        peer, t1 = still.peer(), still.sensors["t1"]
        peer.send(aq("0x48"))
        t1.asked.wait_for_count(1)
        t1.fail("bus_io")
        assert error(peer.reply()) == "bus_io"

    def test_the_last_good_value_is_never_served_after_a_failure(self, still: Stage) -> None:
        peer, t1 = still.peer(), still.sensors["t1"]
        t1.publish(temp=48.0)
        t1.fail("bus_io")
        still.advance(0.01)
        peer.send(aq("0x48"))
        t1.asked.wait_for_count(1)
        t1.fail("bus_io")
        assert error(peer.reply()) == "bus_io"

    def test_after_a_failure_a_new_measurement_is_wanted_however_recent_that_was(self, still: Stage) -> None:
        t1 = still.sensors["t1"]
        t1.fail("bus_io")
        still.advance(0.1)
        still.peer().send(aq("0x48"))
        (wish,) = t1.asked.wait_for_count(1)
        assert wish.asked == still.clock.monotonic()

    def test_a_sensor_that_is_down_is_an_error_at_once_with_its_state_and_reason(self, still: Stage) -> None:
        peer = still.peer()
        for state in ("backoff", "absent", "failed"):
            still.route("t1", state, LOST)
            reply = peer.ask(aq("0x48"))
            assert error(reply) == "no_ack"
            assert state in reply["value"]
            assert LOST.message in reply["value"]

    def test_a_sensor_that_starts_again_while_one_waits_is_asked_again(self, still: Stage) -> None:
        peer, t1 = still.peer(), still.sensors["t1"]
        peer.send(aq("0x48"))
        t1.asked.wait_for_count(1)
        still.restart("t1")
        t1.asked.wait_for_count(2)
        t1.publish(temp=48.0)
        assert peer.reply()["value"] == 48.0

    def test_what_an_earlier_generation_says_late_goes_nowhere(self, still: Stage) -> None:
        peer, t1 = still.peer(), still.sensors["t1"]
        late = t1.cell
        still.restart("t1")
        peer.send(aq("0x48"))
        t1.asked.wait_for_count(1)
        current, t1.cell = t1.cell, late
        t1.publish(temp=-40.0)
        still.settle()
        assert peer.silent()
        t1.cell = current
        t1.publish(temp=48.0)
        assert peer.reply()["value"] == 48.0

    def test_an_output_lost_while_one_waits_is_an_error_at_once(self, still: Stage) -> None:
        peer = still.peer()
        still.outputs["fan"].obedient = False
        peer.send(aq_pin(18))
        still.outputs["fan"].told.wait_for_count(1)
        still.route("fan", "backoff", Fault("gpio_unavailable", "pigpiod is out of reach"))
        assert error(peer.reply()) == "gpio_unavailable"


class TestDeadline:
    def test_a_sensor_that_says_nothing_is_an_error_at_the_deadline(self, still: Stage) -> None:
        peer = still.peer()
        peer.send(aq("0x48", id="a"))
        still.sensors["t1"].asked.wait_for_count(1)
        still.advance(1.49)
        assert peer.silent()
        still.advance(0.02)
        reply = peer.reply()
        assert error(reply) == "deadline"
        assert reply["id"] == "a"
        assert "t1" in reply["value"]

    def test_what_is_there_is_given_and_what_is_not_is_an_error_in_its_place(self, still: Stage) -> None:
        peer = still.peer()
        still.outputs["fan"].obedient = False
        still.sensors["t2"].publish(temp=49.0)
        peer.send(multi("AQ-MULTI", aq("0x48"), aq("0x49", max_age=60), aq_pin(18), aq_pin(23)))
        still.outputs["fan"].told.wait_for_count(1)
        still.settle()
        still.advance(1.51)
        silent, good, stuck, heater = peer.reply()["value"]
        assert (good, heater) == (49.0, 0)
        assert error(silent) == error(stuck) == "deadline"

    def test_a_sensor_that_is_still_starting_may_come_within_the_deadline(self, still: Stage) -> None:
        still.route("t1", "starting")
        peer, t1 = still.peer(), still.sensors["t1"]
        peer.send(aq("0x48"))
        still.settle()
        still.route("t1")
        t1.asked.wait_for_count(1)
        t1.publish(temp=48.0)
        assert peer.reply()["value"] == 48.0
