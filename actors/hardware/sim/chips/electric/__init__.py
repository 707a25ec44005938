"""Simulated chips that measure volts and amperes."""
