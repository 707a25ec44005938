"""Noticing losses: silence, lost threads, the bus, the heartbeat. Nothing here starts a child."""
