"""The key files of `CURVE`, read by the process that uses them: they go through no pipe."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from actors.bench.devices import Bench
from supervisor.configuration.problems import ConfigurationError, Problem


def equip(bench: Bench) -> Bench:
    """Return `bench` with the keys of its folder; raises ConfigurationError. What is wrong with a client's file becomes a warning."""
    curve = bench.access.curve
    if curve is None:
        return bench
    from pilotage.errors import KeyFileError
    from supervisor.keys.folder import load

    try:
        keyring, problems = load(Path(curve.folder))
    except KeyFileError as error:
        raise ConfigurationError([Problem(bench.source, "CURVE", "", str(error), "")]) from None
    warnings = (*bench.warnings, *(f"{bench.source}: CURVE: {problem}" for problem in problems))
    return dataclasses.replace(bench, access=dataclasses.replace(bench.access, keyring=keyring), warnings=warnings)
