"""An ADS1115: the converter, and the voltmeter made of it. Nothing here knows an actor."""
