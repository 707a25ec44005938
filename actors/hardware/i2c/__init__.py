"""The I2C bus: transfers, time limits, the breaker, the fence, scanning. Nothing here knows a chip."""
