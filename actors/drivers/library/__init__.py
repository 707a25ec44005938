"""Chips read by an Adafruit library, each in a private world behind guard rails. Nothing here knows an actor."""
