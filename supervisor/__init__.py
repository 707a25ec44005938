"""pilotage: a hardware supervisor for a laboratory bench on a Raspberry Pi."""
