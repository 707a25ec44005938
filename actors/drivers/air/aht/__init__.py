"""The AHT10 and AHT20: a bus in, readings out. Nothing here knows an actor."""
