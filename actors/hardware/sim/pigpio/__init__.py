"""A simulated pigpio with pigpiod's semantics. Nothing here knows the client."""
