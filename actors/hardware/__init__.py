"""What the drivers stand on: the I2C bus, the GPIO back ends, and the simulated bench."""
