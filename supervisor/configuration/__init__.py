"""From a `config.py` to a checked `actors.bench.devices.Bench`. Importing this package is light; pydantic comes with the first file."""

from supervisor.configuration.file.loader import check, check_whole, default_bench_path, find, load
from supervisor.configuration.problems import ConfigurationError, Problem

__all__ = ["ConfigurationError", "Problem", "check", "check_whole", "default_bench_path", "find", "load"]
