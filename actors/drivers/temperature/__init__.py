"""Thermometers: one chip per file, a family in a folder. Nothing here knows an actor."""
