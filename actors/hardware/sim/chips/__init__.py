"""Simulated chips at register level. Nothing here knows a driver."""
