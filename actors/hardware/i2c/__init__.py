"""The I2C bus: transfers, time limits, the breaker, leases, scanning. Nothing here knows a chip."""
