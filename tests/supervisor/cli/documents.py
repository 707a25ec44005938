"""`status` and `describe` documents as a daemon sends them, made by hand and typed."""

from typing import Any, cast

from pilotage.documents import ChildStatus, Description, Status, Trouble

NOON = "2026-11-23T12:00:00.000Z"


def trouble(message: str = "no acknowledge at 0x48: not powered, not plugged in, or wrong address", code: str = "no_ack") -> Trouble:
    return {"code": code, "message": message, "errno": 121}


def sensor(values: dict[str, float | None] | None = None, state: str = "running", **more: Any) -> ChildStatus:
    """Return a sensor's entry; `values` None: it has not measured."""
    last = (
        None
        if values is None
        else {
            "values": values,
            "faults": more.pop("faults", {}),
            "broken": more.pop("broken", {}),
            "time": more.pop("time", NOON),
            "age_s": 0.25,
        }
    )
    return child("sensor", state=state, last=last, **more)


def child(kind: str = "output", **more: Any) -> ChildStatus:
    entry: dict[str, Any] = {
        "kind": kind,
        "where": {"sensor": "0x48", "output": "GPIO18", "gateway": "*:5555"}[kind],
        "state": "running",
        "since_s": 5.0,
        "generation": 1,
        "restarts": 0,
        "error": None,
        "last_error": None,
        "last_error_at": None,
        "next_attempt_s": None,
    }
    return cast("ChildStatus", entry | more)


def status(children: dict[str, ChildStatus] | None = None, **more: Any) -> Status:
    """Return a document in which all is well unless `children` says otherwise."""
    document: dict[str, Any] = {
        "version": "1.2.3",
        "simulated": False,
        "uptime_s": 100.0,
        "clock_synchronised": True,
        "config": "/etc/pilotage/config.py",
        "hardware": {},
        "healthy": True,
        "buses": {"I2C bus 1": {"state": "up", "since_s": 100.0, "error": None}},
        "children": {"gateway": child("gateway"), **(children or {})},
        "outputs": {},
        "interlocks": {},
        "abandoned_threads": 0,
        "clients": [],
    }
    return cast("Status", document | more)


def output(asked: float | None = None, read_back: float | None = 0.0, **more: Any) -> dict[str, Any]:
    return {"asked": asked, "read_back": read_back, "frequency_hz": None, "safe": None, "lease": None, **more}


def interlock(state: str = "armed", why: str | None = None, since_s: float | None = None) -> dict[str, Any]:
    held = state in {"tripped", "holding"}
    return {"state": state, "armed": not held, "tripped": state == "tripped", "holding": held, "why": why, "since_s": since_s}


def lease(state: str = "held") -> dict[str, Any]:
    return {"state": state, "seconds": 2.0, "since_s": 1.0, "trips": int(state != "held")}


def output_entry(name: str, **more: Any) -> dict[str, Any]:
    entry = {"child": name, "name": name, "title": f"The {name}", "driver": "PWM", "units": "%", "min": 0, "max": 255, "resolution": 0.01}
    return entry | more


def description(*channels: tuple[str, str, str, float | None]) -> Description:
    """Return `describe` for (sensor, channel, units, resolution) and for the outputs `fan` and `heater`, 0 to 255 "%", and `valve`."""
    sensors: dict[str, list[dict[str, Any]]] = {}
    for name, channel, units, resolution in channels:
        sensors.setdefault(name, []).append({"name": channel, "units": units, "resolution": resolution})
    return cast(
        "Description",
        {
            "sensors": [{"child": name, "name": name, "title": f"The {name}", "channels": found} for name, found in sensors.items()],
            "outputs": [output_entry("fan"), output_entry("heater"), output_entry("valve", driver="DIGITAL", units="", max=1)],
        },
    )
