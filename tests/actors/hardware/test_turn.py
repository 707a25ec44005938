"""First come, first served: nobody who asks again and again keeps another one waiting."""

import threading
import time
from collections.abc import Callable

from actors.hardware.pigpio.turn import Turn
from tests.fakes import eventually, wait


def in_a_thread(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def test_whoever_waits_is_next_though_another_asks_again_at_once() -> None:
    turn, go, order = Turn(), threading.Event(), list[str]()

    def wait_for_it() -> None:
        go.set()
        with turn:
            order.append("patient")

    turn.acquire()
    patient = in_a_thread(wait_for_it)
    wait(go)
    for _ in range(100):
        time.sleep(0.001)  # what the other one does with it
        turn.release()
        turn.acquire()
        order.append("greedy")
    turn.release()
    patient.join()

    assert order.index("patient") <= 2


def test_they_are_served_in_the_order_in_which_they_came() -> None:
    turn, order, threads = Turn(), list[int](), list[threading.Thread]()
    turn.acquire()
    for number in range(5):

        def act(number: int = number) -> None:
            with turn:
                order.append(number)

        threads.append(in_a_thread(act))
        eventually(lambda number=number: len(turn) == number + 1, "it waits")  # type: ignore[misc]
    turn.release()
    for thread in threads:
        thread.join()

    assert order == list(range(5))


def test_nothing_is_lost_between_many_who_give_up_and_many_who_do_not() -> None:
    turn, inside, most = Turn(), list[int](), list[int]()

    def act() -> None:
        for _ in range(200):
            if turn.acquire(0.0005):
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                turn.release()

    threads = [in_a_thread(act) for _ in range(4)]
    for thread in threads:
        thread.join()

    assert max(most) == 1
    assert turn.acquire(0)
