"""Examining a machine: what is found, what it means, what to do. Nothing here changes anything."""
