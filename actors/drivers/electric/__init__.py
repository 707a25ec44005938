"""What measures volts, amperes and watts, and converters for any analogue transmitter. Nothing here knows an actor."""
