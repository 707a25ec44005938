"""The connection to a daemon: its socket, its handshake, its key. Nothing here knows what is asked."""
