"""What measures air: humidity, pressure, gas. Nothing here knows an actor."""
