"""Putting pilotage into the system: the files of systemd, the predecessor's bench, and the checks of the machine. Linux only."""
