"""What our mailboxes rely on in Pykka: the hook that makes them, and how little its loop wants of a mailbox and of a letter."""

from typing import Any

import pykka

from actors.core.mailbox import Inbox
from tests.fakes import Recorder, wait


class Curious:
    """Stands in for `subject` and notes what is asked of it."""

    def __init__(self, subject: Any) -> None:
        self._subject = subject
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return getattr(self._subject, name)


class Plain:
    reply_to = None

    def __init__(self, message: Any) -> None:
        self.message = message


class Listener(pykka.ThreadingActor):
    use_daemon_thread = True
    heard: Recorder[Any]

    def __init__(self, heard: Recorder[Any]) -> None:
        super().__init__()
        self.heard = heard

    @staticmethod
    def _create_actor_inbox() -> Any:
        return Curious(Inbox())

    def on_receive(self, message: Any) -> None:
        self.heard.add(message)


def test_pykka_makes_the_mailbox_by_our_hook_and_wants_put_get_and_empty_of_it() -> None:
    heard: Recorder[Any] = Recorder()
    ref = Listener.start(heard)
    inbox: Any = ref.actor_inbox
    ref.tell("word")
    heard.wait_for_count(1)
    ref.stop()
    wait(ref.actor_stopped)

    assert isinstance(inbox, Curious)
    assert inbox.asked == {"put", "get", "empty"}


def test_pykka_reads_the_message_of_a_letter_and_whom_to_answer_and_nothing_else() -> None:
    heard: Recorder[Any] = Recorder()
    ref = Listener.start(heard)
    letter = Curious(Plain("word"))
    ref.actor_inbox.put(letter)  # type: ignore[arg-type]
    ref.stop()

    assert (heard.items, letter.asked) == (["word"], {"message", "reply_to"})


def test_pykka_looks_whom_to_answer_only_after_the_message_was_handled() -> None:
    order: Recorder[str] = Recorder()

    class Late:
        message = "handled"

        @property
        def reply_to(self) -> None:
            order.add("answered")

    ref = Listener.start(order)
    ref.actor_inbox.put(Late())  # type: ignore[arg-type]
    ref.stop()

    assert order.items == ["handled", "answered"]
