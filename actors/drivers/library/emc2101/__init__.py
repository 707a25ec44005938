"""The EMC2101, as a sensor and as a fan output, on the library of Adafruit. Nothing here knows an actor."""
