"""The daemon, and a client of it, that the command line is tested with."""

from tests.supervisor.cli.conftest import bench, daemon, run

__all__ = ["bench", "daemon", "run"]
