"""What every actor is made of: its base, its mailbox, cells, the clock, the names of events.

Nothing here knows a sensor, an output or a client.
"""
