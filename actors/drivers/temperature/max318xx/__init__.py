"""MAX31855, MAX31856 and MAX31865: thermocouples and platinum on SPI. Nothing here knows an actor."""
