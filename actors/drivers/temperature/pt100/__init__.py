"""A PT-100 behind an ADS1115. Nothing here knows an actor."""
