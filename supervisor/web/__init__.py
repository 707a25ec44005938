"""The process beside the daemon that keeps the history and serves the page. Nothing here may load an actor or read `config.py`."""
