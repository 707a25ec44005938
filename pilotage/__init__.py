"""Talking to a daemon: the public package. It needs pyzmq and the standard library, and imports nothing of the daemon."""
