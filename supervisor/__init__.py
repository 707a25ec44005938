"""pilotage: a hardware supervisor for a laboratory bench on a Raspberry Pi."""

__version__ = "0.1.0"
