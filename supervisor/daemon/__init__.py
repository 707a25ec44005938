"""A process's life: start, signals, reload, systemd, end. Nothing here decides about a child."""
