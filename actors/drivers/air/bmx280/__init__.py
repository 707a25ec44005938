"""BME280 and BMP280: temperature, pressure and, of the former, humidity. Nothing here knows an actor."""
