"""Settings for PyMoDAQ's plugin. Nothing here talks to a daemon."""
