"""From the bytes of config.py to plain values, in bounded time. Nothing here knows what a value means."""
