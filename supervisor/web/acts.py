"""What the server does when asked to: log in and out, off, set. Each request shows where it comes from; none of them is tried twice."""

from __future__ import annotations

import asyncio
import hmac
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, Final

from actors.bench.access import Role
from pilotage.client import Client
from pilotage.errors import ClientError, UnreachableError
from supervisor.web.doors import same_origin
from supervisor.web.pages import Door
from supervisor.web.sessions import LASTS, Session

FRESH: Final = 3.0
"""Seconds that a reading may be old, of the sensor that a heater is confirmed against."""
_SETTING: Final = ThreadPoolExecutor(4, "set")
_SWITCHING_OFF: Final = ThreadPoolExecutor(4, "off")
"""Threads of its own: no set-point that waits for a daemon is ever before an `off`."""


class Act(Door):
    """What holds for every request that acts: the right page, the right form, and somebody who may drive."""

    needs_session = True

    def prepare(self) -> None:
        """Refuse what does not come from a page of this server, and who may not."""
        super().prepare()
        if self._finished:
            return
        if not same_origin(self.request.headers.get("Origin"), self.request.host):
            self.turn_away("foreign_origin", "this was not sent by a page of this server")
        elif self.request.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            self.refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "bad_form", "only application/json is taken")
        elif self.role is not Role.DRIVE:
            self.turn_away("not_allowed", "from this address the page is for reading; see WEB and ALLOW in config.py")
        elif self.needs_session and not self._known():
            self.turn_away("not_logged_in", "log in first, with a code of `pilotage web-login`")

    def turn_away(self, code: str, sentence: str) -> None:
        """Refuse, and have it recorded."""
        self.service.say("warning", "client_refused", f"{self.address} was refused at the page: {sentence}")
        self.refuse(HTTPStatus.FORBIDDEN, code, sentence)

    def _known(self) -> bool:
        session = self.service.session_of(self)
        token = self.request.headers.get("X-Pilotage-Token", "")
        return session is not None and hmac.compare_digest(session.token.encode(), token.encode())

    @property
    def session(self) -> Session:
        """Who drives."""
        session = self.service.session_of(self)
        if session is None:
            raise ClientError("not_logged_in", "the session has ended")
        return session

    @property
    def told(self) -> dict[str, Any]:
        """What stands in the request."""
        try:
            told = json.loads(self.request.body or b"{}")
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


class Login(Act):
    """A code for a session."""

    needs_session = False

    def post(self) -> None:
        """Answer with a cookie that no script can read, no other site is sent, and no other port takes for its own."""
        sessions = self.service.sessions
        if sessions is None or not sessions.may_try():
            self.refuse(HTTPStatus.TOO_MANY_REQUESTS, "too_many", "too many attempts: wait a minute")
            return
        cookie = sessions.login(str(self.told.get("code", "")), str(self.told.get("name", "")), self.address)
        if cookie is None:
            self.refuse(HTTPStatus.FORBIDDEN, "wrong_code", "that code is wrong, used or older than ten minutes")
            return
        self.set_cookie(
            self.service.cookie, cookie, httponly=True, samesite="Strict", max_age=round(LASTS), secure=self.request.protocol == "https"
        )
        self.finish({})


class Logout(Act):
    """The end of a session."""

    def post(self) -> None:
        """Answer."""
        if self.service.sessions is not None:
            self.service.sessions.end(self.session)
        self.clear_cookie(self.service.cookie)
        self.finish({})


class Off(Act):
    """Every output to its safe value: never asked about, never behind anything else."""

    async def post(self) -> None:
        """Answer with the read-backs."""
        endpoint, who = self.service.settings.endpoint, self.session.who

        def off() -> dict[str, float]:
            with client_for(endpoint, who) as client:
                return client.off()

        await _answer(self, _SWITCHING_OFF, off)


class Set(Act):
    """One output to a value; a heater's is confirmed against its temperature first."""

    async def post(self) -> None:
        """Answer with the read-back, or with what is to be confirmed."""
        name, value, confirm = self.told.get("name"), self.told.get("value"), self.told.get("confirm")
        description = self.service.board.description
        output = next((each for each in description["outputs"] if each["name"] == name), None) if description else None
        if output is None or not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            self.refuse(HTTPStatus.BAD_REQUEST, "bad_value", "an output and a number are asked for")
            return
        if not output["min"] <= value <= output["max"]:
            self.refuse(HTTPStatus.BAD_REQUEST, "out_of_range", f"{output['name']} goes from {output['min']:g} to {output['max']:g}")
            return
        session = self.session
        if output["kind"] == "heater" and value != output["safe"]:
            reads, wrong = self.service.against(output["child"], time.time(), FRESH)
            if wrong is not None:
                self.refuse(HTTPStatus.CONFLICT, "not_now", wrong)
                return
            if not session.confirms(confirm, output["name"], float(value)):
                if confirm is not None:
                    self.refuse(HTTPStatus.CONFLICT, "not_confirmed", "that came too late, or is another value: ask anew")
                    return
                self.finish({"confirm": session.ask(output["name"], float(value)), "reads": reads})
                return
        if session.driving is None:
            session.driving = client_for(self.service.settings.endpoint, session.who)
        client = session.driving
        await _answer(self, _SETTING, lambda: client.set(output["name"], float(value)))


def client_for(endpoint: str, who: str) -> Client:
    """Return a client of the daemon that the log knows by the name of a person."""
    client = Client(endpoint, curve="")
    client.link.stands_for = who
    return client


async def _answer(act: Act, threads: ThreadPoolExecutor, do: Any) -> None:
    """Do it once, and answer with what came of it."""
    try:
        value = await asyncio.get_running_loop().run_in_executor(threads, do)
    except UnreachableError as error:
        act.refuse(HTTPStatus.GATEWAY_TIMEOUT, "unreachable", str(error))
    except ClientError as error:
        act.refuse(HTTPStatus.CONFLICT, error.code, str(error))
    else:
        act.finish({"value": value})


ACTS: Final = [(r"/login", Login), (r"/logout", Logout), (r"/off", Off), (r"/set", Set)]
