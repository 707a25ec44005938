"""What `pilotage safe` needs to know of a bench, written down at start: it must not depend on `config.py`, which may be broken by then.

Imported by `pilotage safe`, so that nothing heavy may be imported here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pilotage.here import own_files

if TYPE_CHECKING:
    from actors.bench.devices import Bench, OutputSpec

NAME: Final = "safe"
_KEYS: Final = frozenset({"config", "locks", "outputs", "backend"})


def contents(bench: Bench, reach: Mapping[str, Any], locks: Sequence[str], *, at_rest: bool = False) -> dict[str, Any]:
    """Return the list: how the hardware is reached, what locks it, and every output, heaters first.

    `at_rest`: the daemon has ended, and saw every output at its safe value.
    """
    return {
        "at_rest": at_rest,
        "config": str(Path(bench.source).resolve()),
        "locks": sorted(locks),
        "bus": bench.bus,
        **reach,
        "outputs": [entry_of(spec) for spec in sorted(bench.outputs, key=lambda spec: spec.turn)],
    }


def of_bench(bench: Bench) -> dict[str, Any]:
    """Return the list of a bench that no daemon has written. Raises PilotageError."""
    from actors.core.clock import SystemClock
    from supervisor.rig.rig import hardware_rig, lock_names

    rig = hardware_rig(bench, SystemClock())
    return contents(bench, rig.reach(), lock_names(bench))


def entry_of(spec: OutputSpec) -> dict[str, Any]:
    """Return what is written down of one output."""
    return {
        "id": spec.id,
        "driver": spec.driver,
        "heater": spec.heats,
        "pin": spec.pin,
        "bus": None if spec.bus is None else [spec.bus.root, spec.bus.mux, spec.bus.channel],
        "address": spec.address,
        "channel": spec.channel,
        "full_scale": spec.full_scale,
        "where": spec.where,
        "frequency": spec.pwm_frequency,
        "min": spec.min,
        "max": spec.max,
        "active_low": spec.active_low,
        "safe": spec.safe,
    }


def left(environ: Mapping[str, str], locks: Sequence[str]) -> Iterator[OutputSpec]:
    """Yield the outputs that an earlier daemon on this hardware drove, and of which nobody knows that they are safe."""
    from actors.bench.devices import OutputSpec

    for document in read(environ, None):
        if document.get("at_rest", True) or set(locks).isdisjoint(document["locks"]):
            continue
        for entry in document["outputs"]:
            same = {key: entry[key] for key in ("id", "driver", "pin", "address", "min", "max", "safe", "active_low")}
            kind = "heater" if entry["heater"] else "output"
            yield OutputSpec(**same, name=entry["id"], title=entry["id"], units="", pwm_frequency=entry["frequency"], kind=kind)


def write(document: Mapping[str, Any], environ: Mapping[str, str]) -> Path:
    """Write the list, whole or not at all, where `read` finds it; return its path. Raises OSError."""
    return own_files.write(NAME, document, environ, among="-".join(document["locks"]))


def read(environ: Mapping[str, str], config: Path | None) -> list[dict[str, Any]]:
    """Return the lists there are: in a service that of the service, else those of this user and of the service for `config` (None: all)."""
    found = [document for _path, document in own_files.read(NAME, environ) if document.keys() >= _KEYS]
    wanted = None if config is None or own_files.of_service(environ) is not None else str(config.resolve())
    return [document for document in found if wanted in {None, document["config"]}]
