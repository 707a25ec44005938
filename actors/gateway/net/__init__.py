"""Connections: who came, who went, and their sockets. Nothing here knows what a request means."""
