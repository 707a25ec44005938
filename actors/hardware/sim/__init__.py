"""The simulated bench: chips at register level and a pigpio look-alike, tied by one thermal model. It has no thread of its own."""
