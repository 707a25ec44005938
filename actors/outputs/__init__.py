"""One actor per output: it drives, looks, ramps, and keeps its lease. Nothing here knows a client or the gateway."""
