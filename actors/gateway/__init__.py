"""Serving clients: requests in, messages to the children, answers out. Nothing below imports it; it knows no hardware."""
