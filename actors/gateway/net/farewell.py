"""The gateway's last words: whoever still waits for an answer gets one before the socket closes, so that no client waits for ever.

They leave at the very end, all at once: a client that asks again at once meets a closed connection, and its ZeroMQ keeps the request for
the next gateway. Gateway thread.
"""

from __future__ import annotations

import time
from typing import Final

from actors.core.actor import STOPPED
from actors.errors import OUTGROWN, Fault
from actors.gateway.exchange import Exchange
from actors.gateway.net.peers import Peers
from actors.gateway.poller import Frames, PollerInbox
from actors.gateway.protocol import DRIVING, BadRequestError, Request, decode
from actors.gateway.sessions import Sessions
from actors.gateway.writes import Writes

HOLD: Final = 0.1
"""Seconds that clients which ask one thing after the other get to send the next: a request that meets the closing socket would be lost."""
SHORT_HOLD: Final = 0.02
"""The same where every connection goes on to take memory meanwhile."""
SENT_WITHIN: Final = 0.25
"""Seconds for putting the answers on the wire, and the same again for libzmq to hand them to the network."""
PAUSE: Final = 0.002
ENDING: Final = Fault("shutting_down", "the daemon is shutting down; ask again when it has been started again")
FAILED: Final = Fault("internal_error", "the part of the daemon that answers has failed and begins anew; its log says why; ask again")
OUTGROWN_WORDS: Final = Fault("busy", "the part of the daemon that answers takes too much memory and begins anew; ask again")
WORDS: Final = {STOPPED: ENDING, OUTGROWN: OUTGROWN_WORDS}


def last_words(sessions: Sessions, peers: Peers, writes: Writes, box: PollerInbox, cause: Fault | None) -> None:
    """Answer every request that has no answer yet, also those that nobody has looked at; `cause` is why the gateway ends.

    Takes `HOLD` (`SHORT_HOLD`) and `SENT_WITHIN` at most.
    """
    writes.close()
    router = sessions.router
    if router is None:
        return
    code = STOPPED if cause is None else cause.code
    why = WORDS.get(code, FAILED)
    if code == OUTGROWN:
        peers.cut_strangers("the daemon takes too much memory, and it has not asked anything")
    until = time.monotonic() + (SHORT_HOLD if code == OUTGROWN else HOLD)
    while (left := until - time.monotonic()) > 0:
        frames = box.fetch(router)
        if frames is not None:
            sessions.accept(_exchange(sessions, frames))
        elif _all_wait(sessions, peers):
            break
        else:
            router.poll(round(left * 1000) + 1)
    waiting = [exchange for client in sessions.clients.values() for exchange in client.pending if exchange.reply is None]
    for exchange in waiting:
        writes.withdraw(exchange)
    for exchange in waiting:
        if exchange.request.type in DRIVING:
            writes.refuse_all(exchange, why)  # what was driven before is said
        else:
            sessions.settle(exchange, exchange.refusal(why))
    until = time.monotonic() + SENT_WITHIN
    while sessions.send_again() and time.monotonic() < until:
        time.sleep(PAUSE)


def _all_wait(sessions: Sessions, peers: Peers) -> bool:
    """Return whether nobody is connected who could still ask something before being answered."""
    peers.look()
    return not peers.strangers and all(client.pending or client.connection is None for client in sessions.clients.values())


def _exchange(sessions: Sessions, frames: Frames) -> Exchange:
    now = sessions.now()
    exchange = Exchange(sessions.client(frames, now), frames.first == b"", now, now)
    try:
        exchange.request = decode(frames.body, sessions.limits.components, sessions.limits.body)
    except BadRequestError as error:
        exchange.request = Request("", id=error.id)
    return exchange
