"""What a kernel driver measures, read from its files: 1-wire, hwmon, IIO. Nothing here knows an actor."""
